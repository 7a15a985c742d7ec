import { Component, computed, input } from '@angular/core';
import { formatScore } from '../shared/format/numbers';

const WIDTH = 84;
const PAD = 4;

export interface ScoreRange {
  readonly low: number;
  readonly high: number;
}

/** One dot per fold and a tick at their mean, on a scale that all rows of the table share. */
@Component({
  selector: 'mw-fold-dots',
  template: `
    <svg [attr.viewBox]="'0 0 ' + width + ' 16'" role="img" [attr.aria-label]="text()">
      <title>{{ text() }}</title>
      <path class="axis" [attr.d]="'M2 8H' + (width - 2)" />
      @for (x of dots(); track $index) {
        <circle [attr.cx]="x" cy="8" r="3" />
      }
      @if (mean(); as x) {
        <path class="mean" [attr.d]="'M' + x + ' 2v12'" />
      }
    </svg>
  `,
  styles: `
    :host {
      display: inline-block;
      width: 84px;
      height: 16px;
      vertical-align: middle;
    }
    svg {
      display: block;
      overflow: visible;
    }
    .axis {
      stroke: var(--mat-sys-outline-variant);
    }
    circle {
      fill: var(--mw-chart-1);
      opacity: 0.5;
    }
    .mean {
      stroke: var(--mat-sys-on-surface);
      stroke-width: 1.5;
    }
  `,
})
export class FoldDots {
  readonly scores = input.required<readonly number[]>();
  readonly range = input.required<ScoreRange>();
  protected readonly width = WIDTH;

  protected readonly dots = computed(() => this.scores().map((score) => this.place(score)));
  protected readonly mean = computed(() => {
    const scores = this.scores();
    return scores.length === 0 ? null : this.place(scores.reduce((sum, one) => sum + one, 0) / scores.length);
  });
  protected readonly text = computed(() => `Folds: ${this.scores().map(formatScore).join(', ')}`);

  private place(score: number): number {
    const { low, high } = this.range();
    const share = high > low ? (score - low) / (high - low) : 0.5;
    return PAD + Math.min(1, Math.max(0, share)) * (WIDTH - 2 * PAD);
  }
}
