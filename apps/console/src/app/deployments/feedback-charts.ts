import type { Performance } from '@modelwright/sdk';
import type { ChartOption, ChartTable } from '../shared/charts/chart';
import { DAY_AXIS, TIME_AXIS } from '../shared/charts/time-axis';
import { formatCount, formatPercent, formatScore } from '../shared/format/numbers';
import { formatExact } from '../shared/format/time';
import { measureText } from './feedback-words';

export interface Drawing {
  readonly label: string;
  readonly summary: string;
  readonly option: ChartOption;
  readonly table: ChartTable;
}

type Trend = Performance['trend'];
type Calibration = NonNullable<Performance['calibration']>;

const GRID = { left: 8, right: 16, top: 28, bottom: 28, containLabel: true };

/** The figure step by step, with the interval as a band and the held-out value as a dashed line. */
export function trendDrawing({ metric, step, points }: Trend, holdout: number | null): Drawing {
  const isShare = metric === 'accuracy';
  const name = isShare ? 'Share of right predictions' : 'Mean absolute error';
  const last = points.at(-1);
  const bound = (of: 'low' | 'high') => points.map((point) => [point.at, point[of] ?? point.value]);
  return {
    label: `${name} by ${step}`,
    summary: last
      ? `In the last ${step} ${measureText(metric, last.value)}, by ${formatCount(last.rows)} rows.`
      : 'No step has rows with a known outcome.',
    table: {
      columns: ['From', name, 'Low', 'High', 'Rows'],
      rows: points.map((point) => [formatExact(point.at), point.value, point.low, point.high, point.rows]),
    },
    option: (colours) => ({
      grid: { ...GRID, bottom: 8 },
      tooltip: { trigger: 'axis', valueFormatter: (value: number) => measureText(metric, value) },
      xAxis: step === 'day' ? DAY_AXIS : TIME_AXIS,
      yAxis: {
        type: 'value',
        scale: !isShare,
        ...(isShare
          ? { min: 0, max: 1, axisLabel: { formatter: (value: number) => formatPercent(value) } }
          : { min: 0 }),
      },
      series: [
        {
          type: 'line',
          name: 'Low',
          data: bound('low'),
          symbol: 'none',
          lineStyle: { type: 'dotted', width: 1, color: colours.muted },
          itemStyle: { color: colours.muted },
        },
        {
          type: 'line',
          name: 'High',
          data: bound('high'),
          symbol: 'none',
          lineStyle: { type: 'dotted', width: 1, color: colours.muted },
          itemStyle: { color: colours.muted },
        },
        {
          type: 'line',
          name: 'Live',
          data: points.map((point) => [point.at, point.value]),
          symbol: 'circle',
          symbolSize: 6,
          lineStyle: { width: 2, color: colours.palette[0] },
          itemStyle: { color: colours.palette[0] },
          ...(holdout === null
            ? {}
            : {
                markLine: {
                  silent: true,
                  symbol: 'none',
                  label: { formatter: 'held-out', color: colours.muted, position: 'insideStartTop' },
                  lineStyle: { type: 'dashed', color: colours.muted },
                  data: [{ yAxis: holdout }],
                },
              }),
        },
      ],
    }),
  };
}

/** Whether a stated 70 % happens 70 times in 100, or whether numbers are right on average. */
export function calibrationDrawing({ kind, bins }: Calibration): Drawing {
  const isNumber = kind === 'number';
  const names = isNumber
    ? (['Mean prediction', 'Mean truth'] as const)
    : (['Stated probability', 'Observed share'] as const);
  const range = isNumber
    ? {
        min: Math.min(...bins.flatMap(({ predicted, observed }) => [predicted, observed])),
        max: Math.max(...bins.flatMap(({ predicted, observed }) => [predicted, observed])),
      }
    : { min: 0, max: 1 };
  const worst = Math.max(...bins.map(({ predicted, observed }) => Math.abs(predicted - observed)), 0);
  return {
    label: 'Calibration',
    summary: `What was predicted and what happened differ by at most ${isNumber ? formatScore(worst) : formatPercent(worst)}.`,
    table: {
      columns: [...names, 'Low', 'High', 'Rows'],
      rows: bins.map(({ predicted, observed, low, high, rows }) => [predicted, observed, low, high, rows]),
    },
    option: (colours) => ({
      grid: GRID,
      tooltip: {
        trigger: 'item',
        valueFormatter: (value: unknown) =>
          Array.isArray(value) ? value.map((one) => formatScore(Number(one))).join(' → ') : '',
      },
      xAxis: { type: 'value', name: names[0], nameLocation: 'middle', nameGap: 30, ...range },
      yAxis: {
        type: 'value',
        name: names[1],
        nameLocation: 'end',
        nameGap: 10,
        nameTextStyle: { align: 'left' },
        ...range,
      },
      series: [
        {
          type: 'line',
          name: 'Perfect',
          data: [
            [range.min, range.min],
            [range.max, range.max],
          ],
          symbol: 'none',
          silent: true,
          lineStyle: { type: 'dashed', width: 1, color: colours.muted },
        },
        {
          type: 'line',
          name: 'Live',
          data: bins.map(({ predicted, observed }) => [predicted, observed]),
          symbol: 'circle',
          symbolSize: 7,
          lineStyle: { width: 2, color: colours.palette[0] },
          itemStyle: { color: colours.palette[0] },
        },
      ],
    }),
  };
}
