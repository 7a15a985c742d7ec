import type { ModelContract, ModelEvaluation } from '@modelwright/contracts';
import type { LiveMetric, LiveMetricName } from './performance.dto.js';

type Holdout = NonNullable<LiveMetric['holdout']>;

/** Names under which the trainer keeps what is called differently here. */
const KEPT_AS: Partial<Record<LiveMetricName, string>> = { recall_macro: 'balanced_accuracy' };
const HALF = 0.5;

/** A metric of a version on its held-out rows; undefined where neither it nor what it follows from was kept. */
export function holdoutFigure(
  name: LiveMetricName,
  evaluation: ModelEvaluation,
  output: ModelContract['output'],
): Holdout | undefined {
  // Versions that were imported without an evaluation have an empty one.
  const kept = evaluation.holdout?.metrics.find((metric) => metric.name === (KEPT_AS[name] ?? name));
  if (kept) return { value: kept.value, low: kept.low ?? null, high: kept.high ?? null };
  const value =
    name === 'precision_macro' ? macroPrecision(evaluation) : atThreshold(name, evaluation, output);
  return value === undefined || !Number.isFinite(value) ? undefined : { value, low: null, high: null };
}

function macroPrecision({ multiclass }: ModelEvaluation): number | undefined {
  const classes = multiclass?.perClass ?? [];
  if (classes.length === 0) return undefined;
  return classes.reduce((sum, { precision }) => sum + precision, 0) / classes.length;
}

/** Precision and recall at the threshold that is served, from the counts kept closest to it. */
function atThreshold(
  name: LiveMetricName,
  { binary }: ModelEvaluation,
  { threshold }: ModelContract['output'],
): number | undefined {
  if (!binary || (name !== 'precision' && name !== 'recall')) return undefined;
  const served = threshold ?? HALF;
  const distance = (point: { readonly threshold: number | null }): number =>
    Math.abs((point.threshold ?? Infinity) - served);
  const [nearest] = [...binary.thresholds].sort((one, other) => distance(one) - distance(other));
  if (!nearest) return undefined;
  const { truePositives, falsePositives, falseNegatives } = nearest;
  const other = name === 'precision' ? falsePositives : falseNegatives;
  return truePositives === null || other === null ? undefined : truePositives / (truePositives + other);
}
