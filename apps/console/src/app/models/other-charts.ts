import type { ModelEvaluation } from '@modelwright/sdk';
import { formatCount, formatNumber, formatPercent, formatScore } from '../shared/format/numbers';
import { niceAxis } from '../shared/charts/nice-axis';
import type { Drawing } from './binary-charts';
import { GRID, reference, tip, upAxis, valueAxis } from './chart-parts';

type Multiclass = NonNullable<ModelEvaluation['multiclass']>;
type Regression = NonNullable<ModelEvaluation['regression']>;
export type Importance = NonNullable<ModelEvaluation['importance']>;

interface TipParams {
  readonly dataIndex: number;
}

const LARGEST_LABELLED = 12;
const MOST_POINTS = 5000;
/** About so many steps along the errors. */
const ERROR_STEPS = 6;

export function confusionDrawing({ labels, confusion }: Multiclass): Drawing {
  const totals = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const cells = confusion.flatMap((row, actual) =>
    row.map((count, predicted) => {
      const total = totals[actual] ?? 0;
      return { actual, predicted, count, share: total === 0 ? 0 : count / total };
    }),
  );
  const right = confusion.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
  const rows = totals.reduce((sum, total) => sum + total, 0);
  return {
    label: 'Confusion matrix',
    hint: 'Rows are the true classes, columns the predicted ones; a stronger colour is a larger share of the row',
    summary: `${formatCount(right)} of ${formatCount(rows)} held-out rows are on the diagonal, which is right.`,
    table: {
      columns: ['True class', 'Predicted class', 'Rows'],
      rows: cells.map(({ actual, predicted, count }) => [
        labels[actual] ?? '',
        labels[predicted] ?? '',
        count,
      ]),
    },
    option: (colours) => ({
      grid: { ...GRID, bottom: 32, left: 16 },
      xAxis: { type: 'category', data: labels, name: 'Predicted', nameLocation: 'middle', nameGap: 30 },
      yAxis: { type: 'category', data: labels, inverse: true },
      visualMap: {
        show: false,
        min: 0,
        max: 1,
        dimension: 2,
        inRange: { color: [colours.surface, colours.palette[0]] },
      },
      tooltip: {
        formatter: ({ dataIndex }: TipParams) => {
          const cell = cells[dataIndex];
          return cell
            ? tip(
                `${formatCount(cell.count)} rows, ${formatPercent(cell.share)} of ${labels[cell.actual] ?? ''}`,
                `called ${labels[cell.predicted] ?? ''}`,
              )
            : '';
        },
      },
      series: [
        {
          type: 'heatmap',
          data: cells.map(({ actual, predicted, count, share }) => ({
            value: [predicted, actual, share],
            label: {
              show: labels.length <= LARGEST_LABELLED,
              formatter: formatCount(count),
              color: share > 0.5 ? colours.surface : colours.text,
            },
          })),
          itemStyle: { borderColor: colours.line, borderWidth: 1 },
        },
      ],
    }),
  };
}

/** @param rows held out in all; of many the trainer keeps a sample */
export function scatterDrawing(
  points: Regression['predictedVsActual'],
  target: string,
  rows: number,
): Drawing {
  const data = points
    .flatMap(({ predicted, actual }) =>
      predicted === null || actual === null ? [] : [[actual, predicted] as const],
    )
    .slice(0, MOST_POINTS);
  const all = data.flat();
  const low = Math.min(...all);
  const high = Math.max(...all);
  const drawn =
    data.length < rows
      ? `A sample of ${formatCount(data.length)} of ${formatCount(rows)} held-out rows`
      : `All ${formatCount(data.length)} held-out rows`;
  return {
    label: 'Predicted against actual',
    hint: `${drawn}; on the line the prediction is exact`,
    summary: `Values of ${target} from ${formatNumber(low)} to ${formatNumber(high)}; the nearer to the dashed line, the better.`,
    table: {
      columns: [`Actual ${target}`, `Predicted ${target}`],
      rows: data.map(([actual, predicted]) => [formatNumber(actual), formatNumber(predicted)]),
    },
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis(`Actual ${target}`, { scale: true }),
      yAxis: upAxis('Predicted', { scale: true }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(
            `Actual ${formatNumber(data[dataIndex]?.[0])}`,
            `Predicted ${formatNumber(data[dataIndex]?.[1])}`,
          ),
      },
      series: [
        {
          type: 'scatter',
          name: 'Rows',
          data,
          symbolSize: 6,
          itemStyle: { opacity: data.length > 300 ? 0.35 : 0.65 },
        },
        reference(colours, 'Exact', [
          [low, low],
          [high, high],
        ]),
      ],
    }),
  };
}

