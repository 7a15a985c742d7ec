import { Component, computed, input } from '@angular/core';
import type { ModelVersion } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../../shared/format/numbers';
import { metricLabel } from '../../shared/metrics/metric-words';
import { ChartCard } from '../chart-card';
import {
  type Clustering,
  clusterSizesDrawing,
  projectionDrawing,
  scoreByCountDrawing,
} from './charts/cluster-charts';
import { cellText } from './charts/output-words';

/** What the groups of a clustering are like. */
@Component({
  selector: 'mw-clustering-block',
  imports: [ChartCard],
  template: `
    <div class="pair">
      @for (drawing of drawings(); track drawing.label) {
        <mw-chart-card [drawing]="drawing" [height]="320" />
      }
    </div>
    <section class="mw-card" aria-labelledby="profile-title">
      <div class="mw-card-head">
        <h2 id="profile-title">What the groups are like</h2>
        <span class="mw-muted">Mean or most frequent value; stronger is further from all rows</span>
      </div>
      <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Profiles of the groups">
        <table class="mw-table">
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col" class="mw-num">All rows</th>
              @for (name of profile().groups; track name) {
                <th scope="col" class="mw-num">{{ name }}</th>
              }
            </tr>
          </thead>
          <tbody>
            @for (row of profile().rows; track row.column) {
              <tr>
                <th scope="row">{{ row.column }}</th>
                <td class="mw-num mw-muted">{{ row.overall }}</td>
                @for (cell of row.cells; track $index) {
                  <td class="mw-num" [class.far]="cell.isFar" [title]="cell.title">
                    {{ cell.value }}
                    <span class="mw-small mw-muted">{{ cell.difference }}</span>
                  </td>
                }
              </tr>
            }
          </tbody>
        </table>
      </div>
    </section>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .pair {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr));
      gap: 16px;
    }
    tbody th {
      color: inherit;
      font-size: 14px;
    }
    td span {
      display: block;
    }
    .far {
      background: color-mix(in srgb, var(--mw-chart-1) 10%, transparent);
      font-weight: 600;
    }
  `,
})
export class ClusteringBlock {
  readonly clustering = input.required<Clustering>();
  readonly version = input.required<ModelVersion>();
  protected readonly drawings = computed(() => {
    const clustering = this.clustering();
    return [
      clusterSizesDrawing(clustering),
      projectionDrawing(clustering),
      ...(clustering.byCount.length > 1
        ? [scoreByCountDrawing(clustering, metricLabel(this.version().metric.name))]
        : []),
    ];
  });
  protected readonly profile = computed(() => profileTable(this.clustering()));
}

/** From half a standard deviation on, or with a third more or fewer rows of a value, a group stands out. */
const FAR = 0.5;

/** Columns down, groups across; what sets groups apart most comes first. */
export function profileTable({ clusters }: Clustering) {
  const columns = (clusters[0]?.profile ?? []).map(({ column }) => column);
  const rows = columns.map((column) => {
    const cells = clusters.map(({ profile }) => profile.find((one) => one.column === column));
    const widest = Math.max(...cells.map((cell) => Math.abs(cell?.difference ?? 0)));
    return {
      column,
      widest,
      overall: cellText(cells[0]?.overall),
      cells: cells.map((cell) => ({
        value: cellText(cell?.value),
        isFar: Math.abs(cell?.difference ?? 0) >= FAR,
        difference: differenceOf(cell),
        title: cell ? `${cellText(cell.value)} against ${cellText(cell.overall)} over all rows` : '',
      })),
    };
  });
  return {
    groups: clusters.map(({ label }) => label),
    rows: rows.sort((one, other) => other.widest - one.widest),
  };
}

type Profile = Clustering['clusters'][number]['profile'][number];

function differenceOf(cell: Profile | undefined): string {
  if (cell?.difference == null) return '';
  const sign = cell.difference > 0 ? '+' : cell.difference < 0 ? '−' : '';
  const size = Math.abs(cell.difference);
  return typeof cell.value === 'number' ? `${sign}${formatNumber(size)} σ` : `${sign}${formatPercent(size)}`;
}
