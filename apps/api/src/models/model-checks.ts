import type { ModelEvaluation } from '@modelwright/contracts';
import type { ModelCheck } from './model.dto.js';
import type { ModelVersionEntity } from './model.entity.js';

/** What can be said about a version without looking at its data again. */
export function modelChecks(version: ModelVersionEntity): ModelCheck[] {
  return [
    artifactCheck(version),
    baselineCheck(version.evaluation),
    agreementCheck(version.evaluation),
    sizeCheck(version.evaluation),
  ];
}

function artifactCheck({ manifest, artifactSha256 }: ModelVersionEntity): ModelCheck {
  const named = manifest.files.some((file) => file.sha256 === artifactSha256);
  return {
    code: 'artifact',
    label: 'Artifact is what the trainer wrote',
    status: named ? 'passed' : 'failed',
    detail: named
      ? 'Its SHA-256 is the one in the manifest of the run.'
      : 'Its SHA-256 is not in the manifest of the run.',
  };
}

function baselineCheck(evaluation: ModelEvaluation): ModelCheck {
  const check = { code: 'baseline', label: 'Better than always guessing' };
  const own = estimateOf(evaluation);
  const baseline = evaluation.baseline?.holdoutScore;
  if (own === undefined || baseline == null)
    return { ...check, status: 'warning', detail: 'The baseline was not evaluated on the hold-out.' };
  const worstCase = evaluation.metric.greaterIsBetter ? (own.low ?? own.value) : (own.high ?? own.value);
  const better = (value: number): boolean =>
    evaluation.metric.greaterIsBetter ? value > baseline : value < baseline;
  const figures = `${shown(own.value)} against ${shown(baseline)} on the hold-out`;
  if (better(worstCase))
    return { ...check, status: 'passed', detail: `${figures}, and the whole 95 % interval is better.` };
  if (better(own.value))
    return { ...check, status: 'warning', detail: `${figures}, but chance could explain the difference.` };
  return { ...check, status: 'failed', detail: `${figures}: not better.` };
}

/** A hold-out far from the folds means that rows differ, or that something leaked between them. */
function agreementCheck(evaluation: ModelEvaluation): ModelCheck {
  const check = { code: 'agreement', label: 'Hold-out agrees with cross-validation' };
  const own = estimateOf(evaluation);
  const { mean, std, folds } = evaluation.crossValidation;
  if (folds === 0) return { ...check, status: 'warning', detail: 'It was not cross-validated here.' };
  if (own === undefined)
    return { ...check, status: 'warning', detail: 'The metric was not evaluated on the hold-out.' };
  const interval = Math.abs((own.high ?? own.value) - (own.low ?? own.value)) / 2;
  const apart = Math.abs(own.value - mean);
  const detail = `${shown(own.value)} on the hold-out, ${shown(mean)} ± ${shown(std)} over the folds.`;
  return { ...check, status: apart <= interval + 2 * std ? 'passed' : 'warning', detail };
}

function sizeCheck({ holdout }: ModelEvaluation): ModelCheck {
  const enough = holdout.rows >= 100;
  return {
    code: 'holdout-size',
    label: 'Enough held-out rows',
    status: enough ? 'passed' : 'warning',
    detail: enough
      ? `${holdout.rows.toLocaleString('en')} rows were held out.`
      : `Only ${holdout.rows} rows were held out, so the figures are rough.`,
  };
}

export function estimateOf({ metric, holdout }: ModelEvaluation) {
  return holdout.metrics.find((estimate) => estimate.name === metric.name);
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
