import { Component, computed, input } from '@angular/core';
import type { ModelVersion } from '@modelwright/sdk';
import { CountPipe, ScorePipe } from '../shared/format/pipes';
import { EmptyState } from '../shared/ui/empty-state';
import { calibrationDrawing, liftDrawing, precisionRecallDrawing, rocDrawing } from './binary-charts';
import { ChartCard } from './chart-card';
import { confusionDrawing, residualDrawing, scatterDrawing } from './other-charts';
import { ClusteringBlock } from './insights/clustering-block';
import { LearningCard } from './insights/learning-card';
import { ResidualsBlock } from './insights/residuals-block';
import { ThresholdPanel } from './threshold-panel';
import { thresholdPoints } from './threshold-costs';

const CELL_PX = 44;
const LEAST_PX = 240;
const MOST_PX = 720;

/** How it did on the held-out rows, drawn for the kind of task. */
@Component({
  selector: 'mw-performance-tab',
  imports: [
    ChartCard,
    ClusteringBlock,
    CountPipe,
    EmptyState,
    LearningCard,
    ResidualsBlock,
    ScorePipe,
    ThresholdPanel,
  ],
  template: `
    @if (binary(); as curves) {
      <mw-threshold-panel
        [points]="curves.points"
        [positive]="curves.positive"
        [negative]="curves.negative"
      />
      <div class="pair">
        @for (drawing of curves.drawings; track drawing.label) {
          <mw-chart-card [drawing]="drawing" />
        }
      </div>
    } @else if (multiclass(); as classes) {
      <mw-chart-card [drawing]="classes.drawing" [height]="classes.height" />
      <section class="mw-card" aria-labelledby="classes-title">
        <div class="mw-card-head"><h2 id="classes-title">By class</h2></div>
        <div class="mw-table-scroll" tabindex="0" role="region" aria-label="By class">
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
              @for (row of classes.rows; track row.label) {
                <tr>
                  <td>{{ row.label }}</td>
                  <td class="mw-num">{{ row.precision | score }}</td>
                  <td class="mw-num">{{ row.recall | score }}</td>
                  <td class="mw-num">{{ row.f1 | score }}</td>
                  <td class="mw-num">{{ row.support | count }}</td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      </section>
    } @else if (regression(); as drawings) {
      <div class="pair">
        @for (drawing of drawings; track drawing.label) {
          <mw-chart-card [drawing]="drawing" [height]="340" />
        }
      </div>
      <mw-residuals-block [version]="version()" />
    } @else if (version().evaluation.clustering; as clustering) {
      <mw-clustering-block [clustering]="clustering" [version]="version()" />
    } @else {
      <div class="mw-card">
        <mw-empty
          icon="chart"
          title="Nothing was drawn for this version"
          text="Its run ended before the curves were computed. The figures are on the Summary tab."
        />
      </div>
    }
    @if (version().task !== 'clustering') {
      <mw-learning-card [version]="version()" />
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .pair {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr));
      gap: 16px;
    }
  `,
})
export class PerformanceTab {
  readonly version = input.required<ModelVersion>();

  protected readonly binary = computed(() => {
    const { binary, holdout } = this.version().evaluation;
    if (!binary) return undefined;
    const points = thresholdPoints(binary.thresholds);
    const first = points[0];
    const positives = first ? first.truePositives + first.falseNegatives : 0;
    const auc = holdout.metrics.find(({ name }) => name === 'roc_auc')?.value;
    return {
      points,
      positive: binary.positiveClass,
      negative: binary.labels.find((label) => label !== binary.positiveClass) ?? 'other',
      drawings: [
        rocDrawing(binary.roc, auc),
        precisionRecallDrawing(binary.precisionRecall, holdout.rows === 0 ? 0 : positives / holdout.rows),
        liftDrawing(binary.lift),
        calibrationDrawing(binary.calibration),
      ],
    };
  });
  protected readonly multiclass = computed(() => {
    const { multiclass } = this.version().evaluation;
    if (!multiclass) return undefined;
    const height = Math.min(MOST_PX, Math.max(LEAST_PX, multiclass.labels.length * CELL_PX + 60));
    return { drawing: confusionDrawing(multiclass), rows: multiclass.perClass, height };
  });
  protected readonly regression = computed(() => {
    const { evaluation, target } = this.version();
    return evaluation.regression
      ? [
          scatterDrawing(evaluation.regression.predictedVsActual, target ?? '', evaluation.holdout.rows),
          residualDrawing(evaluation.regression.residuals, target ?? ''),
        ]
      : undefined;
  });
}
