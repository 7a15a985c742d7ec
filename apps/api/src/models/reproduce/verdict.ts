import type { ModelEnvironment } from '@modelwright/contracts';
import type { HoldoutTable } from '../registry/holdout-reader.js';

export const VERDICTS = ['identical', 'within_tolerance', 'different', 'cancelled'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const DIFFERENCE_KINDS = [
  'data',
  'image',
  'runtime',
  'library',
  'limits',
  'run',
  'rows',
  'predictions',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface Difference {
  readonly kind: DifferenceKind;
  /** What it was and what it is now, in one sentence. */
  readonly detail: string;
}

/** The figures behind a verdict. Scores are in units of the metric. */
export interface ReproductionFindings {
  readonly metric: string;
  readonly originalScore: number | null;
  readonly reproducedScore: number | null;
  /** Largest difference of scores that counts as the same. */
  readonly tolerance: number | null;
  readonly rowsCompared: number;
  /** Largest difference of a predicted number or probability; null when rows could not be compared. */
  readonly maxPredictionDifference: number | null;
  /** Rows for which another class, or another number, was predicted. */
  readonly changedPredictions: number | null;
  readonly differences: readonly Difference[];
}

/** Half a per cent of the score: well below what another split of the same rows does to it. */
export const RELATIVE_TOLERANCE = 0.005;

/** What a training was made with; null where it was not sealed. */
export interface MadeWith {
  readonly imageDigest: string | null;
  readonly runtimeVersion: string | null;
  readonly lockHash: string | null;
  readonly dataSha256: string;
  readonly limits: { readonly memoryMb: number; readonly cpus: number };
  readonly environment: Pick<ModelEnvironment, 'python' | 'packages'>;
}

/** What differs between two trainings that ought to be the same. */
export function differencesOf(before: MadeWith, after: MadeWith): Difference[] {
  const found: Difference[] = [];
  const compare = (kind: DifferenceKind, what: string, was: string | null, is: string | null): void => {
    if (was !== null && is !== null && was !== is)
      found.push({ kind, detail: `${what} was ${short(was)}, now it is ${short(is)}.` });
  };
  compare('data', 'The data hash', before.dataSha256, after.dataSha256);
  compare('image', 'The runtime image', before.imageDigest, after.imageDigest);
  compare('image', 'What the image was built from', before.lockHash, after.lockHash);
  compare('runtime', 'The trainer', before.runtimeVersion, after.runtimeVersion);
  compare('runtime', 'Python', before.environment.python, after.environment.python);
  for (const name of Object.keys({ ...before.environment.packages, ...after.environment.packages }))
    compare(
      'library',
      name,
      before.environment.packages[name] ?? 'not there',
      after.environment.packages[name] ?? 'not there',
    );
  compare('limits', 'Cores', String(before.limits.cpus), String(after.limits.cpus));
  compare('limits', 'Memory in MiB', String(before.limits.memoryMb), String(after.limits.memoryMb));
  return found;
}

/** The predictions of the same rows, side by side. */
export interface Agreement {
  readonly sameRows: boolean;
  readonly rowsCompared: number;
  readonly maxPredictionDifference: number | null;
  readonly changedPredictions: number | null;
}

/** Tables whose file is the same to the byte need not be read. */
export function sameFile(rows: number): Agreement {
  return { sameRows: true, rowsCompared: rows, maxPredictionDifference: 0, changedPredictions: 0 };
}

export function agreementOf(before: HoldoutTable, after: HoldoutTable): Agreement {
  const sameRows =
    before.rows.length === after.rows.length &&
    before.isCut === after.isCut &&
    before.rows.every((row, place) => row === after.rows[place]);
  if (!sameRows)
    return {
      sameRows,
      rowsCompared: 0,
      maxPredictionDifference: null,
      changedPredictions: null,
    };
  let largest = 0;
  const widen = (one: unknown, other: unknown): void => {
    if (Object.is(one, other)) return;
    const apart = Math.abs(Number(one) - Number(other));
    largest = Math.max(largest, Number.isFinite(apart) ? apart : Infinity);
  };
  for (const [label, values] of before.probabilities)
    values.forEach((value, place) => widen(value, after.probabilities.get(label)?.[place]));
  if (before.probabilities.size === 0)
    before.predicted.forEach((value, place) => widen(value, after.predicted[place]));
  return {
    sameRows,
    rowsCompared: before.rows.length,
    maxPredictionDifference: largest,
    changedPredictions: before.predicted.filter((value, place) => !Object.is(value, after.predicted[place]))
      .length,
  };
}

/**
 * Identical: every held-out prediction is the same bit for bit. Within tolerance: the scores differ by at most half a
 * per cent of the first. Different: anything else.
 */
export function verdictOf(
  metric: string,
  scores: { readonly original: number | null; readonly reproduced: number | null },
  agreement: Agreement,
  differences: readonly Difference[],
): { verdict: Exclude<Verdict, 'cancelled'>; findings: ReproductionFindings } {
  const { original, reproduced } = scores;
  const tolerance = original === null ? null : Math.abs(original) * RELATIVE_TOLERANCE;
  const apart = original === null || reproduced === null ? null : Math.abs(original - reproduced);
  const { sameRows, rowsCompared, maxPredictionDifference, changedPredictions } = agreement;
  const own: Difference[] = [];
  if (!sameRows) own.push({ kind: 'rows', detail: 'Other rows were held out.' });
  const isIdentical = sameRows && maxPredictionDifference === 0 && changedPredictions === 0;
  const isNear = sameRows && apart !== null && tolerance !== null && apart <= tolerance;
  if (sameRows && !isIdentical)
    own.push({
      kind: 'predictions',
      detail: `${(changedPredictions ?? 0).toLocaleString('en')} of ${rowsCompared.toLocaleString('en')} held-out rows got another prediction.`,
    });
  return {
    verdict: isIdentical ? 'identical' : isNear ? 'within_tolerance' : 'different',
    findings: {
      metric,
      originalScore: original,
      reproducedScore: reproduced,
      tolerance,
      rowsCompared,
      maxPredictionDifference: finite(maxPredictionDifference),
      changedPredictions,
      differences: [...differences, ...own],
    },
  };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Hashes are told apart by their beginnings. */
function short(value: string): string {
  return /^(sha256:)?[0-9a-f]{64}$/.test(value)
    ? value.slice(0, value.startsWith('sha256:') ? 19 : 12)
    : value;
}
