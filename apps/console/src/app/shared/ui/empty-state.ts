import { Component, input } from '@angular/core';
import { CopyButton } from './copy-button';
import { Icon } from './icon';
import type { IconName } from './icons';

/** One sentence, one main button and what goes with it (projected), and the same from the command line. */
@Component({
  selector: 'mw-empty',
  imports: [CopyButton, Icon],
  template: `
    <span class="badge"><mw-icon [name]="icon()" [size]="24" /></span>
    <p class="title">{{ title() }}</p>
    @if (text()) {
      <p class="mw-muted">{{ text() }}</p>
    }
    <div class="actions"><ng-content /></div>
    @if (command(); as line) {
      <p class="command">
        <code>{{ line }}</code> <mw-copy [text]="line" label="Copy command" />
      </p>
    }
  `,
  styles: `
    :host {
      display: grid;
      justify-items: center;
      gap: 6px;
      padding: 48px 24px;
      text-align: center;
    }
    .badge {
      display: grid;
      place-items: center;
      width: 48px;
      height: 48px;
      margin-bottom: 6px;
      border-radius: var(--mw-radius-large);
      background: var(--mat-sys-primary-container);
      color: var(--mat-sys-on-primary-container);
    }
    .title {
      max-width: 48ch;
      font-size: 16px;
      font-weight: 600;
      line-height: 24px;
      text-wrap: balance;
    }
    .mw-muted {
      max-width: 60ch;
      text-wrap: pretty;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      justify-content: center;
      gap: 8px;
      margin-top: 12px;
    }
    .actions:empty {
      display: none;
    }
    .command {
      display: flex;
      align-items: center;
      gap: 4px;
      max-width: 100%;
      margin-top: 12px;
      padding: 3px 4px 3px 12px;
      border-radius: var(--mw-radius);
      background: var(--mat-sys-surface-container-high);
      color: var(--mat-sys-on-surface-variant);
    }
    .command code {
      overflow-x: auto;
      white-space: nowrap;
    }
  `,
})
export class EmptyState {
  readonly icon = input<IconName>('folder');
  readonly title = input.required<string>();
  readonly text = input<string>();
  readonly command = input<string>();
}
