import type { ComparedItem, Comparison } from '@modelwright/sdk';
import type { ChartOption, ChartTable } from '../shared/charts/chart';
import { formatScore } from '../shared/format/numbers';
import { familyWord, metricLabel } from '../shared/metrics/metric-words';

export interface Drawing {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly summary: string;
  readonly option: ChartOption;
  readonly table: ChartTable;
  readonly height: number;
}

/** A compared thing with the letter and the line by which it is told from the others, besides its colour. */
export interface Marked {
  readonly item: ComparedItem;
  readonly letter: string;
  readonly index: number;
}

export const DASHES = ['solid', 'dashed', 'dotted', [8, 3, 2, 3], [12, 4], [2, 2, 6, 2]] as const;
const GRID = { left: 8, right: 16, top: 56, bottom: 28, containLabel: true };

type Point = readonly [number, number];

const points = (list: readonly object[] | undefined, x: string, y: string): Point[] =>
  (list ?? []).flatMap((one) => {
    const values = one as Record<string, unknown>;
    const [across, up] = [values[x], values[y]];
    return typeof across === 'number' && typeof up === 'number' ? [[across, up] as const] : [];
  });

export function marked(items: readonly ComparedItem[]): Marked[] {
  return items.map((item, index) => ({ item, index, letter: String.fromCharCode(65 + index) }));
}

/** Tasks of which curves are drawn at all. */
const DRAWN_TASKS = new Set(['binary', 'regression']);

/** Says of which of them there is nothing to draw, why, and how to get it: one sentence for each reason. */
export function withoutCurves(items: readonly Marked[]): string[] {
  const known = items.filter(({ item }) => item.task === null || DRAWN_TASKS.has(item.task));
  const lacking = known.filter(({ item }) => item.curvesMissing !== null);
  const byReason = new Map<string, string[]>();
  for (const { item, letter } of lacking) {
    const reason = item.curvesMissing ?? '';
    byReason.set(reason, [...(byReason.get(reason) ?? []), letter]);
  }
  return [...byReason].map(
    ([reason, letters]) => `${listed(letters)} ${letters.length === 1 ? 'has' : 'have'} no curves. ${reason}`,
  );
}

/** Says which rows the curves are of, and warns where they are not of the same; undefined when there are none. */
export function rowsOfCurves(items: readonly Marked[]): string | undefined {
  const of = (from: 'holdout' | 'folds') =>
    items.filter(({ item }) => item.curvesFrom === from).map(({ letter }) => letter);
  const [holdout, folds] = [of('holdout'), of('folds')];
  if (folds.length === 0) return undefined;
  const meaning = 'the training rows, each predicted by a fit that had not seen it (all folds together)';
  if (holdout.length === 0) return `Curves are of ${meaning}.`;
  return `Curves of ${listed(folds)} are of ${meaning}, those of ${listed(holdout)} of the held-out rows: other rows, so small differences mean nothing.`;
}

function listed(letters: readonly string[]): string {
  return letters.length < 2
    ? letters.join('')
    : `${letters.slice(0, -1).join(', ')} and ${letters.at(-1) ?? ''}`;
}

/** The curves that all tasks of one kind have, over each other. */
export function curvesOf(items: readonly Marked[]): Drawing[] {
  const drawings = [
    lines(items, {
      id: 'roc',
      label: 'ROC',
      hint: 'Closer to the upper left corner is better; the dashed line is guessing.',
      axes: ['False positive rate', 'True positive rate'],
      diagonal: true,
      read: ({ curves }) => points(curves?.binary?.roc, 'falsePositiveRate', 'truePositiveRate'),
    }),
    lines(items, {
      id: 'precision-recall',
      label: 'Precision and recall',
      hint: 'Closer to the upper right corner is better.',
      axes: ['Recall', 'Precision'],
      diagonal: false,
      read: ({ curves }) => points(curves?.binary?.precisionRecall, 'recall', 'precision'),
    }),
    lines(items, {
      id: 'calibration',
      label: 'Calibration',
      hint: 'On the dashed line a predicted probability is what comes true.',
      axes: ['Predicted probability', 'Observed share'],
      diagonal: true,
      read: ({ curves }) => points(curves?.binary?.calibration, 'predicted', 'observed'),
    }),
    residuals(items),
    predictions(items),
  ];
  return drawings.flatMap((drawing) => drawing ?? []);
}

