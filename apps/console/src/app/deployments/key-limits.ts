import { Component, input, model } from '@angular/core';
import type { ApiProblem } from '../shared/api/problem';
import { Field } from '../shared/ui/field';

/** Limits of a key as they are typed; empty: none. */
export interface LimitsDraft {
  readonly perMinute: string;
  readonly perDay: string;
  readonly perMonth: string;
  /** One a line. */
  readonly addresses: string;
}

export const NO_LIMITS: LimitsDraft = { perMinute: '', perDay: '', perMonth: '', addresses: '' };

/** What the API takes. */
export function limitsOf(draft: LimitsDraft) {
  return {
    rateLimitPerMinute: numberOf(draft.perMinute),
    quotaPerDay: numberOf(draft.perDay),
    quotaPerMonth: numberOf(draft.perMonth),
    allowedAddresses: linesOf(draft.addresses),
  };
}

export function linesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((line) => line !== '');
}

function numberOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}

const NUMBERS = [
  { id: 'perMinute', field: 'rateLimitPerMinute', label: 'Calls per minute' },
  { id: 'perDay', field: 'quotaPerDay', label: 'Calls per day' },
  { id: 'perMonth', field: 'quotaPerMonth', label: 'Calls per month' },
] as const;

/** How often and from where a key may be used. */
@Component({
  selector: 'mw-key-limits',
  imports: [Field],
  template: `
    <div class="numbers">
      @for (one of numbers; track one.id) {
        <mw-field #f [label]="one.label" [error]="problem()?.messageFor(one.field)">
          <input
            #box
            class="mw-input"
            type="number"
            min="1"
            step="1"
            placeholder="no limit"
            [id]="f.controlId"
            [attr.aria-describedby]="f.describedBy()"
            [value]="draft()[one.id]"
            (input)="change(one.id, box.value)"
          />
        </mw-field>
      }
    </div>
    <mw-field
      #a
      label="Addresses that may use it"
      help="One address or network a line, such as 203.0.113.0/24; empty: from anywhere. Days and months are those of UTC."
      [error]="addressError()"
    >
      <textarea
        #addresses
        class="mw-input mw-mono"
        rows="2"
        spellcheck="false"
        [id]="a.controlId"
        [attr.aria-describedby]="a.describedBy()"
        [value]="draft().addresses"
        (input)="change('addresses', addresses.value)"
      ></textarea>
    </mw-field>
  `,
  styles: `
    :host {
      display: grid;
      gap: 16px;
    }
    .numbers {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
      gap: 12px 16px;
    }
  `,
})
export class KeyLimits {
  readonly draft = model.required<LimitsDraft>();
  readonly problem = input<ApiProblem | undefined>();
  protected readonly numbers = NUMBERS;

  protected change(name: keyof LimitsDraft, value: string): void {
    this.draft.update((draft) => ({ ...draft, [name]: value }));
  }

  protected addressError(): string | undefined {
    return this.problem()?.errors.find(({ pointer }) => pointer.startsWith('#/allowedAddresses'))?.detail;
  }
}
