import { Component, computed, input } from '@angular/core';

let counter = 0;

/**
 * Label above, help below, the error in place of the help. Project one control and bind its `id` and `aria-describedby`:
 * `<mw-field #f label="Name"><input class="mw-input" [id]="f.controlId" [attr.aria-describedby]="f.describedBy()" /></mw-field>`
 */
@Component({
  selector: 'mw-field',
  template: `
    <div class="head">
      <label [attr.for]="controlId">{{ label() }}</label>
      @if (optional()) {
        <span class="mw-muted mw-small">optional</span>
      }
    </div>
    <ng-content />
    @if (error()) {
      <p class="error" [id]="helpId">{{ error() }}</p>
    } @else if (help()) {
      <p class="help" [id]="helpId">{{ help() }}</p>
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 6px;
      /* In a row of fields the controls stand in line, whichever of them has help below. */
      align-content: start;
      min-width: 0;
    }
    .head {
      display: flex;
      align-items: baseline;
      justify-content: space-between;
      gap: 8px;
    }
    label {
      font-weight: 500;
    }
    .help,
    .error {
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
      line-height: 16px;
    }
    .error {
      color: var(--mat-sys-error);
    }
  `,
})
export class Field {
  readonly label = input.required<string>();
  readonly help = input<string>();
  readonly error = input<string | undefined | null>();
  readonly optional = input(false);
  readonly controlId = `mw-field-${++counter}`;
  readonly helpId = `${this.controlId}-help`;
  readonly describedBy = computed(() => (this.error() || this.help() ? this.helpId : null));
}
