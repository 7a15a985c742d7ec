import { Component, input } from '@angular/core';
import { Chart } from '../shared/charts/chart';
import type { Drawing } from './binary-charts';

/** One drawing with its name and what to look for; the summary is on screen too. */
@Component({
  selector: 'mw-chart-card',
  imports: [Chart],
  template: `
    <section class="mw-card mw-card-body">
      <h2>{{ drawing().label }}</h2>
      <p class="mw-small mw-muted">{{ drawing().hint }}</p>
      <mw-chart
        [label]="drawing().label"
        [summary]="drawing().summary"
        [option]="drawing().option"
        [table]="drawing().table"
        [height]="height()"
      />
      <p class="mw-small mw-muted">{{ drawing().summary }}</p>
    </section>
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    section {
      height: 100%;
    }
    h2 {
      font-size: 14px;
      line-height: 20px;
    }
    mw-chart {
      margin-block: 8px;
    }
  `,
})
export class ChartCard {
  readonly drawing = input.required<Drawing>();
  readonly height = input(260);
}
