import { DestroyRef, Injectable, effect, inject, signal, untracked } from '@angular/core';

/** What the status bar says about the screen that is open: something that is under way and cannot be hurried. */
@Injectable({ providedIn: 'root' })
export class PageNotice {
  private readonly current = signal<string | undefined>(undefined);
  readonly text = this.current.asReadonly();

  /** For as long as the calling component lives; `text` returns undefined while there is nothing to say. */
  follow(text: () => string | undefined, destroyRef = inject(DestroyRef)): void {
    effect(() => {
      const said = text();
      untracked(() => this.current.set(said));
    });
    destroyRef.onDestroy(() => this.current.set(undefined));
  }
}
