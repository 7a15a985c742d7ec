import type { CheckFinding } from '../../platform/facts/model-check-registry.js';
import { estimateOf, modelChecks } from '../model-checks.js';
import type { ModelVersionEntity } from '../model.entity.js';

/** What was measured about a version outside its own documents. */
export interface Measured {
  /** Time of the winner to predict one row, milliseconds; null when nobody measured it. */
  readonly predictMsPerRow: number | null;
  readonly reproduction: 'identical' | 'within_tolerance' | 'different' | null;
}

/** Checks that need nothing but the version itself and its limits. */
export function ownChecks(
  version: ModelVersionEntity,
  measured: Measured,
  limits: { readonly latencyMs: number | null; readonly holdoutRows: number | null },
): CheckFinding[] {
  return [
    artifactCheck(version),
    baselineCheck(version),
    latencyCheck(measured.predictMsPerRow, limits.latencyMs),
    agreementCheck(version),
    rowsCheck(version.evaluation.holdout.rows, limits.holdoutRows),
    reproducedCheck(measured.reproduction),
  ];
}

function artifactCheck(version: ModelVersionEntity): CheckFinding {
  const found = modelChecks(version).find(({ code }) => code === 'artifact');
  return {
    code: 'artifact',
    label: 'Artifact is what was made',
    state: found?.status === 'passed' ? 'ok' : 'failed',
    detail: found?.detail ?? 'The artifact was not checked.',
  };
}

function baselineCheck({ evaluation }: ModelVersionEntity): CheckFinding {
  const check = { code: 'baseline', label: 'Better than always guessing' };
  const own = estimateOf(evaluation);
  const baseline = evaluation.baseline?.holdoutScore ?? null;
  if (!own || baseline === null)
    return { ...check, state: 'not-applicable', detail: 'The baseline was not judged on held-out rows.' };
  const { greaterIsBetter } = evaluation.metric;
  const worstCase = greaterIsBetter ? (own.low ?? own.value) : (own.high ?? own.value);
  const isBetter = (value: number): boolean => (greaterIsBetter ? value > baseline : value < baseline);
  const figures = `${shown(own.value)} against ${shown(baseline)} on held-out rows`;
  const numbers = { value: own.value, low: own.low ?? null, high: own.high ?? null, baseline };
  if (isBetter(worstCase))
    return { ...check, state: 'ok', detail: `${figures}; the whole 95 % interval is better.`, numbers };
  const why = isBetter(own.value) ? ', but chance could explain the difference.' : ': not better.';
  return { ...check, state: 'failed', detail: `${figures}${why}`, numbers };
}

function latencyCheck(value: number | null, limit: number | null): CheckFinding {
  const check = { code: 'latency', label: 'Fast enough', numbers: { value, limit } };
  if (limit === null)
    return {
      ...check,
      state: 'not-applicable',
      detail: 'No budget for the time of a prediction is set in the policy.',
    };
  if (value === null)
    return { ...check, state: 'failed', detail: 'The time of a prediction was not measured.' };
  return {
    ...check,
    state: value <= limit ? 'ok' : 'failed',
    detail: `${shown(value)} ms a row; the budget is ${shown(limit)} ms.`,
  };
}

function agreementCheck({ evaluation }: ModelVersionEntity): CheckFinding {
  const check = { code: 'agreement', label: 'Hold-out agrees with cross-validation' };
  const own = estimateOf(evaluation);
  const { mean, std } = evaluation.crossValidation;
  if (!own)
    return { ...check, state: 'not-applicable', detail: 'The metric was not evaluated on held-out rows.' };
  const interval = Math.abs((own.high ?? own.value) - (own.low ?? own.value)) / 2;
  const isNear = Math.abs(own.value - mean) <= interval + 2 * std;
  return {
    ...check,
    state: isNear ? 'ok' : 'failed',
    detail: `${shown(own.value)} on held-out rows, ${shown(mean)} ± ${shown(std)} over the folds.`,
    numbers: { value: own.value, mean, std },
  };
}

function rowsCheck(rows: number, limit: number | null): CheckFinding {
  const check = { code: 'holdout-rows', label: 'Enough held-out rows', numbers: { rows, limit } };
  if (limit === null)
    return { ...check, state: 'not-applicable', detail: 'The policy asks for no number of held-out rows.' };
  const counted = `${rows.toLocaleString('en')} rows were held out`;
  return rows >= limit
    ? { ...check, state: 'ok', detail: `${counted}.` }
    : { ...check, state: 'failed', detail: `${counted}; the policy asks for ${limit.toLocaleString('en')}.` };
}

function reproducedCheck(verdict: Measured['reproduction']): CheckFinding {
  const check = { code: 'reproduced', label: 'Comes out again when trained again' };
  switch (verdict) {
    case 'identical':
      return { ...check, state: 'ok', detail: 'Trained again from its manifest, it predicted the same.' };
    case 'within_tolerance':
      return { ...check, state: 'ok', detail: 'Trained again, its score stayed within the tolerance.' };
    case 'different':
      return { ...check, state: 'failed', detail: 'Trained again from its manifest, it came out different.' };
    case null:
      return { ...check, state: 'failed', detail: 'It was not trained again yet.' };
  }
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
