import { inject } from '@angular/core';
import { type CanActivateFn, Router } from '@angular/router';

const RUN = /^\/experiments\/[^/]+\/runs\/([0-9a-f-]{32,36})(?:\/|$)/i;

/** The run that an address of the MLflow page names, as in `/experiments/<id>/runs/<id>`. */
export function runOfMlflowAddress(fragment: string | null): string | undefined {
  return RUN.exec(fragment ?? '')?.[1];
}

/** Opens the run of an address that an MLflow client printed: the server sends its readers here, with the fragment. */
export const openMlflowAddress: CanActivateFn = (route, state) => {
  const run = runOfMlflowAddress(route.fragment);
  if (run === undefined) return true;
  const target = inject(Router).parseUrl(state.url);
  target.fragment = null;
  target.queryParams = { ...target.queryParams, run };
  return target;
};
