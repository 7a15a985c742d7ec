import type { Routes } from '@angular/router';

export const routes: Routes = [
  { path: '', pathMatch: 'full', loadComponent: () => import('./models-page').then((file) => file.ModelsPage) },
  { path: ':model', loadComponent: () => import('./model-page').then((file) => file.ModelPage) },
];
