import type { Routes } from '@angular/router';
import { DeploymentsStore } from './deployments.store';

export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    providers: [DeploymentsStore],
    loadComponent: () => import('./deployments-page').then((file) => file.DeploymentsPage),
  },
  {
    path: ':deployment',
    loadComponent: () => import('./deployment-page').then((file) => file.DeploymentPage),
  },
];
