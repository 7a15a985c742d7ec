import { Component, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { getDeploymentStats } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { Chart } from '../shared/charts/chart';
import { formatNumber } from '../shared/format/numbers';
import { reloadOn } from '../shared/realtime/realtime';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { latencyText } from './latency';
import {
  callsOption,
  callsTable,
  latencyOption,
  latencyTable,
  totalsOf,
  withQuietHours,
} from './metrics-charts';

const RANGES = [
  { hours: 24, label: '24 hours' },
  { hours: 168, label: '7 days' },
  { hours: 720, label: '30 days' },
] as const;

/** How much the deployment is called, how often it fails, how long it takes. */
@Component({
  selector: 'mw-metrics-tab',
  imports: [Chart, Skeleton, View, ViewContent, ViewLoading],
  templateUrl: './metrics-tab.html',
  styles: `
    .charts {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr));
      gap: 16px;
    }
  `,
})
export class MetricsTab {
  private readonly store = inject(DeploymentStore);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });
  protected readonly ranges = RANGES;
  protected readonly hours = computed(
    () => RANGES.find((range) => String(range.hours) === this.query().get('hours'))?.hours ?? 24,
  );
  protected readonly stats = resource({
    params: () => ({ deploymentId: this.store.id(), hours: this.hours() }),
    loader: ({ params: { deploymentId, hours }, abortSignal }) =>
      call(getDeploymentStats({ path: { deploymentId }, query: { hours }, signal: abortSignal })),
  });
  private readonly list = computed(() =>
    this.stats.hasValue() ? withQuietHours(this.stats.value().hours, this.hours(), Date.now()) : [],
  );
  protected readonly isEmpty = computed(() => this.list().every((hour) => hour.count === 0));
  protected readonly calls = computed(() => {
    const hours = this.list();
    const { count, errors } = totalsOf(hours);
    return {
      option: callsOption(hours),
      table: callsTable(hours),
      summary: `${formatNumber(count)} calls in this time, ${formatNumber(errors)} of them failed.`,
    };
  });
  protected readonly latency = computed(() => {
    const hours = this.list();
    const last = hours.findLast((hour) => hour.p50Ms !== null);
    return {
      option: latencyOption(hours),
      table: latencyTable(hours),
      summary: last
        ? `In the last hour with calls half were answered within ${latencyText(last.p50Ms)} and 95 % within ${latencyText(last.p95Ms)}.`
        : 'Nothing was measured in this time.',
    };
  });
  protected readonly live = computed(() => {
    if (!this.stats.hasValue()) return null;
    const { live, logging } = this.stats.value();
    return {
      perMinute: formatNumber(live.requestsPerMinute),
      p50: latencyText(live.p50Ms),
      p95: latencyText(live.p95Ms),
      calls: live.calls,
      dropped: logging.dropped,
    };
  });

  constructor() {
    reloadOn(this.stats, (event) => event.entity.id === this.store.id());
  }

  protected show(hours: number): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams: { hours: hours === 24 ? null : hours },
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}
