import { Component, computed, input } from '@angular/core';

const WIDTH = 96;
const HEIGHT = 24;

/** A line without axes, for one glance. Its numbers are in the text beside it, and in `label` for screen readers. */
@Component({
  selector: 'mw-sparkline',
  template: `
    <svg
      [attr.viewBox]="'0 0 ' + width + ' ' + height"
      preserveAspectRatio="none"
      role="img"
      [attr.aria-label]="label()"
    >
      <path class="area" [attr.d]="area()" />
      <path class="line" [attr.d]="line()" />
    </svg>
  `,
  styles: `
    :host {
      display: inline-block;
      width: 96px;
      height: 24px;
    }
    svg {
      width: 100%;
      height: 100%;
      overflow: visible;
    }
    .line {
      fill: none;
      stroke: var(--mw-chart-1);
      stroke-width: 1.5;
      vector-effect: non-scaling-stroke;
      stroke-linejoin: round;
    }
    .area {
      fill: color-mix(in srgb, var(--mw-chart-1) 14%, transparent);
    }
  `,
})
export class Sparkline {
  readonly values = input.required<readonly (number | null)[]>();
  readonly label = input.required<string>();
  protected readonly width = WIDTH;
  protected readonly height = HEIGHT;

  private readonly points = computed(() => {
    const values = this.values().map((value) => value ?? 0);
    const top = Math.max(...values, 0) || 1;
    const step = WIDTH / Math.max(1, values.length - 1);
    return values.map((value, index) => [index * step, HEIGHT - 1 - (value / top) * (HEIGHT - 2)] as const);
  });
  protected readonly line = computed(() => pathOf(this.points()));
  protected readonly area = computed(() => {
    const points = this.points();
    return points.length < 2 ? '' : `${pathOf(points)}L${WIDTH},${HEIGHT}L0,${HEIGHT}Z`;
  });
}

function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)},${y.toFixed(1)}`).join('');
}
