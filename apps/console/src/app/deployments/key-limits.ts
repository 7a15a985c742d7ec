import { Component, input, model, output } from '@angular/core';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { numberError } from '../shared/ui/form-errors';

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

export const LIMIT_FIELDS = [...NUMBERS.map(({ field }) => field), 'allowedAddresses'] as const;
export type LimitField = (typeof LIMIT_FIELDS)[number];
export type LimitErrors = Readonly<Partial<Record<LimitField, string | undefined>>>;

/** What is wrong with limits as they are typed. */
export function limitErrors(draft: LimitsDraft): LimitErrors {
  return Object.fromEntries(
    NUMBERS.map(({ id, field }) => [field, numberError(draft[id], { min: 1, optional: true })]),
  );
}

/** How often and from where a key may be used. */
@Component({
  selector: 'mw-key-limits',
  imports: [Field, FieldControl],
  template: `
    <div class="numbers">
      @for (one of numbers; track one.id) {
        <mw-field [label]="one.label" [error]="errors()[one.field]">
          <input
            #box
            class="mw-input"
            type="number"
            min="1"
            step="1"
            placeholder="no limit"
            mwFieldControl
            [value]="draft()[one.id]"
            (input)="change(one.id, box.value)"
            (change)="left.emit(one.field)"
          />
        </mw-field>
      }
    </div>
    <mw-field
      label="Addresses that may use it"
      help="One address or network a line, such as 203.0.113.0/24; empty: from anywhere. Days and months are those of UTC."
      [error]="errors().allowedAddresses"
    >
      <textarea
        #addresses
        class="mw-input mw-mono"
        rows="2"
        spellcheck="false"
        mwFieldControl
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
  /** What stands below the fields. */
  readonly errors = input.required<LimitErrors>();
  /** The person went on from a field. */
  readonly left = output<LimitField>();
  protected readonly numbers = NUMBERS;

  protected change(name: keyof LimitsDraft, value: string): void {
    this.draft.update((draft) => ({ ...draft, [name]: value }));
  }
}
