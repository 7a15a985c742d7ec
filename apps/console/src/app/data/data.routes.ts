import type { Routes } from '@angular/router';
import { DatasetsStore } from './datasets.store';

export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    providers: [DatasetsStore],
    loadComponent: () => import('./data-page').then((file) => file.DataPage),
  },
  { path: ':dataset', loadComponent: () => import('./dataset-page').then((file) => file.DatasetPage) },
];
