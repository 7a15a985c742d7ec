import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    loadComponent: () => import('./settings-page').then((file) => file.SettingsPage),
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'account' },
      {
        path: 'account',
        loadComponent: () => import('./account-section').then((file) => file.AccountSection),
      },
      {
        path: 'appearance',
        loadComponent: () => import('./appearance-section').then((file) => file.AppearanceSection),
      },
      { path: 'tokens', loadComponent: () => import('./tokens-section').then((file) => file.TokensSection) },
      { path: 'people', loadComponent: () => import('./people-section').then((file) => file.PeopleSection) },
      {
        path: 'webhooks',
        loadComponent: () => import('./webhooks-section').then((file) => file.WebhooksSection),
      },
      { path: 'email', loadComponent: () => import('./email-section').then((file) => file.EmailSection) },
      { path: 'health', loadComponent: () => import('./health-section').then((file) => file.HealthSection) },
    ],
  },
];
