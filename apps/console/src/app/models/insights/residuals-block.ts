import { Component, computed, inject, input } from '@angular/core';
import type { ModelVersion } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../../shared/format/numbers';
import { ChartCard } from '../chart-card';
import { AnalysisAnswer, AnalysisView } from './analysis-view';
import { errorBySizeDrawing, quantileDrawing, residualsByPredictedDrawing } from './charts/residual-charts';
import { InsightsStore } from './insights.store';

/** Errors of a regression looked at from several sides; asked for when the tab is opened. */
@Component({
  selector: 'mw-residuals-block',
  imports: [AnalysisAnswer, AnalysisView, ChartCard],
  template: `
    <section class="mw-card mw-card-body" aria-labelledby="residuals-title">
      <h2 id="residuals-title">Errors in detail</h2>
      <mw-analysis
        [question]="asked"
        title="Residuals"
        invitation="Bias, spread and size of the errors on the held-out rows."
      >
        <ng-template [mwAnswer]="asked">
          @if (facts(); as list) {
            <dl class="mw-facts">
              @for (fact of list; track fact.name) {
                <div>
                  <dt>{{ fact.name }}</dt>
                  <dd>
                    {{ fact.value }}
                    @if (fact.more) {
                      <span class="mw-small mw-muted">{{ fact.more }}</span>
                    }
                  </dd>
                </div>
              }
            </dl>
          }
        </ng-template>
      </mw-analysis>
    </section>
    <div class="pair">
      @for (drawing of drawings(); track drawing.label) {
        <mw-chart-card [drawing]="drawing" [height]="320" />
      }
    </div>
  `,
  styles: `
    :host,
    section {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    h2 {
      font-size: 14px;
      line-height: 20px;
    }
    .mw-facts {
      grid-template-columns: repeat(auto-fit, minmax(170px, 1fr));
    }
    dd span {
      display: block;
      font-weight: 400;
    }
    .pair {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr));
      gap: 16px;
    }
    .pair:empty {
      display: none;
    }
  `,
})
export class ResidualsBlock {
  readonly version = input.required<ModelVersion>();
  protected readonly asked = inject(InsightsStore).asked('residuals', () => ({
    kind: 'residuals',
    options: { bins: 10 },
  }));
  protected readonly drawings = computed(() => {
    const result = this.asked.result();
    const target = this.version().target ?? '';
    return result
      ? [
          residualsByPredictedDrawing(result, target),
          errorBySizeDrawing(result, target),
          quantileDrawing(result),
        ]
      : [];
  });
  protected readonly facts = computed(() => {
    const summary = this.asked.result()?.summary;
    if (!summary) return undefined;
    const { mean, within } = summary;
    return [
      {
        name: 'Mean residual (bias)',
        value: formatNumber(mean.value),
        more: `${formatNumber(mean.low)} to ${formatNumber(mean.high)}`,
      },
      { name: 'Mean absolute error', value: formatNumber(summary.meanAbsolute), more: '' },
      { name: 'Root mean squared error', value: formatNumber(summary.rootMeanSquare), more: '' },
      ...within.map(({ share, error }) => ({
        name: `${formatPercent(share)} are off by at most`,
        value: formatNumber(error),
        more: '',
      })),
    ];
  });
}
