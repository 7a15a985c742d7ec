import { Component, computed, input } from '@angular/core';
import type { DriftColumn } from '@modelwright/sdk';
import { formatPercent } from '../shared/format/numbers';

/** Two small distributions over the same bins: training as an outline behind, the window as bars. */
@Component({
  selector: 'mw-drift-bars',
  template: `
    <svg
      [attr.viewBox]="'0 0 ' + shapes().length * 10 + ' 100'"
      preserveAspectRatio="none"
      role="img"
      [attr.aria-label]="label()"
    >
      @for (shape of shapes(); track $index) {
        <rect
          class="reference"
          [attr.x]="shape.x"
          [attr.y]="100 - shape.reference"
          width="9"
          [attr.height]="shape.reference"
        >
          <title>{{ shape.title }}</title>
        </rect>
        <rect
          class="window"
          [attr.x]="shape.x + 2"
          [attr.y]="100 - shape.window"
          width="5"
          [attr.height]="shape.window"
        >
          <title>{{ shape.title }}</title>
        </rect>
      }
    </svg>
  `,
  styles: `
    :host {
      display: block;
      width: 100%;
      min-width: 140px;
      height: 36px;
    }
    svg {
      display: block;
      width: 100%;
      height: 100%;
    }
    .reference {
      fill: color-mix(in srgb, var(--mat-sys-on-surface-variant) 30%, var(--mat-sys-surface));
    }
    .window {
      fill: var(--mw-chart-1);
    }
  `,
})
export class DriftBars {
  readonly histogram = input.required<DriftColumn['histogram']>();
  readonly name = input.required<string>();
  /** What the grey bars are: `training`, `held-out rows`, `earlier`. */
  readonly against = input('training');

  protected readonly label = computed(
    () => `Distribution of ${this.name()}: this window and ${this.against()}`,
  );
  protected readonly shapes = computed(() => {
    const { labels, reference, window } = this.histogram();
    const top = Math.max(...reference, ...window, 1e-9);
    const height = (share: number): number => (share === 0 ? 0 : Math.max(2, (share / top) * 100));
    return labels.map((label, index) => {
      const [before, now] = [reference[index] ?? 0, window[index] ?? 0];
      return {
        x: index * 10 + 0.5,
        reference: height(before),
        window: height(now),
        title: `${label}: ${formatPercent(now)}, ${this.against()} ${formatPercent(before)}`,
      };
    });
  });
}
