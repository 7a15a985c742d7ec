import type { Routes } from '@angular/router';

/** The table of all runs; a run of ours has a page of its own in the room of runs. */
export const tableRoutes: Routes = [
  { path: '', loadComponent: () => import('./experiments-page').then((file) => file.ExperimentsPage) },
];

export const compareRoutes: Routes = [
  { path: '', loadComponent: () => import('./compare-page').then((file) => file.ComparePage) },
];