export function residualDrawing({ edges, counts }: Regression['residuals'], target: string): Drawing {
  const bins = counts.map((count, index) => ({
    low: edges[index] ?? 0,
    high: edges[index + 1] ?? 0,
    count,
  }));
  const most = bins.reduce((top, bin) => (bin.count > top.count ? bin : top), { low: 0, high: 0, count: 0 });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const axis = niceAxis(bins[0]?.low ?? 0, bins.at(-1)?.high ?? 1, ERROR_STEPS);
  const name = (low: number, high: number): string => `${formatNumber(low)} to ${formatNumber(high)}`;
  return {
    label: 'Residuals',
    hint: `Actual less predicted ${target}; a narrow hill around zero is good`,
    summary: `${formatCount(most.count)} of ${formatCount(total)} errors lie in the tallest bar, ${name(most.low, most.high)}.`,
    table: {
      columns: ['From', 'To', 'Rows'],
      rows: bins.map(({ low, high, count }) => [formatNumber(low), formatNumber(high), count]),
    },
    option: () => ({
      grid: GRID,
      xAxis: {
        // Along numbers, whose ticks are round, and not one for each bar, whose edges are not.
        type: 'value',
        name: `Error in ${target}`,
        nameLocation: 'middle',
        nameGap: 30,
        ...axis,
        axisLabel: { hideOverlap: true, formatter: (value: number) => formatNumber(value) },
      },
      yAxis: upAxis('Rows', { min: 0 }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const bin = bins[dataIndex];
          return bin ? tip(name(bin.low, bin.high), `${formatCount(bin.count)} rows`) : '';
        },
      },
      series: [
        {
          type: 'bar',
          name: 'Rows',
          data: bins.map(({ low, high, count }) => [(low + high) / 2, count]),
          barCategoryGap: '8%',
          itemStyle: { borderRadius: [2, 2, 0, 0] },
        },
      ],
    }),
  };
}

/**
 * @param metric a score that falls when a column matters, or an error that rises
 * @param most how many columns to draw; the table has all of them
 */
export function importanceDrawing(
  importance: Importance,
  metric: { readonly label: string; readonly greaterIsBetter: boolean },
  most: number,
): Drawing {
  const { label } = metric;
  const words = metric.greaterIsBetter
    ? {
        hint: `How much ${label} is lost`,
        cost: `costs %s of ${label}`,
        axis: `Loss of ${label}`,
        mean: 'Mean loss',
      }
    : {
        hint: `How much ${label} rises`,
        cost: `adds %s to ${label}`,
        axis: `Rise of ${label}`,
        mean: 'Mean rise',
      };
  const sorted = [...importance.items].sort((one, other) => other.mean - one.mean);
  const items = sorted.slice(0, most);
  const first = items[0];
  return {
    label: 'Importance of the inputs',
    hint: `${words.hint} on the held-out rows when one column is shuffled`,
    summary: first
      ? `${first.column} matters most: shuffling it ${words.cost.replace('%s', formatScore(first.mean))}.`
      : 'Nothing was measured.',
    table: {
      columns: ['Column', words.mean, 'Spread'],
      rows: sorted.map(({ column, mean, std }) => [column, formatScore(mean), formatScore(std)]),
    },
    option: (colours) => ({
      grid: { ...GRID, right: 24 },
      xAxis: valueAxis(words.axis, { min: (range: { min: number }) => Math.min(0, range.min) }),
      yAxis: {
        type: 'category',
        inverse: true,
        data: items.map(({ column }) => column),
        axisLabel: { width: 140, overflow: 'truncate', color: colours.text },
      },
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const item = items[dataIndex];
          return item ? tip(item.column, `${formatScore(item.mean)} ± ${formatScore(item.std)}`) : '';
        },
      },
      series: [
        {
          type: 'bar',
          name: words.mean,
          data: items.map(({ mean }) => mean),
          barMaxWidth: 16,
          itemStyle: { borderRadius: [0, 3, 3, 0] },
        },
        {
          type: 'custom',
          name: 'Spread',
          silent: true,
          z: 3,
          encode: { x: [1, 2], y: 0 },
          data: items.map(({ mean, std }, index) => [index, mean - std, mean + std]),
          renderItem: whisker(colours.text),
        },
      ],
    }),
  };
}

interface WhiskerApi {
  value(dimension: number): number;
  coord(point: readonly [number, number]): readonly [number, number];
}

/** A horizontal line from mean less spread to mean plus spread, with ends. */
function whisker(colour: string): (params: unknown, api: WhiskerApi) => object {
  const line = (x1: number, y1: number, x2: number, y2: number): object => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke: colour, lineWidth: 1.25 },
  });
  return (_params, api) => {
    const [left, y] = api.coord([api.value(1), api.value(0)]);
    const [right] = api.coord([api.value(2), api.value(0)]);
    return {
      type: 'group',
      children: [line(left, y, right, y), line(left, y - 3, left, y + 3), line(right, y - 3, right, y + 3)],
    };
  };
}
