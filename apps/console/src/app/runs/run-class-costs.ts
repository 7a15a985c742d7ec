import { Component, computed, input, output } from '@angular/core';
import type { RunPreview } from '@modelwright/sdk';
import type { ClassWeights, CostMatrix, RunDraft } from './run-draft';

/** A table of more classes than this is not filled in by hand. */
const MOST_LABELS = 12;

/** What classes weigh and what mistakes cost; only where the target has classes. */
@Component({
  selector: 'mw-run-class-costs',
  template: `
    <fieldset class="mw-stack-tight">
      <legend>Weight of classes</legend>
      <div class="mw-segments">
        <label>
          <input
            type="radio"
            name="weights"
            [checked]="!weights()"
            (change)="changed.emit({ classWeights: undefined })"
          />
          As they are
        </label>
        <label>
          <input
            type="radio"
            name="weights"
            [checked]="weights() === 'balanced'"
            (change)="changed.emit({ classWeights: 'balanced' })"
          />
          Balanced
        </label>
        @if (canList()) {
          <label>
            <input
              type="radio"
              name="weights"
              [checked]="isOwn()"
              (change)="changed.emit({ classWeights: ones() })"
            />
            Own weights
          </label>
        }
      </div>
      <p class="mw-small" [class.mw-muted]="!weightProblem()" [class.wrong]="weightProblem()">
        {{ weightProblem() ?? 'Balanced lets a rare class count as much as a frequent one.' }}
      </p>
    </fieldset>
    @if (isOwn()) {
      <div class="weights">
        @for (row of weightRows(); track row.label) {
          <label class="mw-row">
            <span class="mw-grow mw-ellipsis">{{ row.label }}</span>
            <input
              #weight
              class="mw-input"
              type="number"
              min="0"
              step="any"
              [attr.aria-label]="'Weight of ' + row.label"
              [value]="row.weight"
              (change)="setWeight(row.label, weight.valueAsNumber)"
            />
          </label>
        }
      </div>
    }
    @if (canList()) {
      <fieldset class="mw-stack-tight">
        <legend>Cost of mistakes</legend>
        <label class="mw-check">
          <input type="checkbox" [checked]="costs()" (change)="toggleCosts()" />
          Give a cost for each kind of mistake
        </label>
        @if (costs(); as table) {
          <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Costs">
            <table class="costs">
              <thead>
                <tr>
                  <td class="mw-small mw-muted">is ↓ taken for →</td>
                  @for (label of table.labels; track label) {
                    <th scope="col" class="mw-ellipsis">{{ label }}</th>
                  }
                </tr>
              </thead>
              <tbody>
                @for (row of table.costs; track $index; let actual = $index) {
                  <tr>
                    <th scope="row" class="mw-ellipsis">{{ table.labels[actual] }}</th>
                    @for (value of row; track $index; let predicted = $index) {
                      <td>
                        <input
                          #cost
                          class="mw-input"
                          type="number"
                          step="any"
                          [class.right]="actual === predicted"
                          [attr.aria-label]="costLabel(table, actual, predicted)"
                          [value]="value"
                          (change)="setCost(actual, predicted, cost.valueAsNumber)"
                        />
                      </td>
                    }
                  </tr>
                }
              </tbody>
            </table>
          </div>
        }
        <p class="mw-small" [class.mw-muted]="!costProblem()" [class.wrong]="costProblem()">
          {{ costProblem() ?? costHelp() }}
        </p>
      </fieldset>
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 16px;
    }
    legend {
      margin-bottom: 6px;
      padding: 0;
      font-weight: 500;
    }
    .mw-segments {
      width: max-content;
      max-width: 100%;
    }
    .weights {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(min(220px, 100%), 1fr));
      gap: 8px 24px;
    }
    .weights .mw-input {
      width: 96px;
    }
    .costs th,
    .costs td {
      padding: 4px 8px 4px 0;
      font-weight: 400;
      text-align: left;
    }
    .costs .mw-input {
      width: 96px;
    }
    .costs .right {
      background: var(--mat-sys-surface-container-low);
    }
    .wrong {
      color: var(--mat-sys-error);
    }
  `,
})
export class RunClassCosts {
  readonly plan = input.required<RunPreview>();
  readonly draft = input.required<RunDraft>();
  readonly weightProblem = input<string>();
  readonly costProblem = input<string>();
  readonly changed = output<Partial<RunDraft>>();

  private readonly labels = computed(() => this.plan().classLabels);
  protected readonly canList = computed(
    () => this.labels().length > 1 && this.labels().length <= MOST_LABELS,
  );
  protected readonly weights = computed(() => this.draft().classWeights);
  protected readonly isOwn = computed(() => {
    const weights = this.weights();
    return weights !== undefined && weights !== 'balanced';
  });
  protected readonly ones = computed<ClassWeights>(() =>
    Object.fromEntries(this.labels().map((label) => [label, 1])),
  );
  protected readonly weightRows = computed(() => {
    const weights = this.weights();
    if (weights === undefined || weights === 'balanced') return [];
    return this.labels().map((label) => ({ label, weight: weights[label] ?? 1 }));
  });
  protected readonly costs = computed(() => this.draft().costMatrix);
  protected readonly costHelp = computed(() =>
    this.costs() && this.plan().metric?.name !== 'cost'
      ? 'The decision threshold follows the costs when the metric is “Cost per row”.'
      : 'Rows are what a case is, columns what it is taken for; a right answer usually costs nothing.',
  );

  protected setWeight(label: string, weight: number): void {
    const weights = this.weights();
    if (weights === undefined || weights === 'balanced') return;
    this.changed.emit({ classWeights: { ...weights, [label]: weight } });
  }

  protected toggleCosts(): void {
    const labels = this.labels();
    this.changed.emit({ costMatrix: this.costs() ? undefined : plainCosts(labels) });
  }

  protected setCost(actual: number, predicted: number, value: number): void {
    const table = this.costs();
    if (!table) return;
    const costs = table.costs.map((row, at) =>
      at === actual ? row.map((old, index) => (index === predicted ? value : old)) : row,
    );
    this.changed.emit({ costMatrix: { ...table, costs } });
  }

  protected costLabel(table: CostMatrix, actual: number, predicted: number): string {
    return `Cost of ${table.labels[actual] ?? ''} taken for ${table.labels[predicted] ?? ''}`;
  }
}

/** Every mistake costs one. */
function plainCosts(labels: readonly string[]): CostMatrix {
  return {
    labels: [...labels],
    costs: labels.map((_, actual) => labels.map((__, predicted) => (actual === predicted ? 0 : 1))),
  };
}
