import type { Routes } from '@angular/router';
import { ModelsStore } from './models.store';

export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    providers: [ModelsStore],
    loadComponent: () => import('./models-page').then((file) => file.ModelsPage),
  },
  { path: ':model', loadComponent: () => import('./model-page').then((file) => file.ModelPage) },
];
