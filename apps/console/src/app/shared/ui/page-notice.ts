import { DestroyRef, Injectable, effect, inject, signal, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { NavigationStart, Router } from '@angular/router';
import { filter } from 'rxjs';

/** What the status bar says about the screen that is open, or about one that could not be opened. */
@Injectable({ providedIn: 'root' })
export class PageNotice {
  private readonly current = signal<string | undefined>(undefined);
  private readonly refused = signal<string | undefined>(undefined);
  /** Something that is under way and cannot be hurried. */
  readonly text = this.current.asReadonly();
  /** Why a link led nowhere; until the next one is followed. */
  readonly failure = this.refused.asReadonly();

  constructor() {
    inject(Router)
      .events.pipe(
        filter((event) => event instanceof NavigationStart),
        takeUntilDestroyed(),
      )
      .subscribe(() => this.refused.set(undefined));
  }

  /** For as long as the calling component lives; `text` returns undefined while there is nothing to say. */
  follow(text: () => string | undefined, destroyRef = inject(DestroyRef)): void {
    effect(() => {
      const said = text();
      untracked(() => this.current.set(said));
    });
    destroyRef.onDestroy(() => this.current.set(undefined));
  }

  /** The code of a screen is fetched when it is first opened; without the server it cannot be. */
  navigationFailed(): void {
    this.refused.set('This page could not be opened: the server does not answer. Try again in a moment.');
  }
}
