import type { CheckFinding } from '../../platform/facts/model-check-registry.js';
import {
  agreementFinding,
  artifactFinding,
  baselineFinding,
  rowsFinding,
  shownAmount,
} from '../model-checks.js';
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
    artifactFinding(version),
    baselineFinding(version.evaluation),
    latencyCheck(measured.predictMsPerRow, limits.latencyMs),
    agreementFinding(version.evaluation),
    rowsFinding(version.evaluation, limits.holdoutRows),
    reproducedCheck(measured.reproduction),
  ];
}

function latencyCheck(value: number | null, limit: number | null): CheckFinding {
  const check = { code: 'latency', label: 'Fast enough', numbers: { value, limit } };
  if (limit === null)
    return {
      ...check,
      state: 'not-applicable',
      detail: 'The rules set no budget for the time of a prediction.',
    };
  if (value === null)
    return { ...check, state: 'not-tried', detail: 'The time of a prediction was not measured.' };
  return {
    ...check,
    state: value <= limit ? 'ok' : 'failed',
    detail: `${shownAmount(value)} ms a row; the budget is ${shownAmount(limit)} ms.`,
  };
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
      return { ...check, state: 'not-tried', detail: 'It was not trained again yet.' };
  }
}
