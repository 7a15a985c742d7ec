import { CONTINUE_FROM, type CandidateRecipe, type RunSpec } from '@modelwright/contracts';
import type { RunEntity } from './run.entity.js';

export const DATASET_IN_CONTAINER = '/data/dataset.parquet';

/** Whether a run goes on from what its parent's search knew. */
export function continuesSearch(run: RunEntity): run is RunEntity & { parentRunId: string } {
  return run.origin === 'extend' && run.parentRunId !== null;
}

/** The one recipe that a run of kind `fixed` fits; null for others. */
export function recipeOf({ plan: { recipe } }: RunEntity): CandidateRecipe | null {
  if (!recipe) return null;
  return { ...recipe, hyperparameters: { ...recipe.hyperparameters } };
}

/** What the trainer is asked to do. The same row always gives the same specification. */
export function specOf(run: RunEntity): RunSpec {
  const { plan } = run;
  return {
    schemaVersion: 1,
    runId: run.id,
    datasetPath: DATASET_IN_CONTAINER,
    dataSha256: run.dataSha256,
    target: run.target,
    task: run.task,
    metric: run.metric,
    budgetSeconds: run.budgetSeconds,
    seed: run.seed,
    validation: { ...plan.validation },
    holdoutFraction: plan.holdoutFraction,
    columns: [...plan.columns],
    excludedColumns: plan.excluded.map(({ column, reason }) => ({ name: column, reason })),
    families: [...plan.families],
    limits: { ...plan.limits },
    engine: plan.engine ?? 'builtin',
    classWeights: plan.classWeights ?? null,
    costMatrix: plan.costMatrix ?? null,
    latencyBudgetMs: plan.latencyBudgetMs ?? null,
    mode: run.kind,
    recipe: recipeOf(run),
    study: plan.study ? { ...plan.study, baseHyperparameters: { ...plan.study.baseHyperparameters } } : null,
    continueFrom: continuesSearch(run) ? CONTINUE_FROM : null,
  };
}

/** Everything that decides what a run makes, sealed when it was started: enough to do it again. */
export interface SealedRun {
  readonly runId: string;
  readonly runName: string;
  readonly createdAt: string;
  readonly dataset: {
    /** Null once the dataset was deleted. */
    readonly id: string | null;
    readonly versionId: string | null;
    readonly name: string;
    readonly versionNumber: number;
    readonly sha256: string;
    readonly rows: number;
  };
  readonly spec: RunSpec;
  /** Content id of the runtime image; null for a run that has not begun or was made by an older version. */
  readonly imageDigest: string | null;
  readonly runtimeVersion: string | null;
  /** Hash of what the image was built from, its lock file included. */
  readonly lockHash: string | null;
  readonly seed: number;
  readonly limits: RunSpec['limits'];
}

export function sealedRun(run: RunEntity): SealedRun {
  const spec = specOf(run);
  return {
    runId: run.id,
    runName: run.name,
    createdAt: run.createdAt.toISOString(),
    dataset: {
      id: run.datasetId,
      versionId: run.datasetVersionId,
      name: run.datasetName,
      versionNumber: run.versionNumber,
      sha256: run.dataSha256,
      rows: run.dataRows,
    },
    spec,
    imageDigest: run.image?.imageId ?? null,
    runtimeVersion: run.image?.runtimeVersion ?? null,
    lockHash: run.image?.lockHash ?? null,
    seed: run.seed,
    limits: spec.limits,
  };
}
