import type { ModelEvaluation } from '@modelwright/sdk';
import type { ChartOption, ChartTable } from '../shared/charts/chart';
import { formatNumber, formatPercent } from '../shared/format/numbers';

type Binary = NonNullable<ModelEvaluation['binary']>;
type Regression = NonNullable<ModelEvaluation['regression']>;
type Pair = readonly [x: number, y: number];

export interface Drawing {
  readonly label: string;
  readonly summary: string;
  readonly help: string;
  readonly option: ChartOption;
  readonly table: ChartTable;
}

const MOST_POINTS = 2000;
const percent = (value: number): string => `${Math.round(value * 100)}%`;

function pairs<T>(rows: readonly T[], x: (row: T) => number | null, y: (row: T) => number | null): Pair[] {
  return rows.flatMap((row) => {
    const [left, right] = [x(row), y(row)];
    return left === null || right === null ? [] : [[left, right] as const];
  });
}

interface CurveLook {
  readonly x: string;
  readonly y: string;
  /** Line to compare with. */
  readonly reference?: readonly [Pair, Pair];
  readonly share?: boolean;
  readonly symbols?: boolean;
}

function curve(points: readonly Pair[], look: CurveLook): ChartOption {
  const isShare = look.share ?? true;
  const text = isShare ? percent : formatNumber;
  return (colours) => ({
    grid: { left: 8, right: 16, top: 12, bottom: 24, containLabel: true },
    xAxis: {
      type: 'value',
      min: 0,
      max: 1,
      name: look.x,
      nameLocation: 'middle',
      nameGap: 28,
      axisLabel: { formatter: percent },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      name: look.y,
      nameLocation: 'end',
      nameTextStyle: { align: 'left' },
      min: 0,
      ...(isShare ? { max: 1 } : {}),
      axisLabel: { formatter: text },
    },
    tooltip: {
      trigger: 'axis',
      formatter: ([first]: readonly { value: Pair }[]) =>
        first ? `${look.x} ${percent(first.value[0])}<br>${look.y} ${text(first.value[1])}` : '',
    },
    series: [
      {
        type: 'line',
        data: points,
        symbol: look.symbols ? 'circle' : 'none',
        symbolSize: 7,
        lineStyle: { width: 2 },
      },
      ...(look.reference
        ? [
            {
              type: 'line',
              data: look.reference,
              symbol: 'none',
              silent: true,
              tooltip: { show: false },
              lineStyle: { type: 'dashed', width: 1, color: colours.muted },
            },
          ]
        : []),
    ],
  });
}

function tableOf(columns: readonly string[], points: readonly Pair[]): ChartTable {
  return { columns, rows: points.map(([x, y]) => [formatNumber(x), formatNumber(y)]) };
}

export function rocDrawing(binary: Binary, area: number | undefined): Drawing {
  const points = pairs(
    binary.roc,
    (row) => row.falsePositiveRate,
    (row) => row.truePositiveRate,
  );
  return {
    label: 'ROC curve',
    help: 'How many positives are found against how many negatives are disturbed. The dashed line is guessing.',
    summary:
      area === undefined ? 'True positive rate by false positive rate.' : `Area ${formatNumber(area)}; guessing has 0.5.`,
    option: curve(points, {
      x: 'False positives',
      y: 'True positives',
      reference: [
        [0, 0],
        [1, 1],
      ],
    }),
    table: tableOf(['False positive rate', 'True positive rate'], points),
  };
}

export function precisionRecallDrawing(binary: Binary, area: number | undefined): Drawing {
  const points = pairs(
    binary.precisionRecall,
    (row) => row.recall,
    (row) => row.precision,
  );
  const first = binary.thresholds[0];
  const positives = (first?.truePositives ?? 0) + (first?.falseNegatives ?? 0);
  const rows = positives + (first?.falsePositives ?? 0) + (first?.trueNegatives ?? 0);
  const share = rows > 0 ? positives / rows : 0;
  return {
    label: 'Precision and recall',
    help: 'How often a positive call is right, by how many positives are found. The dashed line is guessing.',
    summary: `${area === undefined ? '' : `Average precision ${formatNumber(area)}; `}guessing has ${formatPercent(share)}.`,
    option: curve(points, {
      x: 'Recall',
      y: 'Precision',
      reference: [
        [0, share],
        [1, share],
      ],
    }),
    table: tableOf(['Recall', 'Precision'], points),
  };
}

