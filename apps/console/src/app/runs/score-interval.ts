import { Component, computed, input } from '@angular/core';
import { formatScore } from '../shared/format/numbers';

const WIDTH = 136;
const PAD = 5;

export interface ScoreRange {
  readonly low: number;
  readonly high: number;
}

/**
 * A score with its 95 % interval and one dot per fold, on a scale that all rows of the table share. The band behind is
 * the interval of the best: what lies within it may be as good.
 */
@Component({
  selector: 'mw-score-interval',
  template: `
    <svg [attr.viewBox]="'0 0 ' + width + ' 20'" role="img" [attr.aria-label]="text()">
      <title>{{ text() }}</title>
      @if (band(); as band) {
        <rect class="band" [attr.x]="band.x" y="0" [attr.width]="band.width" height="20" />
      }
      <path class="axis" [attr.d]="'M2 10H' + (width - 2)" />
      @if (bar(); as bar) {
        <path class="bar" [attr.d]="bar" />
      }
      @for (x of dots(); track $index) {
        <circle [attr.cx]="x" cy="10" r="2.5" />
      }
      @if (mean() !== null) {
        <path class="mean" [attr.d]="'M' + mean() + ' 3v14'" />
      }
    </svg>
  `,
  styles: `
    :host {
      display: inline-block;
      width: 136px;
      height: 20px;
      vertical-align: middle;
    }
    svg {
      display: block;
    }
    .band {
      fill: var(--mat-sys-primary);
      opacity: 0.08;
    }
    .axis {
      stroke: var(--mat-sys-outline-variant);
    }
    .bar {
      fill: none;
      stroke: var(--mw-chart-1);
      stroke-width: 1.5;
    }
    circle {
      fill: var(--mw-chart-1);
      opacity: 0.4;
    }
    .mean {
      stroke: var(--mat-sys-on-surface);
      stroke-width: 2;
    }
  `,
})
export class ScoreInterval {
  readonly score = input.required<number | null>();
  readonly low = input<number | null>(null);
  readonly high = input<number | null>(null);
  readonly folds = input<readonly number[]>([]);
  readonly range = input.required<ScoreRange>();
  /** Interval of the best candidate. */
  readonly best = input<ScoreRange | null>(null);
  protected readonly width = WIDTH;

  protected readonly dots = computed(() => this.folds().map((score) => this.place(score)));
  protected readonly mean = computed(() => {
    const score = this.score();
    return score === null ? null : this.place(score);
  });
  protected readonly bar = computed(() => {
    const [low, high] = [this.low(), this.high()];
    if (low === null || high === null) return '';
    const [from, to] = [this.place(low), this.place(high)];
    return `M${from} 6v8M${from} 10H${to}M${to} 6v8`;
  });
  protected readonly band = computed(() => {
    const best = this.best();
    if (!best) return null;
    const [from, to] = [this.place(best.low), this.place(best.high)];
    return { x: Math.min(from, to), width: Math.max(1, Math.abs(to - from)) };
  });
  protected readonly text = computed(() => {
    const [low, high] = [this.low(), this.high()];
    const interval =
      low === null || high === null ? '' : `, 95 % interval ${formatScore(low)} to ${formatScore(high)}`;
    const folds = this.folds().length > 0 ? `, folds ${this.folds().map(formatScore).join(', ')}` : '';
    return `${formatScore(this.score())}${interval}${folds}`;
  });

  private place(score: number): number {
    const { low, high } = this.range();
    const share = high > low ? (score - low) / (high - low) : 0.5;
    return Math.round((PAD + Math.min(1, Math.max(0, share)) * (WIDTH - 2 * PAD)) * 10) / 10;
  }
}
