import type { Routes } from '@angular/router';

export const routes: Routes = [
  { path: '', loadComponent: () => import('./welcome-page').then((file) => file.WelcomePage) },
];
