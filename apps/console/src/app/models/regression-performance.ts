import { Component, computed, input } from '@angular/core';
import type { ModelEvaluation } from '@modelwright/sdk';
import { DrawingCard } from './drawing-card';
import { predictedVsActualDrawing, residualsDrawing } from './performance-charts';

/** A number: how near predictions are, and how errors spread. */
@Component({
  selector: 'mw-regression-performance',
  imports: [DrawingCard],
  template: `
    <div class="charts">
      @for (drawing of drawings(); track drawing.label) {
        <mw-drawing-card [drawing]="drawing" />
      }
    </div>
  `,
  styleUrl: './performance.scss',
})
export class RegressionPerformance {
  readonly regression = input.required<NonNullable<ModelEvaluation['regression']>>();
  protected readonly drawings = computed(() => [
    predictedVsActualDrawing(this.regression()),
    residualsDrawing(this.regression()),
  ]);
}
