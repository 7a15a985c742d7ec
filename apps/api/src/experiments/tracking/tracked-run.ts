import type { KeyKind } from '../search/fields.js';

export type TrackedKind = 'run' | 'candidate' | 'external';

/** A row of the experiments table. */
export interface TrackedRun {
  readonly id: string;
  readonly projectId: string;
  readonly experimentId: string;
  readonly parentId: string | null;
  readonly kind: TrackedKind;
  readonly candidateId: string | null;
  readonly name: string;
  readonly status: string;
  readonly notes: string;
  readonly task: string | null;
  readonly target: string | null;
  readonly metric: string | null;
  readonly score: number | null;
  readonly scoreLow: number | null;
  readonly scoreHigh: number | null;
  readonly baseline: number | null;
  readonly datasetId: string | null;
  readonly datasetName: string | null;
  readonly datasetVersion: number | null;
  readonly modelId: string | null;
  readonly modelVersionId: string | null;
  readonly userName: string | null;
  readonly createdBy: string | null;
  readonly sourceUpdatedAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
}

/** A metric, parameter or tag with its value; a metric may have a history of which this is one point. */
export interface NamedValue {
  readonly kind: KeyKind;
  readonly name: string;
  readonly number: number | null;
  readonly text: string | null;
  readonly step?: number;
  readonly at?: Date;
}

const COLUMNS: Readonly<Record<keyof TrackedRun, string>> = {
  id: 'id',
  projectId: 'project_id',
  experimentId: 'experiment_id',
  parentId: 'parent_id',
  kind: 'kind',
  candidateId: 'candidate_id',
  name: 'name',
  status: 'status',
  notes: 'notes',
  task: 'task',
  target: 'target',
  metric: 'metric',
  score: 'score',
  scoreLow: 'score_low',
  scoreHigh: 'score_high',
  baseline: 'baseline',
  datasetId: 'dataset_id',
  datasetName: 'dataset_name',
  datasetVersion: 'dataset_version',
  modelId: 'model_id',
  modelVersionId: 'model_version_id',
  userName: 'user_name',
  createdBy: 'created_by',
  sourceUpdatedAt: 'source_updated_at',
  createdAt: 'created_at',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  updatedAt: 'updated_at',
  deletedAt: 'deleted_at',
};

export const TRACKED_COLUMNS = Object.entries(COLUMNS) as [keyof TrackedRun, string][];

/** Reads a whole row under the names of {@link TrackedRun}. */
export const SELECT_TRACKED = TRACKED_COLUMNS.map(([name, column]) => `r.${column} AS "${name}"`).join(', ');

export function columnOf(name: keyof TrackedRun): string {
  return COLUMNS[name];
}
