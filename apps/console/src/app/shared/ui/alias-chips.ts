import { Component, input } from '@angular/core';
import { Icon } from './icon';

/** Names of a version; the champion stands out. */
@Component({
  selector: 'mw-alias-chips',
  imports: [Icon],
  template: `
    @for (alias of aliases(); track alias) {
      <span class="mw-chip" [class.champion]="alias === 'champion'">
        <mw-icon [name]="alias === 'champion' ? 'star' : 'category'" [size]="12" />{{ alias }}
      </span>
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      flex-wrap: wrap;
      gap: 4px;
    }
    .champion {
      background: var(--mat-sys-primary-container);
      color: var(--mat-sys-on-primary-container);
    }
  `,
})
export class AliasChips {
  readonly aliases = input.required<readonly string[]>();
}
