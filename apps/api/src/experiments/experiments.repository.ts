import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { cursorAfter, RunQuery, type RunPageRequest } from './run-query.js';
import { FieldCatalog, type ExperimentKey, type Field } from './search/fields.js';
import { SELECT_TRACKED, type TrackedRun } from './tracking/tracked-run.js';

export interface FoundRuns {
  readonly runs: readonly (TrackedRun & { readonly experimentName: string })[];
  readonly nextCursor: string | null;
  readonly total: number | null;
}

interface FoundRow {
  readonly id: string;
  readonly sort_value: string | number | null;
  readonly total?: number;
}

/** Keeps the values of one name together with what the planner needs to join a few of them in memory. */
const WORK_MEMORY = '32MB';
const MAX_POINTS = 25_000;

/** Every query that looks at many tracked runs at once. */
@Injectable()
export class ExperimentsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async catalog(scope: Scope): Promise<FieldCatalog> {
    const keys: ExperimentKey[] = await this.dataSource.query(
      'SELECT id, kind, name FROM experiment_key WHERE project_id = $1 ORDER BY kind, name',
      [scope.projectId],
    );
    return new FieldCatalog(keys);
  }

  /** @throws Problem `invalid-search` */
  async page(scope: Scope, request: RunPageRequest, catalog: FieldCatalog): Promise<FoundRuns> {
    const query = new RunQuery(scope.projectId, request, catalog);
    const { sql } = query;
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL work_mem = '${WORK_MEMORY}'`);
      // A plan is made in less time than compiling one takes.
      await manager.query('SET LOCAL jit = off');
      const found: FoundRow[] = await manager.query(sql, query.parameters.values);
      const page = found.slice(0, request.limit);
      const rows: (TrackedRun & { experimentName: string })[] = await manager.query(
        `SELECT ${SELECT_TRACKED}, e.name AS "experimentName"
           FROM experiment_run r JOIN experiment e ON e.id = r.experiment_id WHERE r.id = ANY($1::uuid[])`,
        [page.map(({ id }) => id)],
      );
      const byId = new Map(rows.map((row) => [row.id, row]));
      const last = page.at(-1);
      return {
        runs: page.flatMap(({ id }) => byId.get(id) ?? []),
        nextCursor: found.length > request.limit && last ? cursorAfter(last) : null,
        total: request.count ? (found[0]?.total ?? 0) : null,
      };
    });
  }

  /** How many runs have a field, its range, and its most frequent texts. */
  async fieldValues(
    scope: Scope,
    field: Field,
    containing: string,
  ): Promise<{
    runs: number;
    min: number | null;
    max: number | null;
    values: { value: string; runs: number }[];
  }> {
    const source =
      field.kind === 'attribute'
        ? {
            from: `experiment_run r JOIN experiment e ON e.id = r.experiment_id`,
            where: `r.project_id = $1 AND r.deleted_at IS NULL AND r.kind <> 'candidate' AND $2::int IS NULL`,
            number:
              field.attribute.type === 'text'
                ? 'NULL::float8'
                : field.attribute.type === 'date'
                  ? `extract(epoch FROM ${field.attribute.sql})::float8`
                  : field.attribute.sql,
            text: field.attribute.type === 'text' ? field.attribute.sql : 'NULL::text',
            key: null,
          }
        : {
            from: `experiment_value v JOIN experiment_run r ON r.id = v.run_id`,
            where: `r.project_id = $1 AND v.key_id = $2::int AND r.deleted_at IS NULL AND r.kind <> 'candidate'`,
            number: `nullif(v.number, 'NaN')`,
            text: 'v.text',
            key: field.key.id,
          };
    const base = `SELECT ${source.number} AS number, ${source.text} AS text FROM ${source.from} WHERE ${source.where}`;
    const [summary]: { runs: number; min: number | null; max: number | null }[] = await this.dataSource.query(
      `SELECT count(coalesce(number::text, text))::int AS runs, min(number) AS min, max(number) AS max FROM (${base}) values`,
      [scope.projectId, source.key],
    );
    const values: { value: string; runs: number }[] = await this.dataSource.query(
      `SELECT left(text, 200) AS value, count(*)::int AS runs FROM (${base}) values
        WHERE text IS NOT NULL AND strpos(lower(text), lower($3::text)) > 0
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50`,
      [scope.projectId, source.key, containing.replaceAll('\0', '')],
    );
    return { runs: summary?.runs ?? 0, min: summary?.min ?? null, max: summary?.max ?? null, values };
  }

  /** Points of one metric in the order in which they were logged for each step. */
  async history(
    scope: Scope,
    runId: string,
    metric: string,
    after: number | undefined,
    limit: number,
  ): Promise<{ seq: string; step: number; at: Date; value: number }[]> {
    return this.dataSource.query(
      `SELECT p.seq, p.step::float8 AS step, p.at, p.value
         FROM experiment_metric_point p JOIN experiment_key k ON k.id = p.key_id
        WHERE k.project_id = $1 AND k.kind = 'metric' AND k.name = $2 AND p.run_id = $3 AND p.seq > $4
        ORDER BY p.seq LIMIT $5`,
      [scope.projectId, metric, runId, after ?? 0, Math.min(limit, MAX_POINTS) + 1],
    );
  }

  async inputs(runId: string): Promise<Record<string, unknown>[]> {
    const rows: { input: Record<string, unknown> }[] = await this.dataSource.query(
      'SELECT input FROM experiment_dataset_input WHERE run_id = $1 ORDER BY position',
      [runId],
    );
    return rows.map(({ input }) => input);
  }
}
