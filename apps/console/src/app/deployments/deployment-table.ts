import { Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { Deployment, DriftState } from '@modelwright/sdk';
import { formatCount, formatNumber, plural } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { AliasChips } from '../shared/ui/alias-chips';
import { Icon } from '../shared/ui/icon';
import { mediaMatches } from '../shared/ui/media';
import { StatusChip } from '../shared/ui/status-chip';
import { accessModeWords } from '../shared/serving/access-modes';
import { latencyText } from './latency';

/** Every endpoint of the project, one a row. */
@Component({
  selector: 'mw-deployment-table',
  imports: [AliasChips, Icon, RouterLink, StatusChip, TimeAgo],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Deployments">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            @if (!isPhone()) {
              <th scope="col">State</th>
            }
            <th scope="col">Model</th>
            <th scope="col">Access</th>
            <th scope="col" class="mw-num">Requests / min</th>
            <th scope="col" class="mw-num">Calls</th>
            <th scope="col" class="mw-num" title="Calls that were refused (4xx) or failed (5xx)">
              Not answered
            </th>
            <th scope="col" class="mw-num">p50</th>
            <th scope="col" class="mw-num">p95</th>
            <th scope="col">Drift</th>
            <th scope="col">Last call</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.deployment.id) {
            <tr>
              <td class="name">
                <a
                  class="mw-row-link"
                  [routerLink]="['/p', row.deployment.projectId, 'deployments', row.deployment.id]"
                >
                  {{ row.deployment.name }}
                </a>
                <span class="slug mw-small mw-muted">/{{ row.deployment.endpointSlug }}</span>
                @if (isPhone()) {
                  <span class="second mw-small mw-muted">
                    <mw-status [status]="row.deployment.observedState" [quiet]="true" />
                    {{ row.callWords }}
                  </span>
                }
              </td>
              @if (!isPhone()) {
                <td>
                  <mw-status
                    [status]="row.deployment.observedState"
                    [title]="row.deployment.failureReason ?? ''"
                  />
                </td>
              }
              <td>
                {{ row.deployment.modelName }}
                <span class="version mw-small mw-muted">version {{ row.deployment.modelVersionNumber }}</span>
                @if (row.deployment.modelAliases.length > 0) {
                  <mw-alias-chips [aliases]="row.deployment.modelAliases" />
                }
              </td>
              <td>
                <span class="access"><mw-icon [name]="row.icon" [size]="15" /> {{ row.access }}</span>
              </td>
              <td class="mw-num">{{ row.perMinute }}</td>
              <td class="mw-num">{{ row.calls }}</td>
              <td class="mw-num" [class.mw-muted]="row.deployment.errorCount === 0">{{ row.errors }}</td>
              <td class="mw-num">{{ row.p50 }}</td>
              <td class="mw-num">{{ row.p95 }}</td>
              <td>
                @if (row.drift; as drift) {
                  <a
                    class="light"
                    [routerLink]="['/p', row.deployment.projectId, 'deployments', row.deployment.id]"
                    [queryParams]="{ tab: 'drift' }"
                    [title]="drift.sentence"
                    ><mw-status [status]="drift.light"
                  /></a>
                } @else {
                  <span class="mw-muted">–</span>
                }
              </td>
              <td class="mw-muted">
                @if (row.deployment.lastInferenceAt; as at) {
                  <mw-time [at]="at" />
                } @else {
                  never
                }
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    td {
      white-space: nowrap;
    }
    .name {
      min-width: 160px;
      max-width: 280px;
      overflow-wrap: anywhere;
      white-space: normal;
    }
    .slug,
    .version {
      display: block;
    }
    .second {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 0 10px;
      margin-top: 2px;
    }
    .slug {
      font-family: var(--mw-mono);
    }
    .light {
      display: inline-flex;
      min-height: 24px;
      align-items: center;
    }
    .access {
      display: inline-flex;
      align-items: center;
      gap: 6px;
    }
    .access mw-icon {
      color: var(--mat-sys-on-surface-variant);
    }
  `,
})
export class DeploymentTable {
  readonly deployments = input.required<readonly Deployment[]>();
  /** The last drift check by deployment. */
  readonly drift = input<ReadonlyMap<string, DriftState>>(new Map());

  /** There the other columns lie beyond the edge. */
  protected readonly isPhone = mediaMatches('(width < 700px)');
  protected readonly rows = computed(() =>
    this.deployments().map((deployment) => {
      const access = accessModeWords(deployment.authMode);
      return {
        deployment,
        drift: this.drift().get(deployment.id),
        access: access?.label ?? deployment.authMode,
        icon: access?.icon ?? ('lock' as const),
        perMinute: formatNumber(deployment.requestsPerMinute),
        calls: formatCount(deployment.inferenceCount),
        callWords: plural(deployment.inferenceCount, 'call'),
        errors: formatCount(deployment.errorCount),
        p50: latencyText(deployment.p50Ms),
        p95: latencyText(deployment.p95Ms),
      };
    }),
  );
}
