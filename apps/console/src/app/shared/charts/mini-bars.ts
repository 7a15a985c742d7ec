import { Component, computed, input } from '@angular/core';

export interface Bar {
  readonly label: string;
  readonly count: number;
  /** 0 to 1: the part drawn in the accent colour, such as the share of the target's positive class. */
  readonly share?: number | null;
}

/** Upright bars from zero without axes: a histogram or the top values of a column. */
@Component({
  selector: 'mw-mini-bars',
  template: `
    <svg
      [attr.viewBox]="'0 0 ' + bars().length * 10 + ' 100'"
      preserveAspectRatio="none"
      role="img"
      [attr.aria-label]="label()"
    >
      @for (bar of shapes(); track $index) {
        <rect class="bar" [attr.x]="bar.x" [attr.y]="100 - bar.height" width="9" [attr.height]="bar.height">
          <title>{{ bar.title }}</title>
        </rect>
        @if (bar.part > 0) {
          <rect class="part" [attr.x]="bar.x" [attr.y]="100 - bar.part" width="9" [attr.height]="bar.part">
            <title>{{ bar.title }}</title>
          </rect>
        }
      }
    </svg>
  `,
  styles: `
    :host {
      display: block;
      width: 100%;
      height: 28px;
    }
    svg {
      display: block;
      width: 100%;
      height: 100%;
    }
    .bar {
      fill: color-mix(in srgb, var(--mw-chart-1) 55%, var(--mat-sys-surface));
    }
    .part {
      fill: var(--mw-chart-2);
    }
  `,
})
export class MiniBars {
  readonly bars = input.required<readonly Bar[]>();
  readonly label = input.required<string>();

  protected readonly shapes = computed(() => {
    const bars = this.bars();
    const top = Math.max(...bars.map((bar) => bar.count), 1);
    return bars.map((bar, index) => {
      const height = bar.count === 0 ? 0 : Math.max(3, (bar.count / top) * 100);
      const share = bar.share ?? null;
      const detail = share === null ? '' : `, ${Math.round(share * 100)} % positive`;
      return {
        x: index * 10 + 0.5,
        height,
        part: share === null ? 0 : height * share,
        title: `${bar.label}: ${bar.count.toLocaleString()}${detail}`,
      };
    });
  });
}
