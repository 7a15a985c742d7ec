import { Component, input } from '@angular/core';
import { Chart } from '../shared/charts/chart';
import type { Drawing } from './performance-charts';

/** A chart with its name, what it tells, and its result in words. */
@Component({
  selector: 'mw-drawing-card',
  imports: [Chart],
  host: { class: 'mw-card mw-card-body', role: 'group', '[attr.aria-label]': 'drawing().label' },
  template: `
    <h3>{{ drawing().label }}</h3>
    <p class="mw-small mw-muted">{{ drawing().help }}</p>
    <mw-chart
      [label]="drawing().label"
      [summary]="drawing().summary"
      [option]="drawing().option"
      [table]="drawing().table"
      [height]="250"
    />
    <p class="mw-small">{{ drawing().summary }}</p>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 6px;
      align-content: start;
    }
  `,
})
export class DrawingCard {
  readonly drawing = input.required<Drawing>();
}
