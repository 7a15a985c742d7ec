import { Component, inject } from '@angular/core';
import { Keyboard } from '../shared/keyboard/keyboard';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { Theme, type ThemeChoice } from '../shared/ui/theme';

const CHOICES: readonly { readonly id: ThemeChoice; readonly word: string; readonly icon: IconName }[] = [
  { id: 'system', word: 'As the system', icon: 'monitor' },
  { id: 'light', word: 'Light', icon: 'sun' },
  { id: 'dark', word: 'Dark', icon: 'moon' },
];

@Component({
  selector: 'mw-appearance-section',
  imports: [Icon],
  styleUrl: './sections.scss',
  template: `
    <section class="mw-card" aria-labelledby="appearance-title">
      <div class="mw-card-head"><h2 id="appearance-title">Appearance</h2></div>
      <div class="mw-card-body mw-stack">
        <fieldset class="mw-stack-tight">
          <legend>Theme</legend>
          <div class="mw-segments">
            @for (choice of choices; track choice.id) {
              <label>
                <input
                  type="radio"
                  name="theme"
                  [checked]="theme.choice() === choice.id"
                  (change)="theme.choose(choice.id)"
                />
                <mw-icon [name]="choice.icon" [size]="16" /> {{ choice.word }}
              </label>
            }
          </div>
        </fieldset>
        <label class="mw-check">
          <input type="checkbox" [checked]="keyboard.singleKeys() === 'on'" (change)="toggleKeys()" />
          Single letters act when nothing is being typed
        </label>
        <p class="mw-small mw-muted">
          Contrast and motion follow your system. These choices stay in this browser.
        </p>
      </div>
    </section>
  `,
  styles: `
    legend {
      margin-bottom: 6px;
      font-weight: 500;
    }
    .mw-segments {
      width: max-content;
      max-width: 100%;
    }
  `,
})
export class AppearanceSection {
  protected readonly choices = CHOICES;
  protected readonly theme = inject(Theme);
  protected readonly keyboard = inject(Keyboard);

  protected toggleKeys(): void {
    this.keyboard.singleKeys.set(this.keyboard.singleKeys() === 'on' ? 'off' : 'on');
  }
}
