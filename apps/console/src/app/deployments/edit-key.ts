import { Component, computed, inject, input, linkedSignal, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { DeploymentKey } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Field } from '../shared/ui/field';
import { ProblemView } from '../shared/ui/problem-view';
import { KeyLimits, type LimitsDraft, limitsOf } from './key-limits';
import { KeysStore } from './keys.store';

/** Name and limits of a key that is there already; the secret stays the same. */
@Component({
  selector: 'mw-edit-key',
  imports: [Field, KeyLimits, MatButton, ProblemView],
  host: { class: 'mw-card', role: 'region', '[attr.aria-label]': '"Limits of key " + key().name' },
  template: `
    <div class="mw-card-head">
      <h2>Limits of “{{ key().name }}”</h2>
    </div>
    <form class="mw-card-body mw-stack" (submit)="$event.preventDefault(); save()">
      <mw-field #f label="Name" [error]="problem()?.messageFor('name')">
        <input
          #name
          class="mw-input"
          autocomplete="off"
          maxlength="80"
          [id]="f.controlId"
          [attr.aria-describedby]="f.describedBy()"
          [value]="text()"
          (input)="text.set(name.value)"
        />
      </mw-field>
      <mw-key-limits [(draft)]="limits" [problem]="problem()" />
      @if (rest(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <div class="mw-row">
        <button type="submit" matButton="filled" [disabled]="busy() || text().trim() === ''">
          Save limits
        </button>
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
  protected readonly rest = computed(() => {
    const problem = this.problem();
    return problem && problem.errors.length === 0 ? problem : undefined;
  });

  protected async save(): Promise<void> {
    if (this.busy() || this.text().trim() === '') return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.store.update(this.key().id, { name: this.text().trim(), ...limitsOf(this.limits()) });
      this.closed.emit();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
