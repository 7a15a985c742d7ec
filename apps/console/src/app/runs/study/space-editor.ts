import { Component, computed, input, output } from '@angular/core';
import { type DraftDimension, dimensionProblem } from './study-draft';
import { parameterWords } from './parameter-words';
import { valueText } from './trials';

/** The search space: which hyperparameters, between which ends, among which values. */
@Component({
  selector: 'mw-space-editor',
  template: `
    <fieldset>
      <legend>Search space</legend>
      @for (row of rows(); track row.one.name) {
        <div class="row" [class.off]="!row.one.use">
          <label class="name">
            <input type="checkbox" [checked]="row.one.use" (change)="set(row.one, { use: !row.one.use })" />
            <span
              ><code [title]="row.words.meaning">{{ row.words.title }}</code>
              @if (row.words.meaning) {
                <span class="visually-hidden">{{ row.words.meaning }}</span>
              }
              @if (row.present) {
                <span class="mw-small mw-muted">now {{ row.present }}</span>
              }
            </span>
          </label>
          @if (row.one.kind === 'categorical') {
            <div class="choices" role="group" [attr.aria-label]="'Values of ' + row.one.name">
              @for (choice of row.choices; track choice.text) {
                <label>
                  <input
                    type="checkbox"
                    [disabled]="!row.one.use"
                    [checked]="choice.use"
                    (change)="toggle(row.one, $index)"
                  />
                  {{ choice.text }}
                </label>
              }
            </div>
          } @else {
            <div class="range">
              <input
                #low
                class="mw-input"
                inputmode="decimal"
                [disabled]="!row.one.use"
                [value]="row.one.low"
                [attr.aria-label]="'Smallest ' + row.one.name"
                (change)="set(row.one, { low: low.value })"
              />
              <span aria-hidden="true">to</span>
              <input
                #high
                class="mw-input"
                inputmode="decimal"
                [disabled]="!row.one.use"
                [value]="row.one.high"
                [attr.aria-label]="'Largest ' + row.one.name"
                (change)="set(row.one, { high: high.value })"
              />
              <label class="log">
                <input
                  type="checkbox"
                  [disabled]="!row.one.use"
                  [checked]="row.one.log"
                  (change)="set(row.one, { log: !row.one.log })"
                />
                log<span class="visually-hidden"> scale for {{ row.one.name }}</span>
              </label>
            </div>
          }
          @if (row.problem) {
            <p class="error" role="alert">{{ row.problem }}</p>
          }
        </div>
      }
    </fieldset>
  `,
  styles: `
    fieldset {
      min-width: 0;
      margin: 0;
      padding: 0;
      border: 0;
    }
    legend {
      margin-bottom: 4px;
      padding: 0;
      font-weight: 500;
    }
    .row {
      display: grid;
      grid-template-columns: 190px minmax(0, 1fr);
      gap: 6px 16px;
      align-items: center;
      min-height: 44px;
      padding: 4px 0;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    .row:last-child {
      border-bottom: 0;
    }
    .off {
      color: var(--mat-sys-on-surface-variant);
    }
    .name,
    .log,
    .choices label {
      display: inline-flex;
      gap: 8px;
      align-items: center;
    }
    .name span span {
      margin-left: 4px;
    }
    .choices,
    .range {
      display: flex;
      flex-wrap: wrap;
      gap: 6px 14px;
      align-items: center;
    }
    .range {
      flex-wrap: nowrap;
      gap: 8px;
    }
    .range .mw-input {
      width: 92px;
      min-width: 0;
    }
    .error {
      grid-column: 2;
      color: var(--mat-sys-error);
      font-size: 12px;
    }
    @media (width < 600px) {
      .row {
        grid-template-columns: minmax(0, 1fr);
        padding: 8px 0;
      }
      .error {
        grid-column: 1;
      }
    }
  `,
})
export class SpaceEditor {
  /** Whose hyperparameters they are: libraries call the same thing by other names. */
  readonly family = input.required<string>();
  readonly dimensions = input.required<readonly DraftDimension[]>();
  readonly changed = output<readonly DraftDimension[]>();

  protected readonly rows = computed(() =>
    this.dimensions().map((one) => ({
      one,
      words: parameterWords(this.family(), one.name),
      present: one.present === undefined ? '' : valueText(one.present),
      choices: one.choices.map(({ value, use }) => ({ text: valueText(value), use })),
      problem: dimensionProblem(one),
    })),
  );

  protected set(dimension: DraftDimension, change: Partial<DraftDimension>): void {
    this.changed.emit(this.dimensions().map((one) => (one === dimension ? { ...one, ...change } : one)));
  }

  protected toggle(dimension: DraftDimension, index: number): void {
    const choices = dimension.choices.map((choice, at) =>
      at === index ? { ...choice, use: !choice.use } : choice,
    );
    this.set(dimension, { choices });
  }
}
