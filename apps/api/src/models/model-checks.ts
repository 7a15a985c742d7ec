import type { ModelEvaluation } from '@modelwright/contracts';
import type { CheckFinding } from '../platform/facts/model-check-registry.js';
import type { ModelCheck } from './model.dto.js';
import type { ModelVersionEntity } from './model.entity.js';

/** Below so many held-out rows a figure is rough. */
export const ENOUGH_HOLDOUT_ROWS = 100;

/** What can be said about a version without looking at its data again; the checks before promotion say the same. */
export function modelChecks(version: ModelVersionEntity): ModelCheck[] {
  const findings = [
    artifactFinding(version),
    baselineFinding(version.evaluation),
    agreementFinding(version.evaluation),
    rowsFinding(version.evaluation, ENOUGH_HOLDOUT_ROWS),
  ];
  return findings.map(({ code, label, detail, state }) => ({
    code,
    label,
    detail,
    status: state === 'ok' ? 'passed' : isRefuted(code, version.evaluation) ? 'failed' : 'warning',
  }));
}

/** What fails for sure; the rest could be chance, or could not be looked at. */
function isRefuted(code: string, evaluation: ModelEvaluation): boolean {
  if (code !== 'baseline') return code === 'artifact';
  const value = estimateOf(evaluation)?.value;
  const baseline = evaluation.baseline?.holdoutScore;
  return value !== undefined && baseline != null && !isBetter(evaluation, value, baseline);
}

export function artifactFinding({ manifest, artifactSha256 }: ModelVersionEntity): CheckFinding {
  const named = manifest.files.some((file) => file.sha256 === artifactSha256);
  return {
    code: 'artifact',
    label: 'Artifact is what was made',
    state: named ? 'ok' : 'failed',
    detail: `Its SHA-256 is ${named ? 'the one in its manifest' : 'not in its manifest'}.`,
  };
}

export function baselineFinding(evaluation: ModelEvaluation): CheckFinding {
  const check = { code: 'baseline', label: 'Better than always guessing' };
  const own = estimateOf(evaluation);
  const baseline = evaluation.baseline?.holdoutScore ?? null;
  if (!own || baseline === null)
    return { ...check, state: 'not-applicable', detail: 'The baseline was not judged on held-out rows.' };
  const { greaterIsBetter } = evaluation.metric;
  const worstCase = greaterIsBetter ? (own.low ?? own.value) : (own.high ?? own.value);
  const figures = `${shown(own.value)} against ${shown(baseline)} on held-out rows`;
  const numbers = { value: own.value, low: own.low ?? null, high: own.high ?? null, baseline };
  if (numbers.low === null)
    return {
      ...check,
      state: 'failed',
      detail: `${figures}; ${evaluation.holdout.rows} rows are too few to tell it from chance.`,
      numbers,
    };
  if (isBetter(evaluation, worstCase, baseline))
    return { ...check, state: 'ok', detail: `${figures}; the whole 95 % interval is better.`, numbers };
  const why = isBetter(evaluation, own.value, baseline)
    ? ', but chance could explain the difference.'
    : ': not better.';
  return { ...check, state: 'failed', detail: `${figures}${why}`, numbers };
}

/** A hold-out far from the folds means that rows differ, or that something leaked between them. */
export function agreementFinding(evaluation: ModelEvaluation): CheckFinding {
  const check = { code: 'agreement', label: 'Hold-out agrees with cross-validation' };
  const own = estimateOf(evaluation);
  const { mean, std, folds } = evaluation.crossValidation;
  if (folds === 0) return { ...check, state: 'not-applicable', detail: 'It was not cross-validated here.' };
  if (!own)
    return { ...check, state: 'not-applicable', detail: 'The metric was not evaluated on held-out rows.' };
  const interval = Math.abs((own.high ?? own.value) - (own.low ?? own.value)) / 2;
  const isNear = Math.abs(own.value - mean) <= interval + 2 * std;
  return {
    ...check,
    state: isNear ? 'ok' : 'failed',
    detail: `${shown(own.value)} on held-out rows, ${shown(mean)}${std > NOISE ? ` ± ${shown(std)}` : ''} over the folds.`,
    numbers: { value: own.value, mean, std },
  };
}

/** @param least rows below which the figures are too rough; null when nobody asks for any number */
export function rowsFinding({ holdout: { rows } }: ModelEvaluation, least: number | null): CheckFinding {
  const check = { code: 'holdout-rows', label: 'Enough held-out rows', numbers: { rows, limit: least } };
  if (least === null)
    return { ...check, state: 'not-applicable', detail: 'The rules ask for no number of held-out rows.' };
  const counted = `${rows.toLocaleString('en')} rows were held out`;
  return rows >= least
    ? { ...check, state: 'ok', detail: `${counted}.` }
    : {
        ...check,
        state: 'failed',
        detail: `${counted}; below ${least.toLocaleString('en')} the figures are rough.`,
      };
}

export function estimateOf({ metric, holdout }: ModelEvaluation) {
  return holdout.metrics.find((estimate) => estimate.name === metric.name);
}

const NOISE = 1e-12;

/** A score in a sentence, with as many decimals as scores have everywhere; what rounding left of a zero is zero. */
export function shown(value: number): string {
  const size = Math.abs(value);
  if (size < NOISE) return '0';
  // So many decimals would leave nothing of them to be compared.
  if (size < 0.01) return shownAmount(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** An amount in a sentence, as of milliseconds: four significant digits. */
export function shownAmount(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

function isBetter({ metric }: ModelEvaluation, value: number, other: number): boolean {
  return metric.greaterIsBetter ? value > other : value < other;
}
