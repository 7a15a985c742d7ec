import type { ModelEvaluation } from '@modelwright/sdk';
import type { ChartOption, ChartTable } from '../shared/charts/chart';
import { formatNumber, formatPercent, formatScore, plural } from '../shared/format/numbers';
import { GRID, SHARE, reference, tip, upAxis, valueAxis } from './chart-parts';
import { type Costs, type ThresholdPoint, bestPoint, costPer100 } from './threshold-costs';

type Binary = NonNullable<ModelEvaluation['binary']>;
type Pair = readonly [number, number];

/** All that one drawing needs. */
export interface Drawing {
  readonly label: string;
  readonly hint: string;
  readonly summary: string;
  readonly option: ChartOption;
  readonly table: ChartTable;
}

interface TipParams {
  readonly dataIndex: number;
}

function pairs<T>(items: readonly T[], x: (item: T) => number | null, y: (item: T) => number | null): Pair[] {
  return items.flatMap((item): Pair[] => {
    const left = x(item);
    const right = y(item);
    return left === null || right === null ? [] : [[left, right]];
  });
}

function tableOf(columns: readonly string[], data: readonly Pair[]): ChartTable {
  return { columns, rows: data.map(([x, y]) => [formatScore(x), formatScore(y)]) };
}

export function rocDrawing(roc: Binary['roc'], auc: number | undefined): Drawing {
  const data = pairs(
    roc,
    (point) => point.falsePositiveRate,
    (point) => point.truePositiveRate,
  );
  return {
    label: 'ROC curve',
    hint: 'How many positives are found for the false alarms it costs',
    summary:
      auc === undefined
        ? 'The curve over the diagonal of guessing.'
        : `Area ${formatScore(auc)}; guessing is 0.5.`,
    table: tableOf(['False positive rate', 'True positive rate'], data),
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis('False positive rate', SHARE),
      yAxis: upAxis('True positive rate', SHARE),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(
            `${formatPercent(data[dataIndex]?.[1])} of the positives found`,
            `${formatPercent(data[dataIndex]?.[0])} of the negatives called positive`,
          ),
      },
      series: [
        {
          type: 'line',
          name: 'Model',
          data,
          symbol: 'circle',
          symbolSize: 5,
          showSymbol: false,
          lineStyle: { width: 2 },
          areaStyle: { opacity: 0.08 },
        },
        reference(colours, 'Guessing', [
          [0, 0],
          [1, 1],
        ]),
      ],
    }),
  };
}

export function precisionRecallDrawing(points: Binary['precisionRecall'], share: number): Drawing {
  const data = pairs(
    points,
    (point) => point.recall,
    (point) => point.precision,
  );
  return {
    label: 'Precision and recall',
    hint: 'How right it is when it says yes, the more it finds',
    summary: `Without a model the precision would be ${formatPercent(share)} everywhere.`,
    table: tableOf(['Recall', 'Precision'], data),
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis('Recall', SHARE),
      yAxis: upAxis('Precision', SHARE),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(
            `Recall ${formatPercent(data[dataIndex]?.[0])}`,
            `Precision ${formatPercent(data[dataIndex]?.[1])}`,
          ),
      },
      series: [
        { type: 'line', name: 'Model', data, showSymbol: false, symbolSize: 5, lineStyle: { width: 2 } },
        reference(colours, 'Guessing', [
          [0, share],
          [1, share],
        ]),
      ],
    }),
  };
}

export function liftDrawing(points: Binary['lift']): Drawing {
  const data = pairs(
    points,
    (point) => point.fraction,
    (point) => point.lift,
  );
  const first = data[0];
  return {
    label: 'Lift',
    hint: 'How much richer in positives the highest scored rows are',
    summary: first
      ? `The top ${formatPercent(first[0])} hold ${formatNumber(first[1])} times as many positives as rows at random.`
      : 'No point could be computed.',
    table: tableOf(['Share of rows, highest scores first', 'Lift'], data),
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis('Share of rows, highest scores first', SHARE),
      yAxis: upAxis('Lift', { min: 0 }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(`Top ${formatPercent(data[dataIndex]?.[0])}`, `Lift ${formatNumber(data[dataIndex]?.[1])}`),
      },
      series: [
        { type: 'line', name: 'Model', data, symbol: 'circle', symbolSize: 5, lineStyle: { width: 2 } },
        reference(colours, 'At random', [
          [0, 1],
          [1, 1],
        ]),
      ],
    }),
  };
}

