import type { LiveMetric, Performance } from '@modelwright/sdk';
import { formatPercent, formatScore } from '../shared/format/numbers';

export const FEEDBACK_WINDOWS = [
  { hours: 24, label: '24 h' },
  { hours: 168, label: '7 days' },
  { hours: 720, label: '30 days' },
  { hours: 2160, label: '90 days' },
] as const;

const LABELS: Readonly<Record<LiveMetric['name'], string>> = {
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  roc_auc: 'ROC AUC',
  log_loss: 'Log loss',
  precision_macro: 'Precision, mean of classes',
  recall_macro: 'Recall, mean of classes',
  f1_macro: 'F1, mean of classes',
  mae: 'Mean absolute error',
  rmse: 'RMSE',
  r2: 'R²',
};
const LIGHTS = { 'as-held-out': 'steady', worse: 'flagged', 'not-enough-data': 'not-enough-data' } as const;
const LIGHT_WORDS = {
  'as-held-out': 'As held-out',
  worse: 'Worse',
  'not-enough-data': 'Not enough labels',
} as const;

export const metricLabel = (name: LiveMetric['name']): string => LABELS[name];
export const lightStatus = (light: Performance['light']): string => LIGHTS[light];
export const lightWord = (light: Performance['light']): string => LIGHT_WORDS[light];

/** `0.91 (0.88 to 0.93)`; without an interval the value alone. */
export function figureText(
  figure: { readonly value: number | null; readonly low: number | null; readonly high: number | null } | null,
): string {
  if (!figure || figure.value === null) return '–';
  const value = formatScore(figure.value);
  return figure.low === null || figure.high === null
    ? value
    : `${value} (${formatScore(figure.low)} to ${formatScore(figure.high)})`;
}

type Missing = Pick<LiveMetric, 'name' | 'rows' | 'needed' | 'value'>;

/** Whether there are labels enough and the figure is still not one: a share of nothing. */
const isUndefined = ({ name, rows, needed, value }: Missing): boolean =>
  value === null && rows >= needed && name !== 'roc_auc';

/** The light of one figure in words. */
export function metricLightWord(metric: Missing & Pick<LiveMetric, 'light'>): string {
  return metric.light === 'not-enough-data' && isUndefined(metric) ? 'Not defined' : lightWord(metric.light);
}

/** What is missing before a figure can be shown. */
export function neededText(metric: Missing): string {
  const { name, rows, needed } = metric;
  if (isUndefined(metric))
    return name === 'precision' ? 'the positive class was never predicted' : 'not defined for these rows';
  return name === 'roc_auc' ? `${rows} of ${needed} labels of each class` : `${rows} of ${needed} labels`;
}

/** `2 min`, `3.5 h`, `4 days`. */
export function delayText(seconds: number): string {
  const of = (value: number, unit: string): string => `${Number(value.toPrecision(2))} ${unit}`;
  if (seconds < 60) return of(seconds, 's');
  if (seconds < 3_600) return of(seconds / 60, 'min');
  return seconds < 172_800 ? of(seconds / 3_600, 'h') : of(seconds / 86_400, 'days');
}

/** A value of a segment or a step: a share of right answers, or an error. */
export function measureText(metric: 'accuracy' | 'mae', value: number | null): string {
  if (value === null) return '–';
  return metric === 'accuracy' ? formatPercent(value) : formatScore(value);
}

const SOURCES = { api: 'by API', file: 'from a file', dataset: 'from a dataset' } as const;

/** How an outcome came in. */
export const sourceWord = (source: keyof typeof SOURCES): string => SOURCES[source];
