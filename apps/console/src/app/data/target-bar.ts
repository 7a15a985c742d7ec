import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { DatasetResponse } from '@modelwright/sdk';
import { Icon } from '../shared/ui/icon';
import { DatasetStore } from './dataset.store';

const TASK_WORDS: Readonly<Record<string, string>> = {
  binary: 'two classes',
  multiclass: 'several classes',
  regression: 'a number',
};

/** The column to predict: suggested with its reason, accepted with one click, changed at any time. */
@Component({
  selector: 'mw-target-bar',
  imports: [Icon, MatButton],
  host: { class: 'mw-card' },
  template: `
    <mw-icon name="target" />
    @if (dataset().target; as target) {
      <p class="words">
        Predicts <strong>{{ target }}</strong>
        @if (task(); as task) {
          <span class="mw-muted">, {{ task }}</span>
        }
        @if (problem(); as reason) {
          <span class="problem"><mw-icon name="warning" [size]="15" /> {{ reason }}</span>
        }
      </p>
      @if (canEdit()) {
        @if (choosing()) {
          <select #other class="mw-input" aria-label="Column to predict" (change)="use(other.value)">
            @for (column of columns(); track column) {
              <option [value]="column" [selected]="column === target">{{ column }}</option>
            }
          </select>
          <button type="button" matButton="text" (click)="choosing.set(false)">Keep</button>
        } @else {
          <button type="button" matButton="text" (click)="choosing.set(true)">Change</button>
        }
      }
    } @else if (dataset().targetSuggestion; as suggestion) {
      <p class="words">
        Predict <strong>{{ suggestion.column }}</strong>?
        <span class="mw-muted">{{ suggestion.reason }}</span>
      </p>
      @if (canEdit()) {
        <select #other class="mw-input" aria-label="Another column to predict" (change)="use(other.value)">
          <option value="">Another column</option>
          @for (column of columns(); track column) {
            <option [value]="column">{{ column }}</option>
          }
        </select>
        <button type="button" matButton="filled" [disabled]="busy()" (click)="use(suggestion.column)">
          Predict {{ suggestion.column }}
        </button>
      }
    } @else {
      <p class="words mw-muted">No column stands out as something to predict.</p>
      @if (canEdit()) {
        <select #other class="mw-input" aria-label="Column to predict" (change)="use(other.value)">
          <option value="">Choose a column</option>
          @for (column of columns(); track column) {
            <option [value]="column">{{ column }}</option>
          }
        </select>
      }
    }
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px 12px;
      padding: 10px 12px 10px 16px;
    }
    :host > mw-icon {
      color: var(--mat-sys-primary);
    }
    .words {
      flex: 1 1 280px;
      min-width: 0;
    }
    .problem {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      margin-left: 8px;
      color: var(--mw-warning);
    }
    select {
      width: auto;
      max-width: 220px;
    }
  `,
})
export class TargetBar {
  readonly dataset = input.required<DatasetResponse>();
  readonly canEdit = input(false);
  private readonly store = inject(DatasetStore);
  protected readonly choosing = signal(false);
  protected readonly busy = signal(false);

  protected readonly columns = computed(() =>
    this.store.profile.hasValue() ? this.store.profile.value().columns.map((column) => column.name) : [],
  );
  protected readonly task = computed(() => TASK_WORDS[this.dataset().task ?? '']);
  protected readonly problem = computed(() =>
    this.store.profile.hasValue() ? this.store.profile.value().targetProblem : null,
  );

  protected async use(column: string): Promise<void> {
    if (column === '') return;
    this.busy.set(true);
    if (await this.store.setTarget(column)) this.choosing.set(false);
    this.busy.set(false);
  }
}
