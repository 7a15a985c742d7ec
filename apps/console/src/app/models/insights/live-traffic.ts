import { Component, computed, input, resource } from '@angular/core';
import { RouterLink } from '@angular/router';
import { type ModelVersion, getDrift } from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { formatPercent, plural } from '../../shared/format/numbers';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { liveSentence, liveShares } from './live-shares';

/** Where the calls of a deployment lie on the axis of a column, beside where the training rows lay. */
@Component({
  selector: 'mw-live-traffic',
  imports: [RouterLink, Skeleton, View, ViewContent, ViewLoading],
  host: { class: 'mw-card', role: 'region', 'aria-label': 'Live traffic' },
  template: `
    <div class="mw-card-head">
      <h2>Where the live traffic lies</h2>
      <a
        class="mw-small"
        [routerLink]="['/p', version().projectId, 'deployments', deploymentId()]"
        [queryParams]="{ tab: 'drift' }"
        >Drift of the deployment</a
      >
    </div>
    <div class="mw-card-body mw-stack">
      <mw-view [source]="drift">
        <ng-template mwLoading><mw-skeleton [lines]="4" /></ng-template>
        <ng-template [mwContent]="drift">
          <p class="mw-muted">{{ words() }}</p>
          @if (shares().length > 0) {
            <table>
              <thead class="visually-hidden">
                <tr>
                  <th scope="col">{{ column() }}</th>
                  <th scope="col">Calls</th>
                  <th scope="col">Training</th>
                </tr>
              </thead>
              <tbody>
                @for (share of shares(); track share.label) {
                  <tr>
                    <th scope="row" class="mw-ellipsis" [title]="share.label">{{ share.label }}</th>
                    <td class="bar">
                      <span class="training" [style.width.%]="(100 * share.training) / top()"></span>
                      <span class="live" [style.width.%]="(100 * share.live) / top()"></span>
                    </td>
                    <td class="mw-number">{{ percent(share.live) }}</td>
                    <td class="mw-number mw-muted">{{ percent(share.training) }}</td>
                  </tr>
                }
              </tbody>
            </table>
            <p class="mw-small mw-muted">Coloured: calls. Grey: training.</p>
          }
        </ng-template>
      </mw-view>
    </div>
  `,
  styles: `
    :host {
      display: block;
    }
    table {
      width: 100%;
      border-collapse: collapse;
      table-layout: fixed;
    }
    th[scope='row'] {
      width: 30%;
      padding-right: 12px;
      font-weight: 400;
      text-align: start;
    }
    .bar {
      position: relative;
      height: 24px;
    }
    .bar span {
      position: absolute;
      left: 0;
      border-radius: 2px;
    }
    .training {
      top: 3px;
      bottom: 3px;
      background: color-mix(in srgb, var(--mat-sys-on-surface-variant) 30%, var(--mat-sys-surface));
    }
    .live {
      top: 8px;
      bottom: 8px;
      background: var(--mw-chart-1);
    }
    td.mw-number {
      width: 72px;
      text-align: end;
    }
  `,
})
export class LiveTraffic {
  readonly version = input.required<ModelVersion>();
  readonly deploymentId = input.required<string>();
  readonly column = input.required<string>();
  protected readonly percent = formatPercent;

  protected readonly drift = resource({
    params: () => this.deploymentId(),
    loader: ({ params: deploymentId, abortSignal }) =>
      call(getDrift({ path: { deploymentId }, signal: abortSignal })),
  });
  private readonly report = computed(() => (this.drift.hasValue() ? this.drift.value().report : undefined));
  private readonly counted = computed(() =>
    this.report()?.columns.find(({ name, rows }) => name === this.column() && rows > 0),
  );
  protected readonly shares = computed(() => {
    const counted = this.counted();
    return counted ? liveShares(counted) : [];
  });
  protected readonly top = computed(() =>
    Math.max(...this.shares().flatMap(({ live, training }) => [live, training]), 1e-9),
  );
  protected readonly words = computed(() => {
    const report = this.report();
    if (!report) return 'Calls of this deployment are not counted by column.';
    const counted = this.counted();
    if (!counted) return `No calls with ${this.column()} in the last ${report.windowHours} h.`;
    const other =
      report.modelVersionId === this.version().id
        ? ''
        : ` They were answered by version ${report.modelVersionNumber}.`;
    return `${plural(counted.rows, 'row')} in the last ${report.windowHours} h. ${liveSentence(this.shares())}${other}`;
  });
}
