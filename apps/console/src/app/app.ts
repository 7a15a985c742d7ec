import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { Announcer } from './shared/ui/announcer';
import { Theme } from './shared/ui/theme';

@Component({
  selector: 'mw-root',
  imports: [RouterOutlet],
  template: `
    <router-outlet />
    <div class="visually-hidden" role="status" aria-live="polite">{{ announcer.message() }}</div>
  `,
})
export class App {
  protected readonly announcer = inject(Announcer);
  /** Created here so that the choice of theme holds on every screen. */
  protected readonly theme = inject(Theme);
}
