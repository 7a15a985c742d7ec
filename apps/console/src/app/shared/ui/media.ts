import { DOCUMENT, DestroyRef, type Signal, inject, signal } from '@angular/core';

/** Whether a media query holds now. Call it where `inject` may be called. */
export function mediaMatches(query: string): Signal<boolean> {
  const media = inject(DOCUMENT).defaultView?.matchMedia?.(query);
  const matches = signal(media?.matches ?? false);
  const follow = (): void => matches.set(media?.matches ?? false);
  media?.addEventListener('change', follow);
  inject(DestroyRef).onDestroy(() => media?.removeEventListener('change', follow));
  return matches.asReadonly();
}
