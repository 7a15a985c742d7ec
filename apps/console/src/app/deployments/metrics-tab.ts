import { Component, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { getDeploymentMetrics, getDeploymentStats } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { Chart } from '../shared/charts/chart';
import { formatCount, formatPercent, plural } from '../shared/format/numbers';
import { CountPipe } from '../shared/format/pipes';
import { reloadOn } from '../shared/realtime/realtime';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { DeploymentStore } from './deployment.store';
import { latencyText } from './latency';
import {
  callsOption,
  cpuOption,
  errorsOption,
  failedOf,
  kindsOf,
  kindWords,
  latencyOption,
  megabytes,
  memoryOption,
  serverFacts,
  stepWords,
  tableOf,
  withQuietSteps,
} from './metrics-charts';

const WINDOWS = [
  { id: '1h', label: '1 hour' },
  { id: '24h', label: '24 hours' },
  { id: '7d', label: '7 days' },
  { id: '30d', label: '30 days' },
] as const;

/** How much the deployment is called, how often and why it fails, how long it takes, what its server uses. */
@Component({
  selector: 'mw-metrics-tab',
  imports: [Chart, CountPipe, Skeleton, View, ViewContent, ViewLoading],
  templateUrl: './metrics-tab.html',
  styles: `
    .mw-facts {
      grid-template-columns: repeat(auto-fit, minmax(min(200px, 40%), 1fr));
    }
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
  protected readonly windows = WINDOWS;
  protected readonly window = computed(
    () => WINDOWS.find(({ id }) => id === this.query().get('window'))?.id ?? '24h',
  );
  protected readonly metrics = resource({
    params: () => ({ deploymentId: this.store.id(), window: this.window() }),
    loader: ({ params: { deploymentId, window }, abortSignal }) =>
      call(getDeploymentMetrics({ path: { deploymentId }, query: { window }, signal: abortSignal })),
  });
  private readonly stats = resource({
    params: () => this.store.id(),
    loader: ({ params: deploymentId, abortSignal }) =>
      call(getDeploymentStats({ path: { deploymentId }, query: { hours: 1 }, signal: abortSignal })),
  });
  private readonly current = computed(() => (this.metrics.hasValue() ? this.metrics.value() : undefined));
  private readonly steps = computed(() => {
    const current = this.current();
    return current ? withQuietSteps(current) : [];
  });
  protected readonly step = computed(() => stepWords(this.current()?.stepSeconds ?? 3600));
  protected readonly isQuiet = computed(() => this.current()?.totals.count === 0);
  protected readonly isUnmeasured = computed(() => this.steps().every((point) => point.memoryBytes === null));

  protected readonly facts = computed(() => {
    const totals = this.current()?.totals;
    if (!totals) return [];
    const withShare = (calls: number) =>
      totals.count > 0
        ? `${formatCount(calls)} (${formatPercent(calls / totals.count)})`
        : formatCount(calls);
    const last = this.steps().findLast((point) => point.memoryBytes !== null);
    const live = this.stats.hasValue() ? this.stats.value().live : undefined;
    return [
      { name: 'Calls', value: formatCount(totals.count) },
      { name: 'Refused (4xx)', value: withShare(totals.rejected) },
      { name: 'Failed (5xx)', value: withShare(failedOf(totals)) },
      { name: 'p50', value: latencyText(totals.p50Ms) },
      { name: 'p95', value: latencyText(totals.p95Ms) },
      { name: 'p99', value: latencyText(totals.p99Ms) },
      { name: 'In the last minute', value: live ? formatCount(live.requestsPerMinute) : '–' },
      ...serverFacts(this.store.current(), last),
    ];
  });
  protected readonly dropped = computed(() =>
    this.stats.hasValue() ? this.stats.value().logging.dropped : 0,
  );

  protected readonly calls = computed(() => {
    const steps = this.steps();
    const { count = 0, errors = 0, rejected = 0 } = this.current()?.totals ?? {};
    return {
      option: callsOption(steps),
      table: tableOf(steps, [
        { name: 'Calls', of: (point) => point.count },
        { name: 'Refused', of: (point) => point.rejected },
        { name: 'Failed', of: failedOf },
      ]),
      summary: `${plural(count, 'call')} in this time, ${formatCount(rejected)} of them refused and ${formatCount(errors - rejected)} failed.`,
    };
  });
  protected readonly errors = computed(() => {
    const kinds = kindsOf(this.current()?.totals.errorKinds ?? {});
    const names = kinds.map(([kind]) => kind);
    return {
      kinds: kinds.map(([kind, calls]) => ({ kind, words: kindWords(kind), calls: formatCount(calls) })),
      option: errorsOption(this.steps(), names),
      table: tableOf(
        this.steps(),
        names.map((kind) => ({ name: kindWords(kind), of: (point) => point.errorKinds[kind] ?? 0 })),
      ),
      summary: kinds.map(([kind, calls]) => `${kindWords(kind)}: ${formatCount(calls)}`).join(', '),
    };
  });
  protected readonly latency = computed(() => {
    const steps = this.steps();
    const totals = this.current()?.totals;
    return {
      option: latencyOption(steps),
      table: tableOf(steps, [
        { name: 'p50 ms', of: (point) => point.p50Ms },
        { name: 'p95 ms', of: (point) => point.p95Ms },
        { name: 'p99 ms', of: (point) => point.p99Ms },
      ]),
      summary: totals
        ? `Half of the calls were answered within ${latencyText(totals.p50Ms)} and 95 % within ${latencyText(totals.p95Ms)}.`
        : 'Nothing was measured in this time.',
    };
  });
  protected readonly cpu = computed(() => ({
    option: cpuOption(this.steps()),
    table: tableOf(this.steps(), [
      { name: 'Mean, % of a core', of: (point) => point.cpuPercent },
      { name: 'Highest, % of a core', of: (point) => point.cpuPercentMax },
    ]),
    summary: 'CPU of the model server, per cent of one core.',
  }));
  protected readonly memory = computed(() => ({
    option: memoryOption(this.steps()),
    table: tableOf(this.steps(), [
      { name: 'Mean, MB', of: (point) => megabytes(point.memoryBytes) },
      { name: 'Highest, MB', of: (point) => megabytes(point.memoryBytesMax) },
      { name: 'Limit, MB', of: (point) => megabytes(point.memoryLimitBytes) },
    ]),
    summary: 'Memory of the model server in megabytes, with its limit.',
  }));

  constructor() {
    reloadOn(this.metrics, (event) => event.entity.id === this.store.id());
    reloadOn(this.stats, (event) => event.entity.id === this.store.id());
  }

  protected show(window: string): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams: { window: window === '24h' ? null : window },
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}
