import { createHash } from 'node:crypto';
import type { CandidateState, ModelEvaluation } from '@modelwright/contracts';
import type { RecordedRun } from '../../training/run-history.js';
import type { NamedValue, TrackedRun } from './tracked-run.js';
import { namedNumber, namedText } from './tracking.repository.js';

const MAX_TEXT = 2_000;

export interface TrackedEntry {
  readonly run: TrackedRun;
  readonly values: readonly NamedValue[];
}

/**
 * A training run as rows of the experiments table: the run with the settings of its winner, and each candidate below it.
 * The plain name of a metric is its value on the hold-out; `cv.` before it is the mean over the folds.
 */
export function trackedEntriesOf(
  recorded: RecordedRun,
  experimentId: string,
  userName: string | null,
): TrackedEntry[] {
  const winner = recorded.candidates.find((one) => one.candidateId === recorded.bestCandidateId);
  const run = trackedRun(recorded, experimentId, userName);
  const own = { run, values: valuesOfRun(recorded, winner) };
  if (recorded.finishedAt === null) return [own];
  return [own, ...recorded.candidates.map((candidate) => candidateEntry(recorded, candidate, run))];
}

function trackedRun(recorded: RecordedRun, experimentId: string, userName: string | null): TrackedRun {
  const estimate = recorded.evaluation?.holdout.metrics.find((metric) => metric.name === recorded.metric);
  return {
    id: recorded.id,
    projectId: recorded.projectId,
    experimentId,
    parentId: null,
    kind: 'run',
    candidateId: null,
    name: recorded.name,
    status: recorded.status,
    notes: '',
    task: recorded.task,
    target: recorded.target,
    metric: recorded.metric,
    score: recorded.bestScore,
    scoreLow: estimate?.low ?? null,
    scoreHigh: estimate?.high ?? null,
    baseline: recorded.baselineScore,
    datasetId: recorded.datasetId,
    datasetName: recorded.datasetName,
    datasetVersion: recorded.datasetVersion,
    modelId: recorded.model?.modelId ?? null,
    modelVersionId: recorded.model?.modelVersionId ?? null,
    userName,
    createdBy: recorded.createdBy,
    sourceUpdatedAt: recorded.updatedAt,
    createdAt: recorded.createdAt,
    startedAt: recorded.startedAt,
    endedAt: recorded.finishedAt,
    updatedAt: new Date(),
    deletedAt: null,
  };
}

function valuesOfRun(recorded: RecordedRun, winner: CandidateState | undefined): NamedValue[] {
  const { plan } = recorded;
  return [
    ...holdoutValues(recorded.evaluation, recorded),
    ...(recorded.bestScore === null ? [] : [namedNumber(`cv.${recorded.metric}`, recorded.bestScore)]),
    // Of two values of one name the last one stays: `rows` of a run are its rows, not those that its winner samples.
    ...(winner ? candidateValues(winner) : []),
    ...settings({
      preset: recorded.preset,
      budget_seconds: recorded.budgetSeconds,
      seed: recorded.seed,
      rows: recorded.rows,
      'validation.strategy': plan.validation.strategy,
      'validation.folds': plan.validation.folds,
      holdout_fraction: plan.holdoutFraction,
      features: plan.columns.filter(({ role }) => role === 'feature' || role === 'time').length,
      candidates: recorded.candidates.length,
    }),
  ];
}

function holdoutValues(
  evaluation: ModelEvaluation | null,
  { metric, holdoutScore }: Pick<RecordedRun, 'metric' | 'holdoutScore'>,
): NamedValue[] {
  if (evaluation) return evaluation.holdout.metrics.map(({ name, value }) => namedNumber(name, value));
  return holdoutScore === null ? [] : [namedNumber(metric, holdoutScore)];
}

function candidateEntry(recorded: RecordedRun, candidate: CandidateState, parent: TrackedRun): TrackedEntry {
  const isWinner = candidate.candidateId === recorded.bestCandidateId;
  const score = scoreOf(candidate);
  return {
    run: {
      ...parent,
      id: candidateEntryId(recorded.id, candidate.candidateId),
      parentId: recorded.id,
      kind: 'candidate',
      candidateId: candidate.candidateId,
      name: `${recorded.name} · ${candidate.label}`.slice(0, 300),
      status: candidate.status,
      score,
      scoreLow: score === null ? null : (candidate.low ?? null),
      scoreHigh: score === null ? null : (candidate.high ?? null),
      ...timesOf(recorded, candidate),
      modelId: isWinner ? parent.modelId : null,
      modelVersionId: isWinner ? parent.modelVersionId : null,
    },
    values: [
      ...(score === null ? [] : [namedNumber(`cv.${recorded.metric}`, score)]),
      ...(candidate.holdoutScore == null ? [] : [namedNumber(recorded.metric, candidate.holdoutScore)]),
      ...candidateValues(candidate),
    ],
  };
}

/** Candidates take turns, so the time of one is what its fits took, not what passed until it was done. */
function timesOf(
  recorded: RecordedRun,
  { candidateId, fitSeconds, status }: CandidateState,
): Pick<TrackedRun, 'startedAt' | 'endedAt'> {
  const startedAt = recorded.candidateStarts.get(candidateId);
  if (startedAt && status === 'running') return { startedAt, endedAt: null };
  if (!startedAt || fitSeconds == null) return { startedAt: null, endedAt: null };
  return { startedAt, endedAt: new Date(startedAt.getTime() + fitSeconds * 1000) };
}

/** The mean over some of the folds is no score: a candidate that was given up would stand above complete ones. */
function scoreOf(candidate: CandidateState): number | null {
  return candidate.status === 'succeeded' ? (candidate.score ?? null) : null;
}

function candidateValues(candidate: CandidateState): NamedValue[] {
  const measured: [string, number | null | undefined][] = [
    ['cv.std', scoreOf(candidate) === null ? null : candidate.std],
    ['fit_seconds', candidate.fitSeconds],
    ['predict_ms_per_row', candidate.predictMsPerRow],
    ['size_bytes', candidate.sizeBytes],
  ];
  return [
    ...measured.flatMap(([name, value]) =>
      value == null || !Number.isFinite(value) ? [] : [namedNumber(name, value)],
    ),
    ...settings({ family: candidate.family, model: candidate.label, ...candidate.hyperparameters }),
  ];
}

function settings(values: Readonly<Record<string, unknown>>): NamedValue[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === null || value === undefined || name === '') return [];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [
      namedText(
        'param',
        name.slice(0, 250).replaceAll('\0', ''),
        text.slice(0, MAX_TEXT).replaceAll('\0', ''),
      ),
    ];
  });
}

/** The same candidate has the same id every time it is recorded. */
export function candidateEntryId(runId: string, candidateId: string): string {
  const hex = createHash('sha256').update(`${runId} ${candidateId}`).digest('hex');
  // Form of a version 8 UUID (RFC 9562, 5.8): our own way of making it.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