/** A difference of two shares: `3.2 points`. */
function inPoints(difference: number): string {
  return `${formatNumber(difference * 100)} points`;
}

/** The expected calibration error (Naeini et al. 2015), bins weighted by their rows, and the bin that is furthest off. */
function calibrationWords(points: Binary['calibration']): string {
  const gap = (point: (typeof points)[number]): number =>
    Math.abs((point.predicted ?? 0) - (point.observed ?? 0));
  const filled = points
    .filter(({ predicted, observed }) => predicted !== null && observed !== null)
    .map((point) => ({ rows: point.count ?? 0, gap: gap(point) }))
    .filter(({ rows }) => rows > 0);
  const worst = filled.toSorted((one, other) => other.gap - one.gap)[0];
  if (!worst) return 'No rows to judge by.';
  const all = filled.reduce((sum, { rows }) => sum + rows, 0);
  const mean = filled.reduce((sum, point) => sum + (point.gap * point.rows) / all, 0);
  return `Stated and observed differ by ${inPoints(mean)} on average, most by ${inPoints(worst.gap)} (in ${plural(worst.rows, 'row')}).`;
}

export function calibrationDrawing(points: Binary['calibration']): Drawing {
  const data = pairs(
    points,
    (point) => point.predicted,
    (point) => point.observed,
  );
  return {
    label: 'Calibration',
    hint: 'Whether a stated 70 % happens 70 times in 100',
    summary: calibrationWords(points),
    table: {
      columns: ['Stated probability', 'Observed share', 'Rows'],
      rows: points.map(({ predicted, observed, count }) => [
        formatScore(predicted),
        formatScore(observed),
        count,
      ]),
    },
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis('Stated probability', SHARE),
      yAxis: upAxis('Observed share', SHARE),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(
            `Stated ${formatPercent(data[dataIndex]?.[0])}`,
            `Observed ${formatPercent(data[dataIndex]?.[1])}`,
          ),
      },
      series: [
        { type: 'line', name: 'Model', data, symbol: 'circle', symbolSize: 7, lineStyle: { width: 2 } },
        reference(colours, 'Perfect', [
          [0, 0],
          [1, 1],
        ]),
      ],
    }),
  };
}

export function costDrawing(points: readonly ThresholdPoint[], costs: Costs, threshold: number): Drawing {
  const data = points.map((point): Pair => [point.threshold, costPer100(point, costs)]);
  const best = bestPoint(points, costs);
  return {
    label: 'Expected cost by threshold',
    hint: 'Per 100 rows like the held-out ones',
    summary: best
      ? `Cheapest at ${formatNumber(best.threshold)} with ${formatNumber(costPer100(best, costs))} per 100 rows.`
      : 'No threshold could be computed.',
    table: tableOf(['Threshold', 'Cost per 100 rows'], data),
    option: (colours) => ({
      animation: false,
      grid: GRID,
      xAxis: valueAxis('Threshold', SHARE),
      yAxis: upAxis('Cost per 100 rows', { min: 0 }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(
            `Threshold ${formatNumber(data[dataIndex]?.[0])}`,
            `${formatNumber(data[dataIndex]?.[1])} per 100 rows`,
          ),
      },
      series: [
        {
          type: 'line',
          name: 'Cost',
          data,
          showSymbol: false,
          symbolSize: 5,
          lineStyle: { width: 2 },
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            label: { show: false },
            lineStyle: { color: colours.text, type: 'solid', width: 1 },
            data: [{ xAxis: threshold }],
          },
          ...(best
            ? {
                markPoint: {
                  animation: false,
                  z: 6,
                  symbol: 'circle',
                  symbolSize: 11,
                  itemStyle: { color: colours.success, borderColor: colours.surface, borderWidth: 2 },
                  label: {
                    formatter: 'best',
                    // Below the cheapest point there is no curve; the line of the threshold ends behind the word.
                    position: 'bottom',
                    color: colours.text,
                    backgroundColor: colours.surface,
                    padding: [1, 4],
                    fontSize: 12,
                    distance: 8,
                  },
                  data: [{ coord: [best.threshold, costPer100(best, costs)] }],
                },
              }
            : {}),
        },
      ],
    }),
  };
}
