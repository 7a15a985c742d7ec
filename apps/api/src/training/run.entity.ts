import type {
  ClassWeights,
  ColumnRole,
  ColumnType,
  CostMatrix,
  Engine,
  Family,
  ModelContract,
  ModelEnvironment,
  ModelEvaluation,
  ModelManifest,
  RunClass,
  RunKind,
  RunOrigin,
  RunStatus,
  StudySpec,
  Task,
} from '@modelwright/contracts';
import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';
import type { Preset } from './create-run.dto.js';
import type { ExcludedColumn } from './plan/column-selection.js';
import type { ValidationChoice } from './plan/validation-choice.js';
import type { RunWarning } from './run.dto.js';

/** Postgres gives bigint as text; ours stay below 2^53. */
const whole: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

/** The part of a plan that is stored: with target and data hash the snapshot of what was asked for (D4). */
export interface StoredPlan {
  readonly validation: ValidationChoice;
  readonly holdoutFraction: number;
  readonly columns: readonly { name: string; type: ColumnType; role: ColumnRole }[];
  readonly excluded: readonly ExcludedColumn[];
  readonly families: readonly Family[];
  readonly limits: {
    readonly memoryMb: number;
    readonly cpus: number;
    readonly maxCandidates?: number | null;
  };
  // Runs of before know none of the following.
  readonly engine?: Engine;
  readonly classWeights?: ClassWeights | null;
  readonly costMatrix?: CostMatrix | null;
  readonly latencyBudgetMs?: number | null;
  /** What a run of kind `fixed` fits. */
  readonly recipe?: { readonly family: string; readonly hyperparameters: object } | null;
  /** What a run of kind `study` tunes. */
  readonly study?: (Omit<StudySpec, 'baseHyperparameters'> & { readonly baseHyperparameters: object }) | null;
}

/** The runtime image that a run was started in. */
export interface RunImage {
  readonly imageId: string | null;
  readonly runtimeVersion: string | null;
  /** Hash of what the image was built from, its lock file included. */
  readonly lockHash: string | null;
}

