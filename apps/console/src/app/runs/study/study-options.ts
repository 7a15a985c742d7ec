import type { Run, SearchDimension, Trial, TrialList } from '@modelwright/sdk';
import type { ChartOption } from '../../shared/charts/chart';
import { formatNumber, formatPercent, formatScore } from '../../shared/format/numbers';
import { niceAxis, niceLogEnds, niceStep } from '../../shared/charts/nice-axis';
import { bestSoFar, comparable, valueText } from './trials';

type Metric = Run['metric'];
/** What a hyperparameter is called. */
type WordOf = (name: string) => string;
type Importance = NonNullable<TrialList['importance']>['items'];

const GRID = { left: 8, right: 16, top: 16, bottom: 8, containLabel: true };

/** A point for every complete trial, and the best so far as a line. */
export function historyOption(trials: readonly Trial[], metric: Metric): ChartOption {
  const complete = trials.filter((trial) => comparable(trial) !== null);
  const pruned = trials.filter(({ state, score }) => state === 'pruned' && score !== null);
  const steps = bestSoFar(trials, metric.greaterIsBetter);
  const { low, high } = shownScores(complete.map(({ score }) => score ?? 0));
  const scores = niceAxis(low, high, 4);
  const last = Math.max(1, ...trials.map(({ number }) => number));
  return (colours) => ({
    grid: { ...GRID, top: 36 },
    legend: { top: 0, left: 0 },
    xAxis: {
      type: 'value',
      ...niceAxis(0, last, 8),
      // A third of a trial is no trial.
      interval: Math.max(1, niceStep(last, 8)),
      splitLine: { show: false },
    },
    yAxis: { type: 'value', ...scores, axisLabel: { formatter: formatScore } },
    tooltip: {
      trigger: 'item',
      formatter: ({ value, seriesName }: { value: [number, number]; seriesName: string }) =>
        `Trial ${value[0]}<br>${seriesName}: ${formatScore(value[1])}`,
    },
    series: [
      {
        type: 'line',
        name: 'Best so far',
        step: 'end',
        showSymbol: false,
        lineStyle: { width: 2 },
        color: colours.palette[0],
        data: steps.map(({ number, best }) => [number, best]),
      },
      {
        type: 'scatter',
        name: 'Complete trial',
        symbolSize: 8,
        color: colours.palette[1],
        data: complete.map(({ number, score }) => [number, score]),
      },
      {
        type: 'scatter',
        name: 'Given up, on fewer folds',
        symbol: 'emptyDiamond',
        symbolSize: 8,
        color: colours.muted,
        data: pruned
          .filter(({ score }) => score !== null && score >= low && score <= high)
          .map(({ number, score }) => [number, score]),
      },
    ],
  });
}

/** The range that most scores lie in: one hopeless trial must not flatten all the others. */
export function shownScores(scores: readonly number[]): { low: number; high: number } {
  const sorted = [...scores].sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  if (sorted.length === 0) return { low: 0, high: 1 };
  const [lower, upper] = [at(0.25), at(0.75)];
  const reach = 3 * (upper - lower) || Math.abs(at(0.5)) * 0.01 || 0.01;
  const low = Math.max(at(0), lower - reach);
  const high = Math.min(at(1), upper + reach);
  const room = (high - low) * 0.06 || reach * 0.1;
  return { low: low - room, high: high + room };
}

/** Bars from zero, the largest share on top. */
export function importanceOption(items: Importance, wordOf: WordOf): ChartOption {
  const shown = [...items].reverse();
  return (colours) => ({
    grid: { ...GRID, right: 48 },
    xAxis: { type: 'value', min: 0, max: 1, interval: 0.25, axisLabel: { formatter: formatPercent } },
    yAxis: { type: 'category', data: shown.map(({ name }) => wordOf(name)) },
    tooltip: {
      trigger: 'item',
      formatter: ({ name, value }: { name: string; value: number }) => `${name}: ${formatPercent(value)}`,
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 16,
        data: shown.map(({ importance }) => importance),
        label: {
          show: true,
          position: 'right',
          color: colours.text,
          textBorderWidth: 0,
          formatter: ({ value }: { value: number }) => formatPercent(value),
        },
      },
    ],
  });
}