interface LinesSpec {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly axes: readonly [string, string];
  readonly diagonal: boolean;
  readonly read: (item: ComparedItem) => Point[];
}

function lines(items: readonly Marked[], spec: LinesSpec): Drawing | undefined {
  const drawn = items
    .map((one) => ({ ...one, data: spec.read(one.item) }))
    .filter(({ data }) => data.length > 1);
  if (drawn.length === 0) return undefined;
  const option: ChartOption = (colours) => ({
    grid: GRID,
    legend: { top: 0, left: 0, data: drawn.map(({ letter }) => letter) },
    tooltip: { trigger: 'item', formatter: '{a}' },
    xAxis: { type: 'value', min: 0, max: 1, name: spec.axes[0], nameLocation: 'middle', nameGap: 24 },
    yAxis: { type: 'value', min: 0, max: 1, name: spec.axes[1], nameTextStyle: { align: 'left' } },
    series: [
      ...drawn.map(({ letter, index, data }) => ({
        type: 'line',
        name: letter,
        showSymbol: spec.id === 'calibration',
        symbolSize: 5,
        data,
        lineStyle: { width: 2, type: DASHES[index], color: colours.palette[index] },
        itemStyle: { color: colours.palette[index] },
      })),
      ...(spec.diagonal
        ? [
            {
              type: 'line',
              name: 'reference',
              silent: true,
              symbol: 'none',
              data: [
                [0, 0],
                [1, 1],
              ],
              lineStyle: { type: 'dashed', width: 1, color: colours.muted },
              itemStyle: { color: colours.muted },
            },
          ]
        : []),
    ],
  });
  return {
    id: spec.id,
    label: spec.label,
    hint: spec.hint,
    summary: `${drawn.length} curves: ${drawn.map(({ letter, item }) => `${letter} ${item.name}`).join(', ')}`,
    option,
    table: {
      columns: ['Model', ...spec.axes],
      rows: drawn.flatMap(({ letter, data }) => data.map(([x, y]) => [letter, x, y])),
    },
    height: 280,
  };
}

function residuals(items: readonly Marked[]): Drawing | undefined {
  const drawn = items.flatMap((one) => {
    const found = one.item.curves?.regression?.residuals;
    if (!found || found.counts.length === 0) return [];
    const total = found.counts.reduce((sum, count) => sum + count, 0) || 1;
    const data = found.counts.map((count, index): Point => {
      const from = found.edges[index] ?? 0;
      return [(from + (found.edges[index + 1] ?? from)) / 2, count / total];
    });
    return [{ ...one, data }];
  });
  if (drawn.length === 0) return undefined;
  return {
    id: 'residuals',
    label: 'Residuals',
    hint: 'Share of rows by error (actual minus predicted); narrow and around zero is better.',
    summary: `${drawn.length} distributions: ${drawn.map(({ letter, item }) => `${letter} ${item.name}`).join(', ')}`,
    option: (colours) => ({
      grid: GRID,
      legend: { top: 0, left: 0 },
      tooltip: { trigger: 'item', formatter: '{a}' },
      xAxis: { type: 'value', scale: true, name: 'Error', nameLocation: 'middle', nameGap: 24 },
      yAxis: { type: 'value', min: 0, name: 'Share of rows', nameTextStyle: { align: 'left' } },
      series: drawn.map(({ letter, index, data }) => ({
        type: 'line',
        name: letter,
        showSymbol: false,
        data,
        lineStyle: { width: 2, type: DASHES[index], color: colours.palette[index] },
        itemStyle: { color: colours.palette[index] },
      })),
    }),
    table: {
      columns: ['Model', 'Error', 'Share of rows'],
      rows: drawn.flatMap(({ letter, data }) => data.map(([x, y]) => [letter, x, y])),
    },
    height: 280,
  };
}

const SHAPES = ['circle', 'triangle', 'rect', 'diamond', 'pin', 'arrow'] as const;
const MAX_DOTS = 600;

