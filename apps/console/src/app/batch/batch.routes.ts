import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    loadComponent: () => import('./batch-jobs-page').then((file) => file.BatchJobsPage),
  },
  { path: 'new', loadComponent: () => import('./new-batch-page').then((file) => file.NewBatchPage) },
  { path: ':job', loadComponent: () => import('./batch-job-page').then((file) => file.BatchJobPage) },
];
