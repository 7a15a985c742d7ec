import { Component, inject, input, linkedSignal, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { DeploymentKey } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { formErrors, nameMissing } from '../shared/ui/form-errors';
import { ProblemView } from '../shared/ui/problem-view';
import { KeyLimits, LIMIT_FIELDS, type LimitsDraft, limitErrors, limitsOf } from './key-limits';
import { KeysStore } from './keys.store';

/** Name and limits of a key that is there already; the secret stays the same. */
@Component({
  selector: 'mw-edit-key',
  imports: [Field, FieldControl, KeyLimits, MatButton, ProblemView],
  host: { class: 'mw-card', role: 'region', '[attr.aria-label]': '"Limits of key " + key().name' },
  template: `
    <div class="mw-card-head">
      <h2>Limits of “{{ key().name }}”</h2>
    </div>
    <form class="mw-card-body mw-stack" novalidate (submit)="$event.preventDefault(); save()">
      <mw-field label="Name" [error]="errors.shown().name">
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
      <mw-key-limits [(draft)]="limits" [errors]="errors.shown()" (left)="errors.left($event)" />
      @if (errors.rest(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <div class="mw-row">
        <button type="submit" matButton="filled" [disabled]="busy()">Save limits</button>
        <button type="button" matButton="text" (click)="closed.emit()">Cancel</button>
      </div>
    </form>
  `,
  styles: `
    .mw-input {
      max-width: 420px;
    }
  `,
})
export class EditKey {
  readonly key = input.required<DeploymentKey>();
  readonly closed = output();
  private readonly store = inject(KeysStore);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly text = linkedSignal(() => this.key().name);
  protected readonly limits = linkedSignal<LimitsDraft>(() => {
    const { rateLimitPerMinute, quotaPerDay, quotaPerMonth, allowedAddresses } = this.key();
    return {
      perMinute: String(rateLimitPerMinute ?? ''),
      perDay: String(quotaPerDay ?? ''),
      perMonth: String(quotaPerMonth ?? ''),
      addresses: allowedAddresses.join('\n'),
    };
  });
  protected readonly errors = formErrors({
    fields: ['name', ...LIMIT_FIELDS],
    refused: this.problem,
    own: () => ({ name: nameMissing(this.text(), 'the key'), ...limitErrors(this.limits()) }),
  });

  protected async save(): Promise<void> {
    if (this.busy() || !this.errors.check()) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.store.update(this.key().id, { name: this.text().trim(), ...limitsOf(this.limits()) });
      this.closed.emit();
    } catch (error) {
      this.problem.set(toProblem(error));
      this.errors.focusFirst();
    } finally {
      this.busy.set(false);
    }
  }
}
