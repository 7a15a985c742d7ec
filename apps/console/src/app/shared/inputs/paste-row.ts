import { Component, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ModelContract } from '@modelwright/sdk';
import { Announcer } from '../ui/announcer';
import { Field } from '../ui/field';
import { Icon } from '../ui/icon';
import type { Row } from './input-row';
import { parsePasted } from './pasted-row';

/** Takes a row as JSON or CSV into the form. */
@Component({
  selector: 'mw-paste-row',
  imports: [Field, Icon, MatButton],
  template: `
    <mw-field
      #field
      label="Row as JSON or CSV"
      help="The first row counts. Columns that are not named keep the value they have."
      [error]="reason()"
    >
      <textarea
        #area
        class="mw-input mw-mono"
        rows="4"
        spellcheck="false"
        [id]="field.controlId"
        [attr.aria-describedby]="field.describedBy()"
        [attr.aria-invalid]="reason() ? true : null"
        [placeholder]="placeholder"
        (input)="reason.set('')"
      ></textarea>
    </mw-field>
    <div class="mw-row">
      <button type="button" matButton="tonal" (click)="take(area.value)">Fill the form</button>
      <button type="button" matButton="text" (click)="closed.emit()">Close</button>
    </div>
    @if (ignored(); as names) {
      <p class="mw-small mw-muted ignored">
        <mw-icon name="info" [size]="14" /> Not used by this model: {{ names }}
      </p>
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 10px;
      padding: 16px 20px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      background: var(--mat-sys-surface-container-low);
    }
    .ignored {
      display: flex;
      gap: 6px;
      overflow-wrap: anywhere;
    }
  `,
})
export class PasteRow {
  readonly contract = input.required<ModelContract>();
  readonly taken = output<Row>();
  readonly closed = output();
  private readonly announcer = inject(Announcer);
  protected readonly reason = signal('');
  protected readonly ignored = signal('');
  protected readonly placeholder = '{"column": "value", …}\n\nor\n\ncolumn,other column\nvalue,12.5';

  protected take(text: string): void {
    const parsed = parsePasted(text, this.contract());
    if (typeof parsed === 'string') {
      this.reason.set(parsed);
      return;
    }
    this.ignored.set(parsed.ignored.join(', '));
    this.taken.emit(parsed.row);
    this.announcer.say('The form was filled.');
    if (parsed.ignored.length === 0) this.closed.emit();
  }
}