/** A file of what a search knew at its end. */
export interface SearchStateFile {
  /** Path below the folder. */
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface StageRecord {
  readonly stage: string;
  readonly status: 'started' | 'finished';
  readonly startedAt: string;
  readonly seconds: number | null;
  readonly detail: string | null;
}

export interface FailureRecord {
  readonly stage: string | null;
  readonly reason: string;
  readonly message: string;
  readonly lastLogLines: string[];
}

@Entity('run')
export class RunEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text') name!: string;
  @Column('uuid', { name: 'dataset_id', nullable: true }) datasetId!: string | null;
  @Column('uuid', { name: 'dataset_version_id', nullable: true }) datasetVersionId!: string | null;
  @Column('text', { name: 'dataset_name' }) datasetName!: string;
  @Column('integer', { name: 'version_number' }) versionNumber!: number;
  @Column('text', { name: 'data_sha256' }) dataSha256!: string;
  @Column('bigint', { name: 'data_rows', transformer: whole }) dataRows!: number;
  @Column('text', { nullable: true }) target!: string | null;
  @Column('text') task!: Task;
  @Column('text') metric!: string;
  @Column('text') preset!: Preset;
  @Column('integer', { name: 'budget_seconds' }) budgetSeconds!: number;
  @Column('bigint', { transformer: whole }) seed!: number;
  @Column('jsonb') plan!: StoredPlan;
  @Column('text') status!: RunStatus;
  @Column('text', { nullable: true }) stage!: string | null;
  @Column('jsonb') stages!: StageRecord[];
  @Column('jsonb') warnings!: RunWarning[];
  @Column('jsonb', { nullable: true }) failure!: FailureRecord | null;
  @Column('integer') generation!: number;
  @Column('integer', { name: 'last_seq' }) lastSeq!: number;
  @Column('bigint', { name: 'event_offset', transformer: whole }) eventOffset!: number;
  @Column('double precision', { name: 'best_score', nullable: true }) bestScore!: number | null;
  @Column('text', { name: 'best_candidate_id', nullable: true }) bestCandidateId!: string | null;
  @Column('double precision', { name: 'baseline_score', nullable: true }) baselineScore!: number | null;
  @Column('double precision', { name: 'holdout_score', nullable: true }) holdoutScore!: number | null;
  @Column('text', { name: 'winner_candidate_id', nullable: true }) winnerCandidateId!: string | null;
  @Column('integer', { name: 'candidates_done' }) candidatesDone!: number;
  @Column('integer', { name: 'candidates_total' }) candidatesTotal!: number;
  @Column('text') kind!: RunKind;
  @Column('text') origin!: RunOrigin;
  @Column('uuid', { name: 'parent_run_id', nullable: true }) parentRunId!: string | null;
  @Column('text', { name: 'parent_candidate_id', nullable: true }) parentCandidateId!: string | null;
  @Column('text', { name: 'class' }) runClass!: RunClass;
  @Column('timestamptz', { name: 'pause_requested_at', nullable: true }) pauseRequestedAt!: Date | null;
  @Column('timestamptz', { name: 'continue_requested_at', nullable: true }) continueRequestedAt!: Date | null;
  @Column('timestamptz', { name: 'paused_at', nullable: true }) pausedAt!: Date | null;
  @Column('double precision', { name: 'paused_seconds' }) pausedSeconds!: number;
  @Column('timestamptz', { name: 'holdout_opened_at', nullable: true }) holdoutOpenedAt!: Date | null;
  @Column('jsonb', { nullable: true }) image!: RunImage | null;
  @Column('double precision', { name: 'peak_memory_mb', nullable: true }) peakMemoryMb!: number | null;
  @Column('double precision', { name: 'clock_seconds', nullable: true }) clockSeconds!: number | null;
  @Column('timestamptz', { name: 'clock_at', nullable: true }) clockAt!: Date | null;
  @Column('uuid', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'admitted_at', nullable: true }) admittedAt!: Date | null;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('timestamptz', { name: 'stop_requested_at', nullable: true }) stopRequestedAt!: Date | null;
  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true }) cancelRequestedAt!: Date | null;
  @Column('timestamptz', { name: 'watched_at', nullable: true }) watchedAt!: Date | null;
}

/** What a succeeded run left behind. The bytes are in the artifact store. */
@Entity('run_output')
export class RunOutputEntity {
  @PrimaryColumn('uuid', { name: 'run_id' }) runId!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text', { name: 'model_key' }) modelKey!: string;
  @Column('text', { name: 'model_sha256' }) modelSha256!: string;
  @Column('bigint', { name: 'model_size_bytes', transformer: whole }) modelSizeBytes!: number;
  @Column('text', { name: 'holdout_key', nullable: true }) holdoutKey!: string | null;
  @Column('text', { name: 'holdout_sha256', nullable: true }) holdoutSha256!: string | null;
  @Column('text', { name: 'predictions_key', nullable: true }) predictionsKey!: string | null;
  @Column('text', { name: 'predictions_sha256', nullable: true }) predictionsSha256!: string | null;
  @Column('text', { name: 'recipes_key', nullable: true }) recipesKey!: string | null;
  @Column('text', { name: 'recipes_sha256', nullable: true }) recipesSha256!: string | null;
  @Column('jsonb') contract!: ModelContract;
  @Column('jsonb') evaluation!: ModelEvaluation;
  @Column('jsonb') environment!: ModelEnvironment;
  @Column('jsonb') manifest!: ModelManifest;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}

/** What a search knew when it ended. The bytes are in the artifact store. */
@Entity('run_search_state')
export class RunSearchStateEntity {
  @PrimaryColumn('uuid', { name: 'run_id' }) runId!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('jsonb') files!: SearchStateFile[];
  @Column('bigint', { name: 'size_bytes', transformer: whole }) sizeBytes!: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
