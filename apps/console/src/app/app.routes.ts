import type { Routes } from '@angular/router';
import { requireSession } from './shared/api/require-session';

/** Everything but the shell is loaded when it is first opened. */
export const routes: Routes = [
  { path: 'welcome', loadChildren: () => import('./welcome/welcome.routes').then((file) => file.routes) },
  {
    path: '',
    canActivate: [requireSession],
    loadComponent: () => import('./shell/shell').then((file) => file.Shell),
    children: [
      {
        path: '',
        pathMatch: 'full',
        loadChildren: () => import('./home/home.routes').then((file) => file.routes),
      },
      {
        path: 'p/:project',
        children: [
          {
            path: '',
            pathMatch: 'full',
            loadChildren: () => import('./overview/overview.routes').then((file) => file.routes),
          },
          { path: 'data', loadChildren: () => import('./data/data.routes').then((file) => file.routes) },
          {
            path: 'runs',
            pathMatch: 'full',
            loadChildren: () => import('./experiments/experiments.routes').then((file) => file.tableRoutes),
          },
          { path: 'runs', loadChildren: () => import('./runs/runs.routes').then((file) => file.routes) },
          {
            path: 'compare',
            loadChildren: () => import('./experiments/experiments.routes').then((file) => file.compareRoutes),
          },
          {
            path: 'models',
            loadChildren: () => import('./models/models.routes').then((file) => file.routes),
          },
          { path: 'batch', loadChildren: () => import('./batch/batch.routes').then((file) => file.routes) },
          {
            path: 'deployments',
            loadChildren: () => import('./deployments/deployments.routes').then((file) => file.routes),
          },
        ],
      },
      {
        path: 'settings',
        loadChildren: () => import('./settings/settings.routes').then((file) => file.routes),
      },
      { path: '**', loadComponent: () => import('./shell/not-found').then((file) => file.NotFound) },
    ],
  },
];
