import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogRef,
  MatDialogTitle,
} from '@angular/material/dialog';
import type { ModelPolicy, ModelPolicyRequest } from '@modelwright/sdk';
import { toProblem } from '../../shared/api/problem';
import { Field } from '../../shared/ui/field';
import { Icon } from '../../shared/ui/icon';
import { ProblemView } from '../../shared/ui/problem-view';
import { CHECK_NAMES, aliasProblem } from './registry-words';

export interface PolicyEdit {
  readonly title: string;
  readonly text: string;
  readonly policy: ModelPolicy;
  /** Null goes back to what the level above says. */
  readonly perform: (policy: ModelPolicyRequest | null) => Promise<void>;
  readonly canReset: boolean;
}

const LIMITS: Readonly<Record<string, { readonly unit: string; readonly step: string }>> = {
  latency: { unit: 'ms a row, at most', step: 'any' },
  'holdout-rows': { unit: 'rows, at least', step: '1' },
};

/** Which checks decide whether a version may become champion. */
@Component({
  selector: 'mw-policy-dialog',
  imports: [
    Field,
    Icon,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    ProblemView,
  ],
  template: `
    <h2 mat-dialog-title>{{ edit.title }}</h2>
    <mat-dialog-content>
      <div class="mw-stack">
        <p class="mw-muted">{{ edit.text }}</p>
        <mw-field
          #aliases
          label="Protected aliases"
          help="Separated by commas. They only move to versions that pass what is required here."
          [error]="aliasError()"
        >
          <input
            #aliasInput
            class="mw-input mw-mono"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            [id]="aliases.controlId"
            [attr.aria-describedby]="aliases.describedBy()"
            [value]="protectedAliases()"
            (input)="protectedAliases.set(aliasInput.value)"
          />
        </mw-field>
        <fieldset>
          <legend>Required checks</legend>
          @for (rule of rules(); track rule.code) {
            <div class="rule">
              <label>
                <input
                  #box
                  type="checkbox"
                  [checked]="rule.required"
                  (change)="change(rule.code, { required: box.checked })"
                />
                {{ rule.name }}
              </label>
              @if (rule.limit; as limit) {
                <label class="limit">
                  <input
                    #limitInput
                    class="mw-input"
                    type="number"
                    min="0"
                    inputmode="decimal"
                    [attr.step]="limit.step"
                    placeholder="none"
                    [value]="rule.value ?? ''"
                    [attr.aria-label]="rule.name + ', limit, ' + limit.unit"
                    (input)="change(rule.code, { limit: limitInput.valueAsNumber })"
                  />
                  <span class="mw-small mw-muted">{{ limit.unit }}</span>
                </label>
              }
            </div>
          }
        </fieldset>
        @if (problem(); as error) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      @if (edit.canReset) {
        <button type="button" matButton="text" class="reset" [disabled]="busy()" (click)="save(true)">
          Back to the rules above
        </button>
      }
      <button type="button" matButton="text" mat-dialog-close>Cancel</button>
      <button type="button" matButton="filled" [disabled]="busy() || !!aliasError()" (click)="save(false)">
        <mw-icon [name]="busy() ? 'running' : 'check'" [spin]="busy()" [size]="16" /> Save rules
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    fieldset {
      display: grid;
      gap: 2px;
    }
    legend {
      padding: 0;
      margin-bottom: 6px;
      font-weight: 500;
    }
    .rule {
      display: flex;
      flex-wrap: wrap;
      gap: 0 12px;
      align-items: center;
      justify-content: space-between;
      min-height: 36px;
    }
    .rule label {
      display: inline-flex;
      gap: 8px;
      align-items: center;
      min-height: 36px;
    }
    .limit .mw-input {
      width: 104px;
    }
    .reset {
      margin-right: auto;
    }
  `,
  host: { '(keydown.control.enter)': 'save(false)', '(keydown.meta.enter)': 'save(false)' },
})
export class PolicyDialog {
  protected readonly edit = inject<PolicyEdit>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<PolicyDialog, boolean>>(MatDialogRef);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly protectedAliases = signal(this.edit.policy.protectedAliases.join(', '));
  private readonly checks = signal(this.edit.policy.checks);

  private readonly aliases = computed(() =>
    this.protectedAliases()
      .split(',')
      .map((alias) => alias.trim())
      .filter((alias) => alias !== ''),
  );
  protected readonly aliasError = computed(() => {
    const wrong = this.aliases().find((alias) => aliasProblem(alias) !== undefined);
    return wrong === undefined ? undefined : `“${wrong}”: ${aliasProblem(wrong) ?? ''}`;
  });
  protected readonly rules = computed(() =>
    this.checks().map(({ code, required, limit }) => ({
      code,
      required,
      value: limit,
      name: CHECK_NAMES[code] ?? code,
      limit: LIMITS[code],
    })),
  );

  protected change(code: string, { required, limit }: { required?: boolean; limit?: number }): void {
    this.checks.update((checks) =>
      checks.map((check) =>
        check.code === code
          ? {
              ...check,
              ...(required === undefined ? {} : { required }),
              ...(limit === undefined ? {} : { limit: limit > 0 ? limit : null }),
            }
          : check,
      ),
    );
  }

  protected async save(reset: boolean): Promise<void> {
    if (this.busy() || (!reset && this.aliasError())) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.edit.perform(
        reset ? null : { protectedAliases: [...this.aliases()], checks: [...this.checks()] },
      );
      this.dialog.close(true);
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
