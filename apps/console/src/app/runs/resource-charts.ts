import { Component, computed, input } from '@angular/core';
import type { ResourcePoint, Run } from '@modelwright/sdk';
import { Chart, type ChartOption, type ChartTable } from '../shared/charts/chart';
import { formatDuration, formatNumber } from '../shared/format/numbers';
import { EmptyState } from '../shared/ui/empty-state';
import { memoryText } from './run-words';

/** Memory and processor of the training container over time, against their limits. */
@Component({
  selector: 'mw-resource-charts',
  imports: [Chart, EmptyState],
  template: `
    @if (points().length > 0) {
      <div class="mw-stack">
        <section class="mw-card mw-card-body" aria-labelledby="memory-title">
          <h2 id="memory-title">Memory</h2>
          <p class="mw-small mw-muted">{{ memorySummary() }}</p>
          <mw-chart
            label="Memory over time"
            [option]="memory()"
            [summary]="memorySummary()"
            [table]="table()"
            [height]="200"
          />
        </section>
        <section class="mw-card mw-card-body" aria-labelledby="cpu-title">
          <h2 id="cpu-title">Processor</h2>
          <p class="mw-small mw-muted">{{ cpuSummary() }}</p>
          <mw-chart
            label="Processor use over time"
            [option]="cpu()"
            [summary]="cpuSummary()"
            [table]="table()"
            [height]="180"
          />
        </section>
      </div>
    } @else {
      <div class="mw-card">
        <mw-empty icon="server" [title]="none()" />
      </div>
    }
  `,
})
export class ResourceCharts {
  readonly run = input.required<Run>();
  readonly points = input.required<readonly ResourcePoint[]>();

  private readonly startMs = computed(() => Date.parse(this.run().startedAt ?? this.points()[0]?.at ?? ''));
  private readonly timed = computed(() =>
    this.points().map((point) => ({
      seconds: Math.max(0, (Date.parse(point.at) - this.startMs()) / 1000),
      memoryMb: point.memoryMb,
      cpuPercent: point.cpuPercent,
    })),
  );
  protected readonly none = computed(() =>
    this.run().status === 'queued' ? 'The run has not begun' : 'Nothing was measured',
  );
  protected readonly memorySummary = computed(() => {
    const peak = this.run().peakMemoryMb ?? Math.max(...this.points().map((point) => point.memoryMb));
    return `At most ${memoryText(peak)} of ${memoryText(this.run().limits.memoryMb)}.`;
  });
  protected readonly cpuSummary = computed(() => {
    const shares = this.points().flatMap((point) => point.cpuPercent ?? []);
    if (shares.length === 0) return 'Not measured.';
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length / 100;
    const { cpus } = this.run().limits;
    return `${formatNumber(mean)} of ${cpus} ${cpus === 1 ? 'core' : 'cores'} busy on average.`;
  });
  protected readonly table = computed<ChartTable>(() => ({
    columns: ['After', 'Memory', 'Cores busy'],
    rows: this.timed().map((point) => [
      formatDuration(point.seconds),
      memoryText(point.memoryMb),
      point.cpuPercent === null ? null : formatNumber(point.cpuPercent / 100),
    ]),
  }));
  protected readonly memory = computed<ChartOption>(() =>
    this.lines(
      'Memory',
      memoryText,
      this.timed().map((point) => [point.seconds, point.memoryMb]),
      {
        at: this.run().limits.memoryMb,
        label: 'limit',
      },
    ),
  );
  protected readonly cpu = computed<ChartOption>(() =>
    this.lines(
      'Cores busy',
      formatNumber,
      this.timed().map((point) => [point.seconds, point.cpuPercent === null ? null : point.cpuPercent / 100]),
      { at: this.run().limits.cpus, label: 'limit' },
    ),
  );

  private lines(
    name: string,
    format: (value: number) => string,
    data: readonly (readonly [number, number | null])[],
    limit: { readonly at: number; readonly label: string },
  ): ChartOption {
    return (colours) => ({
      grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
      xAxis: {
        type: 'value',
        min: 0,
        splitLine: { show: false },
        axisLabel: { formatter: (value: number) => formatDuration(value), hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        min: 0,
        max: limit.at,
        interval: limit.at / 4,
        axisLabel: { formatter: format },
      },
      tooltip: {
        trigger: 'axis',
        formatter: (items: readonly { value: readonly [number, number | null] }[]) => {
          const [seconds, value] = items[0]?.value ?? [0, null];
          return `${name} ${value === null ? '–' : format(value)}<br>after ${formatDuration(seconds)}`;
        },
      },
      series: [
        {
          type: 'line',
          name,
          showSymbol: false,
          lineStyle: { width: 1.5 },
          areaStyle: { opacity: 0.12 },
          data,
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: colours.muted, type: 'dashed' },
            label: { formatter: limit.label, position: 'insideEndBottom', color: colours.muted },
            data: [{ yAxis: limit.at }],
          },
        },
      ],
    });
  }
}