/** Scores by the value of one hyperparameter. */
export function sliceOption(
  trials: readonly Trial[],
  dimension: SearchDimension | undefined,
  metric: Metric,
  wordOf: WordOf,
): ChartOption {
  const complete = trials.filter((trial) => comparable(trial) !== null);
  const name = dimension?.name ?? '';
  const isChoice = dimension?.kind === 'categorical';
  const { low, high } = shownScores(complete.map(({ score }) => score ?? 0));
  const at = (trial: Trial): unknown => (isChoice ? valueText(trial.params[name]) : trial.params[name]);
  return (colours) => ({
    grid: GRID,
    xAxis: {
      type: isChoice ? 'category' : dimension?.log ? 'log' : 'value',
      ...(isChoice ? { data: (dimension.choices ?? []).map(valueText) } : endsOf(dimension, 5)),
      axisLabel: isChoice ? {} : { formatter: formatNumber, hideOverlap: true },
      splitLine: { show: false },
    },
    yAxis: { type: 'value', ...niceAxis(low, high, 3), axisLabel: { formatter: formatScore } },
    tooltip: {
      trigger: 'item',
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const trial = complete[dataIndex];
        return trial
          ? `Trial ${trial.number}<br>${wordOf(name)} ${valueText(trial.params[name])}<br>${metric.label} ${formatScore(trial.score)}`
          : '';
      },
    },
    series: [
      {
        type: 'scatter',
        symbolSize: 9,
        color: colours.palette[1],
        itemStyle: { opacity: 0.75 },
        data: complete.map((trial) => ({
          value: [at(trial), trial.score],
          ...(trial.best ? { symbolSize: 14, itemStyle: { color: colours.palette[0], opacity: 1 } } : {}),
        })),
      },
    ],
  });
}

/** One line for each complete trial over all hyperparameters and the score. */
export function parallelOption(
  complete: readonly Trial[],
  space: readonly SearchDimension[],
  metric: Metric,
  wordOf: WordOf,
): ChartOption {
  const scores = complete.map(({ score }) => score ?? 0);
  const { low, high } = shownScores(scores);
  const axes = [
    ...space.map((dimension, dim) => ({ dim, name: wordOf(dimension.name), ...axisOf(dimension) })),
    {
      dim: space.length,
      name: metric.label,
      ...niceAxis(low, high, 4),
      axisLabel: { formatter: formatScore },
    },
  ];
  const better = (score: number): number => {
    const share = (Math.min(high, Math.max(low, score)) - low) / (high - low || 1);
    return metric.greaterIsBetter ? share : 1 - share;
  };
  return (colours) => ({
    parallel: { left: 76, right: 68, top: 34, bottom: 22 },
    parallelAxis: axes.map((axis) => ({
      ...axis,
      nameTextStyle: { color: colours.text },
      axisLine: { lineStyle: { color: colours.muted } },
      // Lines run behind the labels: a rim in the colour of the card keeps the figures legible.
      axisLabel: {
        color: colours.text,
        textBorderColor: colours.background,
        textBorderWidth: 4,
        ...('axisLabel' in axis ? axis.axisLabel : {}),
      },
    })),
    series: [
      {
        type: 'parallel',
        smooth: false,
        data: complete.map((trial) => ({
          value: [
            ...space.map(({ name, kind }) =>
              kind === 'categorical' ? valueText(trial.params[name]) : trial.params[name],
            ),
            trial.score,
          ],
          lineStyle: {
            color: trial.best ? colours.palette[1] : colours.palette[0],
            width: trial.best ? 3 : 1.5,
            opacity: trial.best ? 1 : 0.1 + 0.7 * better(trial.score ?? 0) ** 2,
          },
        })),
      },
    ],
  });
}

function axisOf(dimension: SearchDimension): object {
  if (dimension.kind === 'categorical')
    return { type: 'category', data: (dimension.choices ?? []).map(valueText) };
  return {
    type: dimension.log ? 'log' : 'value',
    ...endsOf(dimension, 4),
    axisLabel: { formatter: formatNumber },
  };
}

/** The whole range that was searched, on round ends. */
function endsOf(dimension: SearchDimension | undefined, parts: number): object {
  const { low, high, log } = dimension ?? {};
  if (low == null || high == null) return {};
  return log && low > 0 ? niceLogEnds(low, high) : niceAxis(low, high, parts);
}
