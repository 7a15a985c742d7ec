import type { MetricEstimate, ModelEvaluation } from '@modelwright/sdk';
import { formatScore } from '../shared/format/numbers';
import { hasSpread, judgedFoldsText } from '../shared/metrics/fold-words';

export { directionText, intervalText } from '../shared/metrics/metric-row';

/** `0.8509 ± 0.0091`; the mean alone where the folds do not differ or there is one of them. */
export function spreadText(mean: number | null | undefined, std: number | null | undefined): string {
  return hasSpread(std) ? `${formatScore(mean)} ± ${formatScore(std)}` : formatScore(mean);
}

/** `0.8509 ± 0.0091 over 5 folds` */
export function crossValidationText(validation: ModelEvaluation['crossValidation']): string {
  return `${spreadText(validation.mean, validation.std)} over ${judgedFoldsText(validation)}`;
}

/** The metric that was optimised first; the others as the trainer ordered them. */
export function orderMetrics(metrics: readonly MetricEstimate[], main: string): readonly MetricEstimate[] {
  return [
    ...metrics.filter((metric) => metric.name === main),
    ...metrics.filter((metric) => metric.name !== main),
  ];
}

export interface Comparison {
  readonly model: number;
  readonly baseline: number;
  readonly better: boolean;
  readonly text: string;
}

/** The model against the baseline on the held-out rows; undefined when one of the two is not known. */
export function compareWithBaseline(evaluation: ModelEvaluation): Comparison | undefined {
  const { name, greaterIsBetter } = evaluation.metric;
  const model = evaluation.holdout.metrics.find((metric) => metric.name === name)?.value;
  const baseline = evaluation.baseline?.holdoutScore ?? undefined;
  if (model === undefined || baseline === undefined) return undefined;
  const gain = greaterIsBetter ? model - baseline : baseline - model;
  return { model, baseline, better: gain > 0, text: gainText(gain, baseline, greaterIsBetter) };
}

function gainText(gain: number, baseline: number, greaterIsBetter: boolean): string {
  if (gain === 0) return 'No better than the baseline.';
  const word = gain > 0 ? 'better' : 'worse';
  if (greaterIsBetter || baseline === 0) {
    return `${formatScore(Math.abs(gain))} ${word} than the baseline.`;
  }
  const share = Math.round((Math.abs(gain) / Math.abs(baseline)) * 100);
  return `${share}\u202f% ${gain > 0 ? 'less' : 'more'} error than the baseline.`;
}

/** `8d2bd37b7b03…`: enough of a hash to recognise it. */
export function shortHash(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 12)}…` : hash;
}