export function calibrationDrawing(binary: Binary): Drawing {
  const points = pairs(
    binary.calibration,
    (row) => row.predicted,
    (row) => row.observed,
  );
  const worst = points.reduce((most, [said, seen]) => Math.max(most, Math.abs(said - seen)), 0);
  return {
    label: 'Calibration',
    help: 'Whether a probability means what it says: of the rows given 30 %, about 30 % should be positive.',
    summary: `The largest gap between said and seen is ${formatPercent(worst)}.`,
    option: curve(points, {
      x: 'Said',
      y: 'Seen',
      symbols: true,
      reference: [
        [0, 0],
        [1, 1],
      ],
    }),
    table: {
      columns: ['Said', 'Seen', 'Rows'],
      rows: binary.calibration.map((row) => [
        formatNumber(row.predicted),
        formatNumber(row.observed),
        row.count,
      ]),
    },
  };
}

export function liftDrawing(binary: Binary): Drawing {
  const points = pairs(
    binary.lift,
    (row) => row.fraction,
    (row) => row.lift,
  );
  const tenth = points.find(([fraction]) => fraction >= 0.0999);
  return {
    label: 'Lift',
    help: 'How many times more positives than by chance are among the rows with the highest probability.',
    summary: tenth
      ? `Among the top ${percent(tenth[0])} there are ${formatNumber(tenth[1])} times as many positives as by chance.`
      : 'Lift by share of rows.',
    option: curve(points, {
      x: 'Share of rows',
      y: 'Lift',
      share: false,
      reference: [
        [0, 1],
        [1, 1],
      ],
    }),
    table: tableOf(['Share of rows', 'Lift'], points),
  };
}

export function predictedVsActualDrawing(regression: Regression): Drawing {
  const points = pairs(
    regression.predictedVsActual,
    (row) => row.actual,
    (row) => row.predicted,
  ).slice(0, MOST_POINTS);
  const values = points.flat();
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1];
  return {
    label: 'Predicted against actual',
    help: 'One dot per held-out row. On the dashed line the prediction is right.',
    summary: `${points.length} held-out rows between ${formatNumber(low)} and ${formatNumber(high)}.`,
    option: (colours) => ({
      grid: { left: 8, right: 16, top: 12, bottom: 24, containLabel: true },
      xAxis: {
        type: 'value',
        scale: true,
        name: 'Actual',
        nameLocation: 'middle',
        nameGap: 28,
        splitLine: { show: false },
        axisLabel: { formatter: formatNumber, hideOverlap: true },
      },
      yAxis: { type: 'value', scale: true, name: 'Predicted', axisLabel: { formatter: formatNumber } },
      tooltip: {
        formatter: ({ value }: { value: Pair }) =>
          `actual ${formatNumber(value[0])}<br>predicted ${formatNumber(value[1])}`,
      },
      series: [
        { type: 'scatter', data: points, symbolSize: 5, itemStyle: { opacity: 0.45 } },
        {
          type: 'line',
          data: [
            [low, low],
            [high, high],
          ],
          symbol: 'none',
          silent: true,
          lineStyle: { type: 'dashed', width: 1, color: colours.muted },
        },
      ],
    }),
    table: tableOf(['Actual', 'Predicted'], points),
  };
}

export function residualsDrawing({ residuals }: Regression): Drawing {
  const bins = residuals.counts.map((count, index) => ({
    label: `${formatNumber(residuals.edges[index])} to ${formatNumber(residuals.edges[index + 1])}`,
    count,
  }));
  const rows = residuals.counts.reduce((sum, count) => sum + count, 0);
  const most = bins.reduce((best, bin) => (bin.count > best.count ? bin : best), bins[0] ?? { label: '', count: 0 });
  return {
    label: 'Residuals',
    help: 'How far predictions are off: actual minus predicted. A hill around zero is good.',
    summary: `${rows} held-out rows; most errors lie between ${most.label}.`,
    option: () => ({
      grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
      xAxis: {
        type: 'category',
        data: residuals.counts.map((_, index) => formatNumber(residuals.edges[index])),
        axisLabel: { hideOverlap: true },
      },
      yAxis: { type: 'value', min: 0, minInterval: 1 },
      tooltip: {
        formatter: ({ dataIndex }: { dataIndex: number }) =>
          `${bins[dataIndex]?.label ?? ''}<br>${bins[dataIndex]?.count ?? 0} rows`,
      },
      series: [{ type: 'bar', data: residuals.counts, barCategoryGap: '8%' }],
    }),
    table: { columns: ['Error', 'Rows'], rows: bins.map((bin) => [bin.label, bin.count]) },
  };
}
