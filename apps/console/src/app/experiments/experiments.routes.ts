import type { Routes } from '@angular/router';
import { openMlflowAddress } from './mlflow-address';

/** The table of all runs; a run of ours has a page of its own in the room of runs. */
export const tableRoutes: Routes = [
  {
    path: '',
    canActivate: [openMlflowAddress],
    loadComponent: () => import('./experiments-page').then((file) => file.ExperimentsPage),
  },
];

export const compareRoutes: Routes = [
  { path: '', loadComponent: () => import('./compare-page').then((file) => file.ComparePage) },
];
