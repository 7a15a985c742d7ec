import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { Problem } from '../../platform/problems/problem.js';
import { TrackingRepository } from '../tracking/tracking.repository.js';
import { MlflowExperiments } from './mlflow-experiments.service.js';
import type { CreateLoggedModel, LoggedModelInfo } from './mlflow.dto.js';
import { artifactUri } from './mlflow-responses.js';

interface LoggedModelRow {
  readonly id: string;
  readonly experimentId: string;
  readonly runId: string | null;
  readonly name: string;
  readonly modelType: string;
  readonly status: LoggedModelInfo['info']['status'];
  readonly params: Record<string, string>;
  readonly tags: Record<string, string>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

type Pairs = readonly { key: string; value: string }[];

const SELECT = `SELECT id, experiment_id AS "experimentId", run_id AS "runId", name, model_type AS "modelType", status,
  params, tags, created_at AS "createdAt", updated_at AS "updatedAt" FROM experiment_logged_model`;

/** Models that clients log with their runs: a name, parameters, and files. */
@Injectable()
export class MlflowModels {
  constructor(
    private readonly dataSource: DataSource,
    private readonly experiments: MlflowExperiments,
    private readonly tracking: TrackingRepository,
  ) {}

  async create(scope: Scope, request: CreateLoggedModel): Promise<LoggedModelInfo> {
    const experiment = await this.experiments.find(scope, request.experiment_id);
    const source = request.source_run_id;
    const run = isUuid(source) ? await this.tracking.find(scope, source) : undefined;
    const id = uuid();
    await this.dataSource.query(
      `INSERT INTO experiment_logged_model (id, project_id, experiment_id, run_id, name, model_type, status, params, tags)
       VALUES ($1, $2, $3, $4, $5, $6, 'LOGGED_MODEL_PENDING', $7, $8)`,
      [
        id,
        scope.projectId,
        experiment.id,
        run?.id ?? null,
        request.name,
        request.model_type,
        JSON.stringify(recordOf(request.params)),
        JSON.stringify(recordOf(request.tags)),
      ],
    );
    return this.get(scope, id);
  }

  async get(scope: Scope, modelId: string): Promise<LoggedModelInfo> {
    return toInfo(await this.find(scope, modelId));
  }

  async search(scope: Scope, experimentIds: readonly string[], limit: number): Promise<LoggedModelInfo[]> {
    const rows: LoggedModelRow[] = await this.dataSource.query(
      `${SELECT} WHERE project_id = $1 AND ($2::uuid[] IS NULL OR experiment_id = ANY($2::uuid[]))
        ORDER BY created_at DESC, id DESC LIMIT $3`,
      [scope.projectId, experimentIds.length === 0 ? null : experimentIds.filter((id) => isUuid(id)), limit],
    );
    return rows.map(toInfo);
  }

  async finalize(scope: Scope, modelId: string, status: string): Promise<LoggedModelInfo> {
    const { id } = await this.find(scope, modelId);
    await this.dataSource.query(
      'UPDATE experiment_logged_model SET status = $3, updated_at = now() WHERE project_id = $1 AND id = $2',
      [scope.projectId, id, status],
    );
    return this.get(scope, modelId);
  }

  async add(scope: Scope, modelId: string, what: 'params' | 'tags', pairs: Pairs): Promise<LoggedModelInfo> {
    const { id } = await this.find(scope, modelId);
    // The name of the column is one of two of ours.
    await this.dataSource.query(
      `UPDATE experiment_logged_model SET ${what} = ${what} || $3::jsonb, updated_at = now() WHERE project_id = $1 AND id = $2`,
      [scope.projectId, id, JSON.stringify(recordOf(pairs))],
    );
    return this.get(scope, modelId);
  }

  /** @throws Problem `not-found` */
  async find(scope: Scope, modelId: string): Promise<LoggedModelRow> {
    const id = ownId(modelId);
    const rows: LoggedModelRow[] =
      id === undefined
        ? []
        : await this.dataSource.query(`${SELECT} WHERE project_id = $1 AND id = $2`, [scope.projectId, id]);
    const [row] = rows;
    if (!row) throw new Problem('not-found', `There is no logged model ${modelId.slice(0, 100)}.`);
    return row;
  }
}

/** Clients know a logged model by "m-" and 32 digits. */
function ownId(modelId: string): string | undefined {
  const match = /^m-([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(modelId);
  if (match) return match.slice(1).join('-');
  return isUuid(modelId) ? modelId : undefined;
}

function recordOf(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key.replaceAll('\0', ''), value.replaceAll('\0', '').toWellFormed()]),
  );
}

const pairsOf = (record: Record<string, string>): { key: string; value: string }[] =>
  Object.entries(record).map(([key, value]) => ({ key, value }));

function toInfo(row: LoggedModelRow): LoggedModelInfo {
  return {
    info: {
      model_id: `m-${row.id.replaceAll('-', '')}`,
      experiment_id: row.experimentId,
      name: row.name,
      creation_timestamp_ms: row.createdAt.getTime(),
      last_updated_timestamp_ms: row.updatedAt.getTime(),
      artifact_uri: artifactUri(row.id),
      status: row.status,
      model_type: row.modelType,
      source_run_id: row.runId ?? '',
      tags: pairsOf(row.tags),
    },
    data: { params: pairsOf(row.params), metrics: [] },
  };
}
