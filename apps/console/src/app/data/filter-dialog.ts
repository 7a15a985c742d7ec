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
import { Field } from '../shared/ui/field';
import { OPERATORS, type RowFilter, operatorsFor } from './row-filters';

export interface FilterRequest {
  readonly column: string;
  readonly type: string;
  /** Frequent values, offered while typing. */
  readonly values: readonly string[];
  readonly present?: RowFilter;
}

@Component({
  selector: 'mw-filter-dialog',
  imports: [Field, MatButton, MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle],
  template: `
    <h2 mat-dialog-title>Rows where {{ request.column }}</h2>
    <mat-dialog-content>
      <div class="mw-stack">
        <mw-field #how label="Comparison">
          <select #operator class="mw-input" [id]="how.controlId" (change)="choose(operator.value)">
            @for (one of operators; track one.id) {
              <option [value]="one.id" [selected]="one.id === chosen().id">{{ one.word }}</option>
            }
          </select>
        </mw-field>
        @if (chosen().takesValue) {
          <mw-field #what label="Value">
            <input
              #input
              class="mw-input"
              autocomplete="off"
              list="filter-values"
              [id]="what.controlId"
              [type]="isNumber ? 'number' : 'text'"
              step="any"
              [value]="value()"
              (input)="value.set(input.value)"
              (keydown.enter)="apply()"
            />
            <datalist id="filter-values">
              @for (one of request.values; track one) {
                <option [value]="one"></option>
              }
            </datalist>
          </mw-field>
        }
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" mat-dialog-close>Cancel</button>
      <button type="button" matButton="filled" [disabled]="!allowed()" (click)="apply()">Show rows</button>
    </mat-dialog-actions>
  `,
})
export class FilterDialog {
  protected readonly request = inject<FilterRequest>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<FilterDialog, RowFilter>>(MatDialogRef);
  protected readonly operators = operatorsFor(this.request.type);
  protected readonly isNumber = ['number', 'integer'].includes(this.request.type);
  private readonly operator = signal<string>(
    this.request.present?.operator ?? this.operators[0]?.id ?? 'equals',
  );
  protected readonly value = signal(String(this.request.present?.value ?? ''));
  protected readonly chosen = computed(
    () => this.operators.find((one) => one.id === this.operator()) ?? this.operators[0] ?? OPERATORS[0],
  );
  protected readonly allowed = computed(() => !this.chosen().takesValue || this.value().trim() !== '');

  protected choose(operator: string): void {
    this.operator.set(operator);
  }

  protected apply(): void {
    if (!this.allowed()) return;
    const { column } = this.request;
    const { id: operator, takesValue } = this.chosen();
    const text = this.value().trim();
    this.dialog.close(
      takesValue ? { column, operator, value: this.isNumber ? Number(text) : text } : { column, operator },
    );
  }
}
