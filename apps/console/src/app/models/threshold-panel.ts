import { Component, computed, inject, input, linkedSignal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Chart } from '../shared/charts/chart';
import { formatNumber } from '../shared/format/numbers';
import { CountPipe, NumberPipe, PercentPipe } from '../shared/format/pipes';
import { Field } from '../shared/ui/field';
import { costDrawing } from './binary-charts';
import { ModelStore } from './model.store';
import {
  type ThresholdPoint,
  alikeDigits,
  bestPoint,
  costPer100,
  parseCost,
  pointAt,
  ratesAt,
} from './threshold-costs';

/** What a threshold means: how many are right and wrong, and what the mistakes cost. */
@Component({
  selector: 'mw-threshold-panel',
  imports: [Chart, CountPipe, Field, MatButton, NumberPipe, PercentPipe],
  templateUrl: './threshold-panel.html',
  styleUrl: './threshold-panel.scss',
})
export class ThresholdPanel {
  readonly points = input.required<readonly ThresholdPoint[]>();
  readonly positive = input.required<string>();
  readonly negative = input.required<string>();
  private readonly store = inject(ModelStore);

  protected readonly threshold = linkedSignal(() => this.store.threshold());
  protected readonly falsePositive = linkedSignal(() => String(this.store.costs().falsePositive));
  protected readonly falseNegative = linkedSignal(() => String(this.store.costs().falseNegative));
  protected readonly costs = computed(() => ({
    falsePositive: parseCost(this.falsePositive()),
    falseNegative: parseCost(this.falseNegative()),
  }));
  protected readonly falsePositiveError = computed(() => costProblem(this.falsePositive()));
  protected readonly falseNegativeError = computed(() => costProblem(this.falseNegative()));

  protected readonly now = computed(() => {
    const point = pointAt(this.points(), this.threshold());
    if (!point) return undefined;
    const cost = costPer100(point, this.costs());
    return { point, rates: ratesAt(point), cost };
  });
  protected readonly best = computed(() => {
    const point = bestPoint(this.points(), this.costs());
    return point && { threshold: point.threshold, cost: costPer100(point, this.costs()) };
  });
  protected readonly isBest = computed(() => {
    const now = this.now();
    const best = this.best();
    return now !== undefined && best !== undefined && now.cost <= best.cost + Number.EPSILON;
  });
  protected readonly drawing = computed(() => costDrawing(this.points(), this.costs(), this.threshold()));
  protected readonly spoken = computed(() => {
    const now = this.now();
    return now
      ? `${formatNumber(this.threshold())}, ${formatNumber(now.cost)} cost per 100 rows`
      : formatNumber(this.threshold());
  });

  /** The two costs that stand side by side have the same decimals: 19.0 beside 19.1. */
  protected readonly costText = (cost: number): string =>
    alikeDigits([this.now()?.cost ?? 0, this.best()?.cost ?? 0])(cost);

  protected useBest(): void {
    const best = this.best();
    if (!best) return;
    this.threshold.set(best.threshold);
    this.keep();
  }

  /** On leave, not on every move: the history of the browser is not a slider. */
  protected keep(): void {
    const { falsePositive, falseNegative } = this.costs();
    this.store.rememberChoice(this.threshold(), falsePositive, falseNegative);
  }
}

function costProblem(text: string): string | undefined {
  return text.trim() === '' || parseCost(text, -1) < 0 ? 'A number from zero up.' : undefined;
}
