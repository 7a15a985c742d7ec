import {
  Component,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  output,
  signal,
  viewChild,
} from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { CreatedDeploymentKey } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { formErrors, nameMissing } from '../shared/ui/form-errors';
import { ProblemView } from '../shared/ui/problem-view';
import { KeyLimits, LIMIT_FIELDS, NO_LIMITS, limitErrors, limitsOf } from './key-limits';
import { KeysStore } from './keys.store';

const DAY_MS = 86_400_000;
const TERMS = [
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: '1 year' },
  { days: null, label: 'Never' },
] as const;

@Component({
  selector: 'mw-new-key',
  imports: [Field, FieldControl, KeyLimits, MatButton, ProblemView],
  host: { class: 'mw-card', role: 'region', 'aria-label': 'New key' },
  template: `
    <form class="mw-card-body mw-stack" novalidate (submit)="$event.preventDefault(); create()">
      <mw-field label="Name" help="What the key is for, such as: nightly job." [error]="errors.shown().name">
        <input
          #name
          class="mw-input"
          autocomplete="off"
          maxlength="80"
          mwFieldControl
          [value]="text()"
          (input)="text.set(name.value)"
          (change)="errors.left('name')"
        />
      </mw-field>
      <div class="mw-stack-tight">
        <span class="label" id="key-expiry">Expires after</span>
        <fieldset class="mw-segments" aria-labelledby="key-expiry">
          @for (term of terms; track term.label) {
            <label>
              <input
                type="radio"
                name="expiry"
                [checked]="term.days === days()"
                (change)="days.set(term.days)"
              />
              {{ term.label }}
            </label>
          }
        </fieldset>
      </div>
      <details [open]="hasLimitErrors()">
        <summary>Limits and addresses</summary>
        <mw-key-limits [(draft)]="limits" [errors]="errors.shown()" (left)="errors.left($event)" />
      </details>
      @if (errors.rest(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <div class="mw-row">
        <button type="submit" matButton="filled" [disabled]="busy()">Create key</button>
        <button type="button" matButton="text" (click)="closed.emit()">Cancel</button>
      </div>
    </form>
  `,
  styles: `
    .mw-input {
      max-width: 420px;
    }
    details[open] summary {
      margin-bottom: 12px;
    }
    summary {
      width: fit-content;
      min-height: 24px;
      font-weight: 500;
      cursor: pointer;
    }
    .label {
      font-weight: 500;
    }
    .mw-segments {
      width: fit-content;
    }
  `,
})
export class NewKey {
  readonly created = output<CreatedDeploymentKey>();
  readonly closed = output();
  private readonly store = inject(KeysStore);
  protected readonly terms = TERMS;
  protected readonly text = signal('');
  protected readonly days = signal<number | null>(90);
  protected readonly limits = signal(NO_LIMITS);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly errors = formErrors({
    fields: ['name', ...LIMIT_FIELDS],
    refused: this.problem,
    own: () => ({ name: nameMissing(this.text(), 'the key'), ...limitErrors(this.limits()) }),
  });
  /** An error is no use behind a closed lid. */
  protected readonly hasLimitErrors = computed(() =>
    LIMIT_FIELDS.some((field) => this.errors.shown()[field]),
  );

  private readonly nameInput = viewChild.required<ElementRef<HTMLInputElement>>('name');

  constructor() {
    // The button that opened the form is gone or disabled: without this the keyboard starts over at the top.
    afterNextRender(() => this.nameInput().nativeElement.focus());
  }

  protected async create(): Promise<void> {
    if (this.busy() || !this.errors.check()) return;
    this.busy.set(true);
    this.problem.set(undefined);
    const days = this.days();
    try {
      const expiresAt = days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString();
      this.created.emit(
        await this.store.create({ name: this.text().trim(), expiresAt, ...limitsOf(this.limits()) }),
      );
    } catch (error) {
      this.problem.set(toProblem(error));
      this.errors.focusFirst();
    } finally {
      this.busy.set(false);
    }
  }
}
