import { Component, computed, inject, input } from '@angular/core';
import { Router } from '@angular/router';
import type { Candidate, Run } from '@modelwright/sdk';
import { Chart, type ChartOption, type ChartTable } from '../shared/charts/chart';
import { formatBytes, formatDuration, formatScore } from '../shared/format/numbers';
import { EmptyState } from '../shared/ui/empty-state';
import { type CostKind, type TradeOff, namedPoints, paretoFront, tradeOffs } from './trade-offs';

const KINDS = [
  { id: 'latency', label: 'Time per prediction' },
  { id: 'size', label: 'Size' },
] as const;

/** Score against what a model costs to use: what nothing beats in both is joined by a line. */
@Component({
  selector: 'mw-trade-off-chart',
  imports: [Chart, EmptyState],
  host: { class: 'mw-card' },
  template: `
    <div class="mw-card-head">
      <h2>Score against cost</h2>
      <fieldset class="mw-segments">
        <legend class="visually-hidden">Cost</legend>
        @for (one of kinds; track one.id) {
          <label>
            <input type="radio" name="cost" [checked]="one.id === kind()" (change)="choose(one.id)" />
            {{ one.label }}
          </label>
        }
      </fieldset>
    </div>
    @if (points().length > 0) {
      <div class="mw-card-body">
        <mw-chart
          label="Score against cost"
          [option]="option()"
          [summary]="summary()"
          [table]="table()"
          [height]="360"
        />
        <p class="mw-small mw-muted">
          Nothing is both better and cheaper than the candidates on the line.
          {{ more() }}
        </p>
      </div>
    } @else {
      <mw-empty
        icon="chart"
        title="Nothing to compare yet"
        text="Candidates appear here once their score and their {{
          kind() === 'latency' ? 'time per prediction' : 'size'
        }} are measured."
      />
    }
  `,
})
export class TradeOffChart {
  readonly run = input.required<Run>();
  readonly candidates = input.required<readonly Candidate[]>();
  /** From the URL: `size`, or anything else for the time. */
  readonly cost = input<string>();
  private readonly router = inject(Router);
  protected readonly kinds = KINDS;
  protected readonly kind = computed<CostKind>(() => (this.cost() === 'size' ? 'size' : 'latency'));

  protected readonly points = computed(() => tradeOffs(this.candidates(), this.kind()));
  private readonly models = computed(() => this.points().filter((point) => !point.isBaseline));
  protected readonly front = computed(() => paretoFront(this.models(), this.run().metric.greaterIsBetter));
  protected readonly more = computed(() => {
    const budget = this.run().latencyBudgetMs;
    return this.kind() === 'latency' && budget !== null
      ? `The winner may take at most ${costText(budget, 'latency')}.`
      : '';
  });
  protected readonly summary = computed(() => {
    const metric = this.run().metric.label;
    const words = this.front().map(
      (point) =>
        `${point.label}: ${metric} ${formatScore(point.score)} at ${costText(point.cost, this.kind())}`,
    );
    return `On the line, cheapest first: ${words.join('; ')}.`;
  });
  protected readonly table = computed<ChartTable>(() => {
    const onFront = new Set(this.front().map(({ id }) => id));
    return {
      columns: [
        'Candidate',
        this.run().metric.label,
        this.kind() === 'latency' ? 'Per row' : 'Size',
        'On the line',
      ],
      rows: this.points().map((point) => [
        point.label,
        formatScore(point.score),
        costText(point.cost, this.kind()),
        onFront.has(point.id) ? 'yes' : '',
      ]),
    };
  });
  protected readonly option = computed<ChartOption>(() => {
    const kind = this.kind();
    const front = this.front();
    const onFront = new Set(front.map(({ id }) => id));
    const named = namedPoints(front, this.models());
    const rest = this.models().filter(({ id }) => !onFront.has(id));
    const metric = this.run().metric.label;
    const budget = kind === 'latency' ? this.run().latencyBudgetMs : null;
    return (colours) => ({
      grid: { left: 8, right: 24, top: 24, bottom: 24, containLabel: true },
      xAxis: {
        type: 'log',
        name: kind === 'latency' ? 'Time per row' : 'Size',
        nameLocation: 'middle',
        nameGap: 28,
        splitLine: { show: false },
        axisLabel: { formatter: (value: number) => costText(value, kind), hideOverlap: true },
      },
      yAxis: { type: 'value', scale: true, splitNumber: 4, axisLabel: { formatter: formatScore } },
      tooltip: {
        trigger: 'item',
        formatter: ({ data }: { data?: { point?: TradeOff } }) => {
          const point = data?.point;
          return point
            ? `${escape(point.label)}<br>${metric} ${formatScore(point.score)}<br>${costText(point.cost, kind)}`
            : '';
        },
      },
      series: [
        {
          type: 'line',
          name: 'On the line',
          step: 'end',
          symbol: 'circle',
          symbolSize: 11,
          lineStyle: { width: 1.5, type: 'dashed' },
          // The line goes through names beside it; a seam in the colour of the card keeps them readable.
          label: {
            show: true,
            position: 'top',
            color: colours.text,
            textBorderColor: colours.surface,
            textBorderWidth: 4,
            formatter: labelOf(named),
          },
          labelLayout: { hideOverlap: true },
          data: front.map(dataOf),
          ...(budget === null
            ? {}
            : {
                markLine: {
                  silent: true,
                  symbol: 'none',
                  lineStyle: { color: colours.error, type: 'dotted' },
                  label: { formatter: 'limit', color: colours.muted },
                  data: [{ xAxis: budget }],
                },
              }),
        },
        {
          type: 'scatter',
          name: 'Others',
          symbol: 'diamond',
          symbolSize: 9,
          itemStyle: { color: colours.muted, opacity: 0.6 },
          data: rest.map(dataOf),
        },
      ],
    });
  });

  protected choose(kind: CostKind): void {
    void this.router.navigate([], {
      queryParams: { cost: kind === 'size' ? 'size' : null },
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}

function dataOf(point: TradeOff) {
  return { value: [point.cost, point.score], point };
}

function labelOf(named: ReadonlySet<string>) {
  return ({ data }: { data?: { point?: TradeOff } }): string =>
    data?.point && named.has(data.point.id)
      ? `${data.point.isRecommended ? '★ ' : ''}${data.point.label}`
      : '';
}

function costText(cost: number, kind: CostKind): string {
  return kind === 'latency' ? microText(cost) : formatBytes(cost);
}

/** Times per row go far below a millisecond. */
function microText(milliseconds: number): string {
  return milliseconds < 0.1
    ? `${Number((milliseconds * 1000).toPrecision(3))}\u202fµs`
    : formatDuration(milliseconds / 1000);
}

/** Labels come from the trainer; the tooltip is HTML. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
