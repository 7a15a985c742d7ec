import { Component, input } from '@angular/core';
import type { ModelVersion } from '@modelwright/sdk';
import { EmptyState } from '../shared/ui/empty-state';
import { BinaryPerformance } from './binary-performance';
import { MulticlassPerformance } from './multiclass-performance';
import { RegressionPerformance } from './regression-performance';

@Component({
  selector: 'mw-performance-tab',
  imports: [BinaryPerformance, EmptyState, MulticlassPerformance, RegressionPerformance],
  template: `
    @let evaluation = version().evaluation;
    @if (evaluation.binary; as binary) {
      <mw-binary-performance
        [evaluation]="evaluation"
        [binary]="binary"
        [wishedThreshold]="threshold()"
        [falsePositiveCost]="falsePositiveCost()"
        [falseNegativeCost]="falseNegativeCost()"
      />
    } @else if (evaluation.multiclass; as multiclass) {
      <mw-multiclass-performance [multiclass]="multiclass" />
    } @else if (evaluation.regression; as regression) {
      <mw-regression-performance [regression]="regression" />
    } @else {
      <div class="mw-card">
        <mw-empty icon="chart" title="The trainer did not write curves for this version" />
      </div>
    }
  `,
})
export class PerformanceTab {
  readonly version = input.required<ModelVersion>();
  readonly threshold = input<string>();
  readonly falsePositiveCost = input<string>();
  readonly falseNegativeCost = input<string>();
}
