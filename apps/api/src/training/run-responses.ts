import { metricNamed } from '@modelwright/contracts';
import type { RunPlan, RunLimits } from './plan/run-plan.js';
import type { TrainingTable } from './plan/training-table.js';
import type { EngineChoice, RunPreviewResponse } from './create-run.dto.js';
import type { ModelLink } from './run-outputs.js';
import type { RunResponse } from './run.dto.js';
import type { RunEntity } from './run.entity.js';
import { isTerminal } from './run-status.js';
import { pausedSecondsOf } from './supervise/pauses.js';

/** The run that another one extends, repeats or took a candidate from. */
export interface RunParent {
  readonly name: string;
  readonly status: RunEntity['status'];
  readonly winnerCandidateId: string | null;
  readonly bestScore: number | null;
  readonly holdoutScore: number | null;
}

interface RunSurroundings {
  readonly createdBy: string | null;
  readonly queuePosition: number | null;
  readonly model: ModelLink | undefined;
  readonly parent: RunParent | undefined;
  readonly canExtend: boolean;
  readonly holdoutOpenings: RunResponse['holdoutOpenings'];
}

export function toRunResponse(run: RunEntity, around: RunSurroundings, now = new Date()): RunResponse {
  const { plan } = run;
  return {
    id: run.id,
    projectId: run.projectId,
    name: run.name,
    datasetId: run.datasetId,
    datasetName: run.datasetName,
    datasetVersionId: run.datasetVersionId,
    versionNumber: run.versionNumber,
    dataSha256: run.dataSha256,
    target: run.target,
    task: run.task,
    metric: toMetricChoice(metricNamed(run.metric)),
    preset: run.preset,
    budgetSeconds: run.budgetSeconds,
    elapsedSeconds: elapsedSeconds(run, now),
    status: run.status,
    stage: isTerminal(run.status) ? null : run.stage,
    stages: run.stages,
    queuePosition: run.status === 'queued' ? around.queuePosition : null,
    bestScore: run.bestScore,
    bestCandidateId: run.bestCandidateId,
    baselineScore: run.baselineScore,
    holdoutScore: run.holdoutScore,
    candidatesDone: run.candidatesDone,
    candidatesTotal: run.candidatesTotal,
    winnerCandidateId: run.status === 'succeeded' ? run.winnerCandidateId : null,
    modelId: around.model?.modelId ?? null,
    modelVersionId: around.model?.modelVersionId ?? null,
    failure: run.failure,
    rows: run.dataRows,
    seed: run.seed,
    validation: { ...plan.validation, repeats: plan.validation.repeats ?? 1 },
    holdoutFraction: plan.holdoutFraction,
    features: plan.columns.filter(({ role }) => role === 'feature').map(({ name }) => name),
    excludedColumns: [...plan.excluded],
    families: [...plan.families],
    warnings: run.warnings,
    limits: { ...plan.limits, maxCandidates: plan.limits.maxCandidates ?? null },
    kind: run.kind,
    origin: run.origin,
    parentRunId: run.parentRunId,
    parentRunName: around.parent?.name ?? null,
    nothingBetter: isNothingBetter(run, around.parent),
    parentCandidateId: run.parentCandidateId,
    class: run.runClass,
    engine: plan.engine ?? 'builtin',
    classWeights: plan.classWeights ?? null,
    costMatrix: plan.costMatrix ?? null,
    latencyBudgetMs: plan.latencyBudgetMs ?? null,
    pausedSeconds: Math.round(pausedSecondsOf(run, now) * 10) / 10,
    pauseRequestedAt: run.pauseRequestedAt?.toISOString() ?? null,
    continueRequestedAt: run.continueRequestedAt?.toISOString() ?? null,
    holdoutOpenedAt: run.holdoutOpenedAt?.toISOString() ?? null,
    holdoutOpenings: around.holdoutOpenings,
    peakMemoryMb: run.peakMemoryMb,
    canExtend: around.canExtend,
    createdBy: around.createdBy,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    stopRequestedAt: run.stopRequestedAt?.toISOString() ?? null,
    cancelRequestedAt: run.cancelRequestedAt?.toISOString() ?? null,
    lastSeq: run.lastSeq,
  };
}

/** An extended run knows all candidates of the one before: what it keeps may be what that one had kept. */
export function isNothingBetter(
  run: Pick<RunEntity, 'origin' | 'status' | 'winnerCandidateId' | 'bestScore' | 'holdoutScore'>,
  parent: RunParent | undefined,
): boolean {
  if (run.origin !== 'extend' || run.status !== 'succeeded' || parent?.status !== 'succeeded') return false;
  return (
    run.winnerCandidateId !== null &&
    run.winnerCandidateId === parent.winnerCandidateId &&
    run.bestScore === parent.bestScore &&
    run.holdoutScore === parent.holdoutScore
  );
}

/** The clock that the trainer obeys, which stands still in pauses; the time since the start until it tells its own. */
function elapsedSeconds(run: RunEntity, now: Date): number {
  if (run.startedAt === null) return 0;
  const round = (seconds: number): number => Math.max(0, Math.round(seconds * 10) / 10);
  if (run.clockSeconds === null || run.clockAt === null) {
    const end = run.finishedAt ?? now;
    return round((end.getTime() - run.startedAt.getTime()) / 1000 - pausedSecondsOf(run, now));
  }
  const isTicking = run.status === 'running' && run.pauseRequestedAt === null;
  return round(run.clockSeconds + (isTicking ? (now.getTime() - run.clockAt.getTime()) / 1000 : 0));
}

function toMetricChoice({ name, label, greaterIsBetter, meaning }: ReturnType<typeof metricNamed>) {
  return { name, label, greaterIsBetter, meaning };
}

export function toPreviewResponse(
  table: TrainingTable,
  plan: RunPlan,
  limits: RunLimits,
  around: { name: string; queueAhead: number; engines: readonly EngineChoice[] },
): RunPreviewResponse {
  return {
    name: around.name,
    datasetVersionId: table.datasetVersionId,
    versionNumber: table.versionNumber,
    target: plan.target,
    targetReason: plan.targetReason,
    task: plan.task,
    taskReason: plan.taskReason,
    classes: plan.classes,
    metric: plan.metric && toMetricChoice(plan.metric),
    metricOptions: plan.metricOptions.map(toMetricChoice),
    validation: plan.validation && { ...plan.validation, repeats: plan.validation.repeats ?? 1 },
    holdoutFraction: plan.holdoutFraction,
    rows: plan.knownRows,
    trainRows: plan.trainRows,
    holdoutRows: plan.holdoutRows,
    features: [...plan.features],
    excluded: [...plan.excluded],
    candidates: [...plan.candidates],
    warnings: [...plan.warnings],
    blockers: [...plan.blockers],
    budgetSeconds: plan.budgetSeconds,
    expectedSeconds: plan.budgetSeconds,
    expectedMemoryMb: plan.expectedMemoryMb,
    limits: {
      ...plan.limits,
      maxMemoryMb: limits.memoryMb,
      maxCpus: limits.cpus,
      maxBudgetSeconds: limits.maxBudgetSeconds,
    },
    engine: plan.engine,
    engines: [...around.engines],
    families: [...plan.availableFamilies],
    classLabels: [...plan.classLabels],
    class: plan.runClass,
    queueAhead: around.queueAhead,
  };
}
