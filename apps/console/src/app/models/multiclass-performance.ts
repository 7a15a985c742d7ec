import { Component, computed, input } from '@angular/core';
import type { ModelEvaluation } from '@modelwright/sdk';
import { CountPipe, PercentPipe } from '../shared/format/pipes';

/** Several classes: which is taken for which, and how good each one is. */
@Component({
  selector: 'mw-multiclass-performance',
  imports: [CountPipe, PercentPipe],
  template: `
    <section class="mw-card" aria-labelledby="confusion-title">
      <div class="mw-card-head">
        <h2 id="confusion-title">Confusion matrix</h2>
        <span class="mw-small mw-muted">Rows are what it is, columns what was said</span>
      </div>
      <div class="mw-card-body">
        <div class="mw-table-scroll" tabindex="0" role="region" aria-labelledby="confusion-title">
          <table class="matrix">
            <thead>
              <tr>
                <td></td>
                @for (label of multiclass().labels; track label) {
                  <th scope="col">{{ label }}</th>
                }
              </tr>
            </thead>
            <tbody>
              @for (row of rows(); track row.label) {
                <tr>
                  <th scope="row">{{ row.label }}</th>
                  @for (cell of row.cells; track $index) {
                    <td
                      [class.right]="cell.right && cell.count > 0"
                      [class.wrong]="!cell.right && cell.count > 0"
                      [class.none]="cell.count === 0"
                      [style.--share]="cell.share"
                    >
                      {{ cell.count | count }}
                      @if (cell.count > 0) {
                        <span>{{ cell.share | pct }}</span>
                      }
                    </td>
                  }
                </tr>
              }
            </tbody>
          </table>
        </div>
        <p class="mw-small">{{ worst() }}</p>
      </div>
    </section>
    <section class="mw-card" aria-labelledby="classes-title">
      <div class="mw-card-head"><h2 id="classes-title">Per class</h2></div>
      <div class="mw-table-scroll" tabindex="0" role="region" aria-labelledby="classes-title">
        <table class="mw-table">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" class="mw-num">Precision</th>
              <th scope="col" class="mw-num">Recall</th>
              <th scope="col" class="mw-num">F1</th>
              <th scope="col" class="mw-num">Held-out rows</th>
            </tr>
          </thead>
          <tbody>
            @for (one of multiclass().perClass; track one.label) {
              <tr>
                <td>{{ one.label }}</td>
                <td class="mw-num">{{ one.precision | pct }}</td>
                <td class="mw-num">{{ one.recall | pct }}</td>
                <td class="mw-num">{{ one.f1 | pct }}</td>
                <td class="mw-num">{{ one.support | count }}</td>
              </tr>
            }
          </tbody>
        </table>
      </div>
    </section>
  `,
  styleUrl: './performance.scss',
})
export class MulticlassPerformance {
  readonly multiclass = input.required<NonNullable<ModelEvaluation['multiclass']>>();

  protected readonly rows = computed(() => {
    const { labels, confusion } = this.multiclass();
    return labels.map((label, index) => {
      const counts = confusion[index] ?? [];
      const total = counts.reduce((sum, count) => sum + count, 0) || 1;
      return {
        label,
        cells: labels.map((_, column) => {
          const count = counts[column] ?? 0;
          return { count, share: count / total, right: column === index };
        }),
      };
    });
  });
  protected readonly worst = computed(() => {
    const { labels } = this.multiclass();
    const mistakes = this.rows().flatMap((row) =>
      row.cells.flatMap((cell, column) =>
        cell.right || cell.count === 0 ? [] : [{ from: row.label, to: labels[column] ?? '', count: cell.count }],
      ),
    );
    const most = mistakes.sort((one, other) => other.count - one.count)[0];
    return most
      ? `The commonest mistake: ${most.count} × “${most.from}” taken for “${most.to}”.`
      : 'No held-out row was taken for another class.';
  });
}
