import { METRICS, type MetricInfo } from '@modelwright/contracts';
import { formatScore } from '../format/numbers';

const BY_NAME = new Map(METRICS.map((metric) => [metric.name, metric]));

/** Metrics that a newer trainer reports are shown under their own name. */
export function metricLabel(name: string): string {
  if (name === 'cv.std') return 'Spread over the folds';
  if (name.startsWith('cv.')) return `${metricLabel(name.slice(3))} over the folds`;
  return BY_NAME.get(name)?.label ?? name.replaceAll('_', ' ');
}

export function metricMeaning(name: string): string {
  return BY_NAME.get(name)?.meaning ?? '';
}

export function metricInfo(name: string): MetricInfo | undefined {
  return BY_NAME.get(name);
}

/** A gain as people say it, whichever way the metric points: `3,436 better`, `0.0120 worse`, `the same`. */
export function gainWords(gain: number | null | undefined): string {
  if (gain == null || Number.isNaN(gain)) return '';
  if (gain === 0) return 'the same';
  return `${formatScore(Math.abs(gain))} ${gain > 0 ? 'better' : 'worse'}`;
}

/** Improvement of `score` on `baseline`; positive is better. */
export function gainOver(
  score: number | null | undefined,
  baseline: number | null | undefined,
  greaterIsBetter: boolean,
): number | null {
  if (score == null || baseline == null) return null;
  return greaterIsBetter ? score - baseline : baseline - score;
}

const TASK_WORDS: Readonly<Record<string, string>> = {
  binary: 'Two classes',
  multiclass: 'Several classes',
  regression: 'A number',
  clustering: 'Groups',
};

export function taskWord(task: string): string {
  return TASK_WORDS[task] ?? task;
}

const FAMILY_WORDS: Readonly<Record<string, string>> = {
  baseline: 'Baseline',
  linear: 'Linear',
  random_forest: 'Random forest',
  extra_trees: 'Extra trees',
  hist_gradient_boosting: 'Histogram boosting',
  lightgbm: 'LightGBM',
  xgboost: 'XGBoost',
  catboost: 'CatBoost',
  ensemble: 'Ensemble',
  kmeans: 'K-means',
  gaussian_mixture: 'Gaussian mixture',
  agglomerative: 'Agglomerative',
  hdbscan: 'HDBSCAN',
};

export function familyWord(family: string): string {
  return FAMILY_WORDS[family] ?? family.replaceAll('_', ' ');
}
