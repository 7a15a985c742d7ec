import type { Routes } from '@angular/router';
import { ModelsStore } from './models.store';

export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    providers: [ModelsStore],
    loadComponent: () => import('./models-page').then((file) => file.ModelsPage),
  },
  {
    path: 'import',
    title: 'Import a model',
    loadComponent: () => import('./imports/import-page').then((file) => file.ModelImportPage),
  },
  { path: ':model', loadComponent: () => import('./model-page').then((file) => file.ModelPage) },
];
