import type { LiveMetric, Performance } from './performance.dto.js';
import type { Totals } from './performance.repository.js';

type Light = Performance['light'];

/** The main figure decides while it is known; any other one can make it worse. */
export function worstLight(metrics: readonly LiveMetric[]): Light {
  if (metrics.every(({ light }) => light === 'not-enough-data')) return 'not-enough-data';
  return metrics.some(({ light }) => light === 'worse') ? 'worse' : 'as-held-out';
}

const NAMES: Readonly<Record<string, string>> = {
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  roc_auc: 'the area under the curve',
  log_loss: 'log loss',
  precision_macro: 'precision',
  recall_macro: 'recall',
  f1_macro: 'F1',
  mae: 'the mean error',
  rmse: 'RMSE',
  r2: 'R²',
};

const number = (value: number): string =>
  value.toLocaleString(
    'en-GB',
    value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  );

export function sentenceOf({
  metrics,
  totals,
  neededRows,
  unit,
}: {
  readonly metrics: readonly LiveMetric[];
  readonly totals: Totals;
  readonly neededRows: number;
  readonly unit: string | null;
}): string {
  const judged = totals.labelled - totals.abstained;
  if (judged < neededRows)
    return judged === 0
      ? `No outcome is known yet; ${neededRows} are needed before figures say anything.`
      : `${judged === 1 ? '1 outcome is' : `${judged} outcomes are`} known; ${neededRows} are needed before figures say anything.`;
  const result = resultWords(metrics, judged, unit);
  const worse = metrics.filter(({ light }) => light === 'worse').map(({ name }) => NAMES[name] ?? name);
  if (worse.length > 0) return `${result} Clearly worse than on held-out rows: ${worse.join(', ')}.`;
  return metrics.some(({ holdout }) => holdout)
    ? `${result} Nothing is clearly worse than on held-out rows.`
    : result;
}

function resultWords(metrics: readonly LiveMetric[], judged: number, unit: string | null): string {
  const rows = judged.toLocaleString('en-GB');
  const accuracy = metrics.find(({ name }) => name === 'accuracy')?.value;
  if (accuracy !== undefined && accuracy !== null)
    return `Right on ${number(accuracy * 100)} of 100 predictions, by ${rows} known outcomes.`;
  const error = metrics.find(({ name }) => name === 'mae')?.value;
  return error === undefined || error === null
    ? `${rows} outcomes are known.`
    : `Off by ${number(error)}${unit === null ? '' : ` ${unit}`} on average, by ${rows} known outcomes.`;
}
