import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { isUniqueViolation } from '../../platform/database/pg-errors.js';
import { Problem } from '../../platform/problems/problem.js';
import { SELECT_EXPERIMENT, TrackingRepository, type Experiment } from '../tracking/tracking.repository.js';
import type { ExperimentInfo, ExperimentsAnswer, SearchExperiments } from './mlflow.dto.js';
import { toExperimentInfo } from './mlflow-responses.js';
import { decodeOffset, encodeOffset } from './page-token.js';

/** What a client that was told no experiment asks for. */
const DEFAULT_ID = '0';
const NAME_FILTER = /^\s*(?:attributes?\.)?name\s*(=|!=|like|ilike)\s*(['"])(.*)\2\s*$/i;

/** Experiments as clients of the MLflow protocol make and find them. */
@Injectable()
export class MlflowExperiments {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tracking: TrackingRepository,
  ) {}

  async create(scope: Scope, name: string, tags: readonly { key: string; value: string }[]): Promise<string> {
    const id = uuid();
    try {
      await this.dataSource.query(
        `INSERT INTO experiment (id, project_id, name, kind, tags) VALUES ($1, $2, $3, 'external', $4)`,
        [
          id,
          scope.projectId,
          name,
          JSON.stringify(Object.fromEntries(tags.map((tag) => [tag.key, tag.value]))),
        ],
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new Problem('name-taken', `The project has an experiment "${name}" already.`, { cause: error });
    }
    return id;
  }

  /** @throws Problem `experiment-not-found` */
  async find(scope: Scope, id: string): Promise<Experiment> {
    if (id === DEFAULT_ID || id === '') return this.tracking.ownExperiment(scope, 'default');
    const rows: Experiment[] = isUuid(id)
      ? await this.dataSource.query(
          `SELECT ${SELECT_EXPERIMENT} FROM experiment WHERE project_id = $1 AND id = $2`,
          [scope.projectId, id],
        )
      : [];
    const [row] = rows;
    if (!row) throw notFound(`There is no experiment with the id ${id.slice(0, 100)}.`);
    return row;
  }

  async get(scope: Scope, id: string): Promise<ExperimentInfo> {
    return toExperimentInfo(await this.find(scope, id));
  }

  async getByName(scope: Scope, name: string): Promise<ExperimentInfo> {
    if (name === 'Default') await this.tracking.ownExperiment(scope, 'default');
    const rows: Experiment[] = await this.dataSource.query(
      `SELECT ${SELECT_EXPERIMENT} FROM experiment WHERE project_id = $1 AND name = $2`,
      [scope.projectId, name.replaceAll('\0', '')],
    );
    const [row] = rows;
    if (!row) throw notFound(`There is no experiment called "${name.slice(0, 100)}".`);
    return toExperimentInfo(row);
  }

  /** Filters by name only: `name = 'x'`, `name LIKE 'x%'`. */
  async search(scope: Scope, request: Omit<SearchExperiments, 'order_by'>): Promise<ExperimentsAnswer> {
    await this.tracking.ownExperiment(scope, 'default');
    const filter = nameFilter(request.filter);
    const offset = decodeOffset(request.page_token);
    const rows: Experiment[] = await this.dataSource.query(
      `SELECT ${SELECT_EXPERIMENT} FROM experiment
        WHERE project_id = $1
          AND ($2 = 'ALL' OR (deleted_at IS NOT NULL) = ($2 = 'DELETED_ONLY'))
          AND CASE $3 WHEN '=' THEN name = $4 WHEN '!=' THEN name <> $4 WHEN 'like' THEN name LIKE $4
                      WHEN 'ilike' THEN name ILIKE $4 ELSE true END
        ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6`,
      [scope.projectId, request.view_type, filter.operator, filter.value, request.max_results + 1, offset],
    );
    return {
      experiments: rows.slice(0, request.max_results).map(toExperimentInfo),
      ...(rows.length > request.max_results
        ? { next_page_token: encodeOffset(offset + request.max_results) }
        : {}),
    };
  }

  async rename(scope: Scope, id: string, name: string): Promise<void> {
    const experiment = await this.writable(scope, id);
    try {
      await this.dataSource.query(
        'UPDATE experiment SET name = $3, updated_at = now() WHERE project_id = $1 AND id = $2',
        [scope.projectId, experiment.id, name],
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new Problem('name-taken', `The project has an experiment "${name}" already.`, { cause: error });
    }
  }

  async setDeleted(scope: Scope, id: string, deleted: boolean): Promise<void> {
    const experiment = await this.writable(scope, id);
    await this.dataSource.transaction(async (manager) => {
      const at = deleted ? new Date() : null;
      await manager.query(
        'UPDATE experiment SET deleted_at = $3, updated_at = now() WHERE project_id = $1 AND id = $2',
        [scope.projectId, experiment.id, at],
      );
      await manager.query(
        'UPDATE experiment_run SET deleted_at = $3, updated_at = now() WHERE project_id = $1 AND experiment_id = $2',
        [scope.projectId, experiment.id, at],
      );
    });
  }

  async setTag(scope: Scope, id: string, key: string, value: string): Promise<void> {
    const experiment = await this.find(scope, id);
    await this.dataSource.query(
      `UPDATE experiment SET tags = tags || jsonb_build_object($3::text, $4::text), updated_at = now()
        WHERE project_id = $1 AND id = $2`,
      [scope.projectId, experiment.id, key, value],
    );
  }

  private async writable(scope: Scope, id: string): Promise<Experiment> {
    const experiment = await this.find(scope, id);
    if (experiment.kind === 'external') return experiment;
    throw new Problem(
      'conflict',
      `The experiment "${experiment.name}" belongs to the project and stays as it is.`,
    );
  }
}

function nameFilter(filter: string): { operator: string; value: string } {
  if (filter.trim() === '') return { operator: '', value: '' };
  const match = NAME_FILTER.exec(filter);
  if (!match)
    throw new Problem(
      'invalid-search',
      "Experiments are filtered by name only, as in name = 'churn' or name LIKE 'ch%'.",
    );
  const operator = (match[1] ?? '=').toLowerCase();
  const value = (match[3] ?? '').replaceAll('\0', '');
  return { operator, value: operator.endsWith('like') ? value.replaceAll('\\', '\\\\') : value };
}

function notFound(detail: string): Problem {
  return new Problem('experiment-not-found', detail);
}
