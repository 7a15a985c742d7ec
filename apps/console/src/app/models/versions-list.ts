import { Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { Deployment, ModelVersionSummary } from '@modelwright/sdk';
import { ScorePipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { metricLabel } from '../shared/metrics/metric-words';

/** Every version with its score and where it is served. */
@Component({
  selector: 'mw-versions-list',
  imports: [MatButton, RouterLink, ScorePipe, TimeAgo],
  host: { class: 'mw-card' },
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Versions">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Winner</th>
            <th scope="col" class="mw-num">Hold-out</th>
            <th scope="col">In words</th>
            <th scope="col">Served by</th>
            <th scope="col">Run</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.version.id) {
            <tr [class.selected]="row.version.id === selected()">
              <td>
                <a
                  class="mw-row-link"
                  [routerLink]="[]"
                  [queryParams]="{ version: row.version.id, tab: null }"
                  queryParamsHandling="merge"
                  >Version {{ row.version.number }}</a
                >
              </td>
              <td>{{ row.version.winner.label }}</td>
              <td class="mw-num">
                {{ row.version.metric.value | score }} <span class="mw-small mw-muted">{{ row.metric }}</span>
              </td>
              <td class="mw-muted">{{ row.version.sentence }}</td>
              <td class="mw-muted">{{ row.servedBy || '–' }}</td>
              <td>
                <a class="mw-over-link" [routerLink]="['/p', projectId(), 'runs', row.version.runId]">{{
                  row.version.runName
                }}</a>
              </td>
              <td class="mw-muted"><mw-time [at]="row.version.createdAt" /></td>
            </tr>
          }
        </tbody>
      </table>
    </div>
    @if (hasMore()) {
      <p class="more"><button type="button" matButton="text" (click)="moreAsked.emit()">Show more</button></p>
    }
  `,
  styles: `
    .more {
      padding: 8px;
      text-align: center;
    }
  `,
})
export class VersionsList {
  readonly projectId = input.required<string>();
  readonly versions = input.required<readonly ModelVersionSummary[]>();
  readonly deployments = input<readonly Deployment[]>([]);
  readonly selected = input<string>();
  readonly hasMore = input(false);
  readonly moreAsked = output();

  protected readonly rows = computed(() =>
    this.versions().map((version) => ({
      version,
      metric: metricLabel(version.metric.name),
      servedBy: this.deployments()
        .filter((deployment) => deployment.modelVersionId === version.id)
        .map((deployment) => deployment.name)
        .join(', '),
    })),
  );
}
