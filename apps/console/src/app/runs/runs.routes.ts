import type { Routes } from '@angular/router';

export const routes: Routes = [
  { path: 'new', loadComponent: () => import('./new-run-page').then((file) => file.NewRunPage) },
  { path: 'queue', loadComponent: () => import('./queue-page').then((file) => file.QueuePage) },
  { path: ':run', loadComponent: () => import('./run-page').then((file) => file.RunPage) },
];
