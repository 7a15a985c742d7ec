import { Component, computed, input } from '@angular/core';
import type { VersionQuality as Quality } from '@modelwright/sdk';
import { MetricComparison } from '../shared/metrics/metric-comparison';
import { metricRow } from '../shared/metrics/metric-row';
import { Icon } from '../shared/ui/icon';
import { checksSentence } from './version-words';

const SHOWN_METRICS = 3;

/** How good a version is beside the one that answers now, and what speaks against letting it in. */
@Component({
  selector: 'mw-version-quality',
  imports: [Icon, MetricComparison],
  template: `
    @let seen = quality();
    <h3 id="version-quality">How good it is</h3>
    @if (seen.warnings.length > 0) {
      <div class="mw-banner warning" role="status">
        <mw-icon name="warning" [size]="16" />
        <ul>
          @for (warning of seen.warnings; track warning) {
            <li>{{ warning }}</li>
          }
        </ul>
      </div>
    }
    @if (rows().length > 0) {
      <mw-metric-comparison
        headingId="version-quality"
        [rows]="rows()"
        [version]="seen.version.number"
        [present]="seen.present?.number"
      />
    }
    <p class="mw-muted">{{ judged() }}</p>
  `,
  styles: `
    :host {
      display: grid;
      gap: 8px;
    }
    ul {
      flex: 1;
      min-width: 0;
      margin: 0;
      padding: 0;
      list-style: none;
    }
  `,
})
export class VersionQuality {
  readonly quality = input.required<Quality>();

  protected readonly rows = computed(() => this.quality().metrics.slice(0, SHOWN_METRICS).map(metricRow));
  protected readonly judged = computed(() => checksSentence(this.quality()));
}
