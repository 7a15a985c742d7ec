import { DOCUMENT, DestroyRef, Injectable, computed, effect, inject, signal } from '@angular/core';
import { remembered } from './remembered';

export type ThemeChoice = 'system' | 'light' | 'dark';

/** Light, dark, or as the system says. `public/theme.js` applies the same choice before the first paint. */
@Injectable({ providedIn: 'root' })
export class Theme {
  private readonly stored = remembered('mw.theme', 'system');
  private readonly document = inject(DOCUMENT);
  private readonly systemDark = signal(false);

  readonly choice = computed<ThemeChoice>(() => {
    const stored = this.stored();
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  });
  /** What is on screen now. Charts, which cannot read tokens by themselves, redraw when it changes. */
  readonly active = computed(() => {
    const choice = this.choice();
    if (choice !== 'system') return choice;
    return this.systemDark() ? 'dark' : 'light';
  });

  constructor() {
    const query = this.document.defaultView?.matchMedia?.('(prefers-color-scheme: dark)');
    if (query) {
      const follow = (): void => this.systemDark.set(query.matches);
      follow();
      query.addEventListener('change', follow);
      inject(DestroyRef).onDestroy(() => query.removeEventListener('change', follow));
    }
    effect(() => {
      const choice = this.choice();
      const root = this.document.documentElement;
      if (choice === 'system') delete root.dataset['theme'];
      else root.dataset['theme'] = choice;
    });
  }

  choose(choice: ThemeChoice): void {
    this.stored.set(choice);
  }
}
