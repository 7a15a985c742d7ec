import { Component, computed, input } from '@angular/core';
import type { ModelEvaluation } from '@modelwright/sdk';
import { Chart, type ChartOption, type ChartTable } from '../shared/charts/chart';
import { formatNumber } from '../shared/format/numbers';
import { metricLabel } from '../shared/metrics/metric-words';

const MOST = 15;
const ROW_PX = 26;

/** How much worse the model gets when a column is shuffled, with the method named. */
@Component({
  selector: 'mw-importance-bars',
  imports: [Chart],
  template: `
    <p class="mw-small mw-muted">{{ method() }}</p>
    <mw-chart
      label="Importance of the columns"
      [summary]="summary()"
      [option]="option()"
      [table]="table()"
      [height]="height()"
    />
    @if (hidden() > 0) {
      <p class="mw-small mw-muted">
        The {{ items().length }} most important of {{ items().length + hidden() }} columns; “Show as table” has all.
      </p>
    }
  `,
})
export class ImportanceBars {
  readonly importance = input.required<NonNullable<ModelEvaluation['importance']>>();
  private readonly sorted = computed(() =>
    this.importance().items.toSorted((one, other) => other.mean - one.mean),
  );
  protected readonly items = computed(() => this.sorted().slice(0, MOST));
  protected readonly hidden = computed(() => this.sorted().length - this.items().length);
  protected readonly height = computed(() => this.items().length * ROW_PX + 24);
  protected readonly method = computed(
    () => `${capital(this.importance().method)}: loss of ${metricLabel(this.importance().metric)} when the column is shuffled.`,
  );
  protected readonly summary = computed(() => {
    const [first, second] = this.items();
    if (!first) return 'No column matters.';
    return `${first.column} matters most${second ? `, then ${second.column}` : ''}.`;
  });
  protected readonly table = computed<ChartTable>(() => ({
    columns: ['Column', 'Importance', '±'],
    rows: this.sorted().map((item) => [item.column, formatNumber(item.mean), formatNumber(item.std)]),
  }));
  protected readonly option = computed<ChartOption>(() => {
    const items = this.items().toReversed();
    return () => ({
      grid: { left: 8, right: 24, top: 4, bottom: 4, containLabel: true },
      xAxis: { type: 'value', axisLabel: { formatter: formatNumber, hideOverlap: true } },
      yAxis: {
        type: 'category',
        data: items.map((item) => item.column),
        axisLabel: { width: 150, overflow: 'truncate' },
      },
      tooltip: {
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const item = items[dataIndex];
          return item ? `${formatNumber(item.mean)} ± ${formatNumber(item.std)}` : '';
        },
      },
      series: [{ type: 'bar', data: items.map((item) => item.mean), barWidth: 12, itemStyle: { borderRadius: 3 } }],
    });
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
