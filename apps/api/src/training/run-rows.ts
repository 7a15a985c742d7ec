import type { CandidateRecipe, RunClass, RunKind, RunOrigin, StudySpec } from '@modelwright/contracts';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import type { RunPlan } from './plan/run-plan.js';
import type { TrainingTable } from './plan/training-table.js';
import type { RunEntity } from './run.entity.js';

/** How a run came about. */
export interface RunProvenance {
  readonly origin: RunOrigin;
  readonly parentRunId: string | null;
  readonly parentCandidateId?: string | null;
}

export const MANUAL: RunProvenance = { origin: 'manual', parentRunId: null };

/** The row of a run that is planned from a request. */
export function newRun(
  id: string,
  scope: ProjectScope,
  table: TrainingTable,
  plan: RunPlan,
  { name, provenance }: { name: string; provenance: RunProvenance },
): RunEntity {
  const { target, task, metric, validation } = plan;
  if (task === null || metric === null || validation === null)
    throw new Error('A plan without blockers has a task, a metric and a validation.');
  return {
    ...blank(id, scope),
    name,
    datasetId: table.datasetId,
    datasetVersionId: table.datasetVersionId,
    datasetName: table.datasetName,
    versionNumber: table.versionNumber,
    dataSha256: table.parquetSha256,
    dataRows: table.rows,
    target,
    task,
    metric: metric.name,
    preset: plan.preset,
    budgetSeconds: plan.budgetSeconds,
    seed: plan.seed,
    plan: {
      validation,
      holdoutFraction: plan.holdoutFraction,
      columns: plan.columns,
      excluded: plan.excluded,
      families: plan.families,
      limits: plan.limits,
      engine: plan.engine,
      classWeights: plan.classWeights,
      costMatrix: plan.costMatrix,
      latencyBudgetMs: plan.latencyBudgetMs,
    },
    runClass: plan.runClass,
    warnings: [...plan.warnings],
    origin: provenance.origin,
    parentRunId: provenance.parentRunId,
    parentCandidateId: provenance.parentCandidateId ?? null,
  };
}

export interface Repetition extends RunProvenance {
  readonly name: string;
  readonly kind: RunKind;
  readonly budgetSeconds: number;
  readonly runClass: RunClass;
  /** What to fit, for kind `fixed`. */
  readonly recipe?: CandidateRecipe | null;
  /** What to tune, for kind `study`; as the parent does if left out. */
  readonly study?: StudySpec | null;
}

/** The row of a run on exactly what another one was asked for: the same rows, folds, columns and seed. */
export function repeatedRun(
  id: string,
  scope: ProjectScope,
  parent: RunEntity,
  change: Repetition,
): RunEntity {
  const same = change.budgetSeconds === parent.budgetSeconds;
  return {
    ...blank(id, scope),
    name: change.name,
    datasetId: parent.datasetId,
    datasetVersionId: parent.datasetVersionId,
    datasetName: parent.datasetName,
    versionNumber: parent.versionNumber,
    dataSha256: parent.dataSha256,
    dataRows: parent.dataRows,
    target: parent.target,
    task: parent.task,
    metric: parent.metric,
    preset: same ? parent.preset : 'custom',
    budgetSeconds: change.budgetSeconds,
    seed: parent.seed,
    plan: {
      ...parent.plan,
      recipe: change.recipe ?? null,
      study: change.kind === 'study' ? (change.study ?? parent.plan.study ?? null) : null,
    },
    runClass: change.runClass,
    warnings: parent.warnings.filter(({ code }) => !OF_ONE_RUN.includes(code)),
    kind: change.kind,
    origin: change.origin,
    parentRunId: change.parentRunId,
    parentCandidateId: change.parentCandidateId ?? null,
  };
}

/** Warnings that tell of what happened to one run, not of what was asked. */
const OF_ONE_RUN = ['unreadable-events', 'paused-too-long'];

type Blank = Omit<
  RunEntity,
  | 'name'
  | 'datasetId'
  | 'datasetVersionId'
  | 'datasetName'
  | 'versionNumber'
  | 'dataSha256'
  | 'dataRows'
  | 'target'
  | 'task'
  | 'metric'
  | 'preset'
  | 'budgetSeconds'
  | 'seed'
  | 'plan'
  | 'runClass'
>;

/** A run that waits and about which nothing is known yet. */
function blank(id: string, scope: ProjectScope): Blank {
  const now = new Date();
  return {
    id,
    projectId: scope.projectId,
    kind: 'search',
    origin: 'manual',
    parentRunId: null,
    parentCandidateId: null,
    status: 'queued',
    stage: 'queue',
    stages: [
      { stage: 'queue', status: 'started', startedAt: now.toISOString(), seconds: null, detail: null },
    ],
    warnings: [],
    failure: null,
    generation: 0,
    lastSeq: 0,
    eventOffset: 0,
    bestScore: null,
    bestCandidateId: null,
    baselineScore: null,
    holdoutScore: null,
    winnerCandidateId: null,
    candidatesDone: 0,
    candidatesTotal: 0,
    pauseRequestedAt: null,
    continueRequestedAt: null,
    pausedAt: null,
    pausedSeconds: 0,
    holdoutOpenedAt: null,
    image: null,
    peakMemoryMb: null,
    clockSeconds: null,
    clockAt: null,
    createdBy: scope.userId,
    createdAt: now,
    updatedAt: now,
    admittedAt: null,
    startedAt: null,
    finishedAt: null,
    stopRequestedAt: null,
    cancelRequestedAt: null,
    watchedAt: null,
  };
}
