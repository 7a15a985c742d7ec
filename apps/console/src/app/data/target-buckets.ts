import { Component, computed, input } from '@angular/core';
import type { TargetDistribution } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../shared/format/numbers';

const WIDTH = 100;
const HEIGHT = 40;

/** A numeric target as median and quartiles per bucket; several classes as stacked shares per bucket. */
@Component({
  selector: 'mw-target-buckets',
  template: `
    <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" [attr.aria-label]="label()">
      @for (shape of shapes(); track $index) {
        <rect
          [attr.x]="shape.x"
          [attr.y]="shape.y"
          [attr.width]="shape.width"
          [attr.height]="shape.height"
          [style.fill]="shape.fill"
        >
          <title>{{ shape.title }}</title>
        </rect>
      }
    </svg>
  `,
  styles: `
    :host,
    svg {
      display: block;
      width: 100%;
      height: 40px;
    }
  `,
})
export class TargetBuckets {
  readonly against = input.required<TargetDistribution>();
  readonly label = input.required<string>();
  protected readonly shapes = computed(() => {
    const against = this.against();
    return against.kind === 'class' ? stacks(against) : boxes(against);
  });
}

interface Shape {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly title: string;
}

function stacks({ buckets, classes }: TargetDistribution): readonly Shape[] {
  const step = WIDTH / Math.max(1, buckets.length);
  return buckets.flatMap((bucket, index) => {
    let top = 0;
    return bucket.classCounts.map((count, place): Shape => {
      const share = bucket.rows === 0 ? 0 : count / bucket.rows;
      const shape = {
        x: index * step + step * 0.06,
        y: top * HEIGHT,
        width: step * 0.88,
        height: share * HEIGHT,
        fill: `var(--mw-chart-${(place % 8) + 1})`,
        title: `${bucket.label}, ${classes[place] ?? ''}: ${formatPercent(share)}`,
      };
      top += share;
      return shape;
    });
  });
}

function boxes({ buckets }: TargetDistribution): readonly Shape[] {
  const lows = buckets.flatMap((bucket) => (bucket.lowerQuartile === null ? [] : [bucket.lowerQuartile]));
  const highs = buckets.flatMap((bucket) => (bucket.upperQuartile === null ? [] : [bucket.upperQuartile]));
  const low = Math.min(...lows);
  const span = Math.max(...highs) - low || 1;
  const step = WIDTH / Math.max(1, buckets.length);
  const place = (value: number): number => HEIGHT - ((value - low) / span) * HEIGHT;
  return buckets.flatMap((bucket, index): Shape[] => {
    const { lowerQuartile, median, upperQuartile } = bucket;
    if (lowerQuartile === null || median === null || upperQuartile === null) return [];
    const common = {
      x: index * step + step * 0.12,
      width: step * 0.76,
      title: `${bucket.label}: median ${formatNumber(median)}, half of the rows between ${formatNumber(lowerQuartile)} and ${formatNumber(upperQuartile)}`,
    };
    return [
      {
        ...common,
        y: place(upperQuartile),
        height: Math.max(1, place(lowerQuartile) - place(upperQuartile)),
        fill: 'color-mix(in srgb, var(--mw-chart-2) 45%, var(--mat-sys-surface))',
      },
      { ...common, y: Math.min(HEIGHT - 2, place(median)), height: 2, fill: 'var(--mw-chart-2)' },
    ];
  });
}
