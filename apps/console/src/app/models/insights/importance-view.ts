import { Component, computed, inject, input, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ModelVersion } from '@modelwright/sdk';
import { metricInfo, metricLabel } from '../../shared/metrics/metric-words';
import { ChartCard } from '../chart-card';
import { importanceDrawing, type Importance } from '../other-charts';
import { AnalysisAnswer, AnalysisView } from './analysis-view';
import { importanceInvitation } from './importance-words';
import { InsightsStore } from './insights.store';

const FIRST = 20;
const MOST = 200;
const ROW_PX = 26;

/** What the score loses without an input: as the run measured it, or now where none did or it had no time for that. */
@Component({
  selector: 'mw-importance-view',
  imports: [AnalysisAnswer, AnalysisView, ChartCard, MatButton],
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
      <mw-analysis
        [question]="asked"
        title="Importance"
        verb="Measure importance"
        [invitation]="invitation()"
      >
        <ng-template [mwAnswer]="asked">
          @if (measured(); as found) {
            <mw-chart-card [drawing]="found.drawing" [height]="found.height" />
          }
        </ng-template>
      </mw-analysis>
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
  protected readonly invitation = computed(() => importanceInvitation(this.version()));
  protected readonly shown = computed(() => {
    const { importance } = this.version().evaluation;
    if (!importance || importance.items.length === 0) return undefined;
    const count = Math.min(importance.items.length, this.limit());
    return {
      ...drawn(importance, count),
      left: Math.min(importance.items.length, MOST) - count,
      method: importance.method.replaceAll('_', ' '),
    };
  });
  protected readonly asked = inject(InsightsStore).asked(
    'permutation_importance',
    () => ({ kind: 'permutation_importance', options: {} }),
    { automatic: false },
  );
  protected readonly measured = computed(() => {
    const result = this.asked.result();
    if (!result) return undefined;
    const { metric, columns, method } = result;
    return drawn({ metric, method: method.name, items: columns }, Math.min(columns.length, MOST));
  });
}

function drawn(importance: Importance, count: number) {
  const { metric } = importance;
  const words = {
    label: metricLabel(metric),
    greaterIsBetter: metricInfo(metric)?.greaterIsBetter ?? true,
  };
  return { drawing: importanceDrawing(importance, words, count), height: count * ROW_PX + 60 };
}
