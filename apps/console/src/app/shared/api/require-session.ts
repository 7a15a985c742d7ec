import { inject } from '@angular/core';
import { type CanActivateFn, Router } from '@angular/router';
import { Session } from './session';

/** Signed in, or by way of the welcome screen and back here. */
export const requireSession: CanActivateFn = async (_route, state) => {
  const router = inject(Router);
  if (await inject(Session).restore()) return true;
  return router.createUrlTree(['/welcome'], { queryParams: state.url === '/' ? {} : { next: state.url } });
};