function predictions(items: readonly Marked[]): Drawing | undefined {
  const drawn = items.flatMap((one) => {
    const all = points(one.item.curves?.regression?.predictedVsActual, 'actual', 'predicted');
    return all.length === 0 ? [] : [{ ...one, data: all.slice(0, MAX_DOTS) }];
  });
  if (drawn.length === 0) return undefined;
  return {
    id: 'predicted',
    label: 'Predicted and actual',
    hint: 'Closer to the diagonal is better; at most 600 rows of each are drawn.',
    summary: `${drawn.length} models: ${drawn.map(({ letter, item }) => `${letter} ${item.name}`).join(', ')}`,
    option: (colours) => ({
      grid: GRID,
      legend: { top: 0, left: 0 },
      tooltip: { trigger: 'item', formatter: '{a}' },
      xAxis: { type: 'value', scale: true, name: 'Actual', nameLocation: 'middle', nameGap: 24 },
      yAxis: { type: 'value', scale: true, name: 'Predicted', nameTextStyle: { align: 'left' } },
      series: drawn.map(({ letter, index, data }) => ({
        type: 'scatter',
        name: letter,
        data,
        symbol: SHAPES[index],
        symbolSize: 5,
        itemStyle: { color: colours.palette[index], opacity: 0.6 },
      })),
    }),
    table: {
      columns: ['Model', 'Actual', 'Predicted'],
      rows: drawn.flatMap(({ letter, data }) => data.map(([x, y]) => [letter, x, y])),
    },
    height: 280,
  };
}

const MAX_AXES = 7;

/** Settings of all candidates against their scores: a line is a candidate, its colour the run that tried it. */
export function trialsOf(
  items: readonly Marked[],
  trials: Comparison['trials'],
  metric: string | null,
): Drawing | undefined {
  const names = axesOf(trials);
  if (trials.length < 2 || names.length === 0) return undefined;
  const numeric = names.map((name) =>
    trials.every(({ params }) => params[name] === undefined || isNumber(params[name])),
  );
  const values = (trial: Comparison['trials'][number]): (string | number | null)[] => [
    ...names.map((name, index) => {
      const text = trial.params[name];
      if (text === undefined) return null;
      return numeric[index] ? Number(text) : name === 'family' ? familyWord(text) : text;
    }),
    trial.score,
  ];
  const score = metric === null ? 'Score' : metricLabel(metric);
  return {
    id: 'trials',
    label: 'Settings and scores',
    hint: `Each line is a candidate that a compared run has tried; the right axis is its ${score}.`,
    summary: `${trials.length} candidates over ${names.join(', ')}`,
    option: (colours) => ({
      tooltip: { trigger: 'item', formatter: ({ name }: { name: string }) => name.replace(/[<>&]/g, '') },
      parallel: {
        left: 40,
        right: 60,
        top: 40,
        bottom: 24,
        parallelAxisDefault: { nameLocation: 'end', nameGap: 14 },
      },
      parallelAxis: [...names.map(axisWord), score].map((name, dim) => ({
        dim,
        name,
        type: dim === names.length || numeric[dim] ? 'value' : 'category',
        scale: true,
        axisLabel: { color: colours.muted, fontSize: 11 },
        axisLine: { lineStyle: { color: colours.line } },
        nameTextStyle: { color: colours.text, fontSize: 12 },
      })),
      series: items.map(({ item, letter, index }) => ({
        type: 'parallel',
        name: letter,
        lineStyle: { color: colours.palette[index], width: 1.5, opacity: 0.7, type: DASHES[index] },
        data: trials
          .filter(({ itemId }) => itemId === item.id)
          .map((trial) => ({
            name: `${letter}: ${trial.name}, ${formatScore(trial.score)}`,
            value: values(trial),
          })),
      })),
    }),
    table: {
      columns: ['Model', 'Candidate', ...names.map(axisWord), score],
      rows: trials.map((trial) => [
        items.find(({ item }) => item.id === trial.itemId)?.letter ?? '',
        trial.name,
        ...values(trial),
      ]),
    },
    height: 340,
  };
}

/** `family` is a word of ours; what else a candidate was set to keeps its name. */
function axisWord(name: string): string {
  return name === 'family' ? 'Family' : name.replaceAll('_', ' ');
}

/** Settings that differ between candidates, those that most of them have first. */
function axesOf(trials: Comparison['trials']): string[] {
  const counts = new Map<string, { count: number; values: Set<string> }>();
  for (const { params } of trials)
    for (const [name, value] of Object.entries(params)) {
      if (name === 'model') continue;
      const entry = counts.get(name) ?? { count: 0, values: new Set<string>() };
      entry.count++;
      entry.values.add(value);
      counts.set(name, entry);
    }
  return [...counts]
    .filter(([, { values }]) => values.size > 1)
    .sort(([, left], [, right]) => right.count - left.count)
    .slice(0, MAX_AXES)
    .map(([name]) => name);
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && text !== '' && Number.isFinite(Number(text));
}
