import { Component, computed, input } from '@angular/core';
import type { BestPoint, Candidate, Run } from '@modelwright/sdk';
import { Chart, type ChartOption, type ChartTable } from '../shared/charts/chart';
import { formatDuration, formatScore } from '../shared/format/numbers';
import { bestSentence } from './best-words';
import { isActive } from './run-words';

/** Best score so far over time, against the baseline. */
@Component({
  selector: 'mw-best-chart',
  imports: [Chart],
  template: `
    <mw-chart
      label="Best score over time"
      [option]="option()"
      [summary]="summary()"
      [table]="table()"
      [height]="190"
    />
    @if (offChart()) {
      <p class="mw-small mw-muted">{{ offChart() }}</p>
    }
  `,
})
export class BestChart {
  readonly run = input.required<Run>();
  readonly best = input.required<readonly BestPoint[]>();
  readonly candidates = input.required<readonly Candidate[]>();

  private readonly labels = computed(
    () => new Map(this.candidates().map((one) => [one.candidateId, one.label])),
    { equal: (one, other) => one.size === other.size },
  );
  private readonly metric = computed(() => this.run().metric.label);
  private readonly baseline = computed(() => this.run().baselineScore);
  private readonly endSeconds = computed(() => {
    const last = this.best().at(-1)?.elapsedSeconds ?? 0;
    const { budgetSeconds, elapsedSeconds } = this.run();
    const isOver = !isActive(this.run());
    return Math.max(isOver ? Math.ceil(elapsedSeconds) : budgetSeconds, last, 1);
  });
  /** The first step away from guessing is a cliff that would flatten the rest: with two steps more it leaves the drawing. */
  private readonly drawn = computed(() => {
    const points = this.best();
    const baselines = new Set(
      this.candidates()
        .filter((one) => one.isBaseline)
        .map((one) => one.candidateId),
    );
    const learned = points.filter((point) => !baselines.has(point.candidateId));
    return learned.length >= 2 ? learned : points;
  });
  protected readonly offChart = computed(() => {
    const baseline = this.baseline();
    return baseline !== null && this.drawn().length < this.best().length
      ? `The baseline, ${formatScore(baseline)}, lies outside the chart.`
      : '';
  });
  protected readonly table = computed<ChartTable>(() => ({
    columns: ['After', this.metric(), 'Candidate'],
    rows: this.best().map((point) => [
      formatDuration(point.elapsedSeconds),
      formatScore(point.score),
      this.labels().get(point.candidateId) ?? point.candidateId,
    ]),
  }));
  protected readonly summary = computed(() => bestSentence(this.run().metric, this.best()));
  protected readonly option = computed<ChartOption>(() => {
    const points = this.drawn();
    const isZoomed = points.length < this.best().length;
    const end = this.endSeconds();
    const last = points.at(-1);
    const metric = this.metric();
    const baseline = this.baseline();
    const labels = this.labels();
    return (colours) => ({
      grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
      xAxis: {
        type: 'value',
        min: 0,
        // Round, too: a last label a hair behind the one before it reads as a smudge.
        max: Math.ceil(end / tickSeconds(end)) * tickSeconds(end),
        interval: tickSeconds(end),
        splitLine: { show: false },
        axisLabel: { formatter: (value: number) => formatDuration(value), hideOverlap: true },
      },
      yAxis: { type: 'value', scale: true, splitNumber: 3, axisLabel: { formatter: formatScore } },
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const point = points[dataIndex];
          return point
            ? `${metric} ${formatScore(point.score)}<br>after ${formatDuration(point.elapsedSeconds)}, ${escape(labels.get(point.candidateId) ?? '')}`
            : '';
        },
      },
      series: [
        {
          type: 'line',
          step: 'end',
          name: metric,
          symbolSize: 7,
          lineStyle: { width: 2 },
          areaStyle: { opacity: 0.06 },
          data: points.map((point) => [point.elapsedSeconds, point.score]),
          markLine: {
            silent: true,
            symbol: 'none',
            data: [
              ...(baseline === null || isZoomed
                ? []
                : [
                    {
                      yAxis: baseline,
                      lineStyle: { color: colours.muted, type: 'dashed' },
                      label: { formatter: 'baseline', position: 'insideEndTop', color: colours.muted },
                    },
                  ]),
              ...(last
                ? [
                    [
                      {
                        coord: [last.elapsedSeconds, last.score],
                        lineStyle: { color: colours.palette[0], type: 'dotted', opacity: 0.6 },
                        label: { show: false },
                      },
                      { coord: [end, last.score] },
                    ],
                  ]
                : []),
            ],
          },
        },
      ],
    });
  });
}

const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
const MOST_TICKS = 7;

/** A step of the time axis that a clock has: seconds, minutes or hours, never a hundred seconds. */
function tickSeconds(end: number): number {
  return TICKS.find((step) => end / step <= MOST_TICKS) ?? 14_400;
}

/** Labels come from the trainer; the tooltip is HTML. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
