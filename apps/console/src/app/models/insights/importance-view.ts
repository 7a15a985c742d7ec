import { Component, computed, input, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ModelVersion } from '@modelwright/sdk';
import { metricInfo, metricLabel } from '../../shared/metrics/metric-words';
import { EmptyState } from '../../shared/ui/empty-state';
import { ChartCard } from '../chart-card';
import { importanceDrawing } from '../other-charts';

const FIRST = 20;
const MOST = 200;
const ROW_PX = 26;

/** What the score loses without an input, as the run measured it. */
@Component({
  selector: 'mw-importance-view',
  imports: [ChartCard, EmptyState, MatButton],
  template: `
    @if (shown(); as found) {
      <mw-chart-card [drawing]="found.drawing" [height]="found.height" />
      @if (found.left > 0) {
        <p class="more">
          <button type="button" matButton="outlined" (click)="limit.set(most)">
            Show the other {{ found.left }}
          </button>
        </p>
      }
      <p class="mw-muted note">
        Method: {{ found.method }}. The whisker is the spread over repeated shuffles. Columns that say the
        same thing share their importance, so a small bar does not mean that a column is useless.
      </p>
    } @else {
      <div class="mw-card">
        <mw-empty
          icon="chart"
          title="Importance was not measured for this version"
          text="Its run ended before that step. Contributions, beside this, tell which inputs it leans on."
        />
      </div>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 12px;
    }
    .more {
      text-align: center;
    }
    .note {
      max-width: 80ch;
    }
  `,
})
export class ImportanceView {
  readonly version = input.required<ModelVersion>();
  protected readonly most = MOST;
  protected readonly limit = linkedSignal({ source: this.version, computation: () => FIRST });
  protected readonly shown = computed(() => {
    const { importance } = this.version().evaluation;
    if (!importance) return undefined;
    const count = Math.min(importance.items.length, this.limit());
    return {
      drawing: importanceDrawing(
        importance,
        {
          label: metricLabel(importance.metric),
          greaterIsBetter: metricInfo(importance.metric)?.greaterIsBetter ?? true,
        },
        count,
      ),
      height: count * ROW_PX + 60,
      left: Math.min(importance.items.length, MOST) - count,
      method: importance.method.replaceAll('_', ' '),
    };
  });
}
