import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { numberOf } from '../search/values.js';
import type { ExperimentKey, KeyKind } from '../search/fields.js';
import {
  columnOf,
  SELECT_TRACKED,
  TRACKED_COLUMNS,
  type NamedValue,
  type TrackedRun,
} from './tracked-run.js';

/** Names of metrics, parameters and tags that one project may have; beyond it somebody logs data as names. */
const MAX_KEYS = 20_000;
/** Parameters and tags of one run: all of them are read whenever the run is. */
const MAX_TEXTS_PER_RUN = 5_000;
/** Far below the 65,535 parameters that a statement may have. */
const RUNS_PER_STATEMENT = 500;

export type ExperimentKind = 'training' | 'default' | 'external';

export interface Experiment {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly kind: ExperimentKind;
  readonly tags: Readonly<Record<string, string>>;
  readonly deletedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const SELECT_EXPERIMENT = `id, project_id AS "projectId", name, kind, tags, deleted_at AS "deletedAt",
  created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Names of members, brackets, a time and a step. */
const VALUE_OVERHEAD_BYTES = 80;

const OWN_NAMES: Readonly<Record<Exclude<ExperimentKind, 'external'>, string>> = {
  training: 'Training runs',
  default: 'Default',
};

/** Every statement that writes tracked runs and what they measured, and the reading of single ones. */
@Injectable()
export class TrackingRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /** The experiment of our own trainings, or the one of clients that name none; made when it is first needed. */
  async ownExperiment(
    scope: Scope,
    kind: Exclude<ExperimentKind, 'external'>,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<Experiment> {
    for (let suffix = 0; ; suffix++) {
      const known = await this.experimentOfKind(scope, kind, manager);
      if (known) return known;
      const name = suffix === 0 ? OWN_NAMES[kind] : `${OWN_NAMES[kind]} (${suffix + 1})`;
      await manager.query(
        `INSERT INTO experiment (id, project_id, name, kind) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
        [uuid(), scope.projectId, name, kind],
      );
    }
  }

  private async experimentOfKind(
    scope: Scope,
    kind: ExperimentKind,
    manager: EntityManager,
  ): Promise<Experiment | undefined> {
    const rows: Experiment[] = await manager.query(
      `SELECT ${SELECT_EXPERIMENT} FROM experiment WHERE project_id = $1 AND kind = $2`,
      [scope.projectId, kind],
    );
    return rows[0];
  }

  async find(
    scope: Scope,
    id: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<TrackedRun | undefined> {
    const [row] = await this.findMany(scope, [id], manager);
    return row;
  }

  async findMany(
    scope: Scope,
    ids: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<TrackedRun[]> {
    return manager.query<TrackedRun[]>(
      `SELECT ${SELECT_TRACKED} FROM experiment_run r WHERE r.project_id = $1 AND r.id = ANY($2::uuid[])`,
      [scope.projectId, ids],
    );
  }

  async candidatesOf(scope: Scope, parentIds: readonly string[]): Promise<TrackedRun[]> {
    return this.dataSource.query<TrackedRun[]>(
      `SELECT ${SELECT_TRACKED} FROM experiment_run r
        WHERE r.project_id = $1 AND r.parent_id = ANY($2::uuid[]) AND r.kind = 'candidate' AND r.deleted_at IS NULL
        ORDER BY r.parent_id, r.id LIMIT 2000`,
      [scope.projectId, parentIds],
    );
  }

  /** Inserts rows or brings them up to date; what people wrote (notes) stays. */
  async upsert(scope: Scope, runs: readonly TrackedRun[], manager: EntityManager): Promise<void> {
    const columns = TRACKED_COLUMNS.map(([, column]) => column);
    const kept = new Set(['id', 'project_id', 'notes', 'deleted_at', 'created_at']);
    for (let start = 0; start < runs.length; start += RUNS_PER_STATEMENT) {
      const part = runs.slice(start, start + RUNS_PER_STATEMENT);
      const values = part.flatMap((run) =>
        TRACKED_COLUMNS.map(([name]) => (name === 'projectId' ? scope.projectId : run[name])),
      );
      const places = part.map(
        (_, row) => `(${columns.map((_, index) => `$${row * columns.length + index + 1}`).join(', ')})`,
      );
      await manager.query(
        `INSERT INTO experiment_run (${columns.join(', ')}) VALUES ${places.join(', ')}
         ON CONFLICT (id) DO UPDATE SET ${columns
           .filter((column) => !kept.has(column))
           .map((column) => `${column} = excluded.${column}`)
           .join(', ')}
         WHERE experiment_run.project_id = excluded.project_id`,
        values,
      );
    }
  }

  async update(
    scope: Scope,
    id: string,
    patch: Partial<TrackedRun>,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    const entries = Object.entries(patch) as [keyof TrackedRun, unknown][];
    const sets = entries.map(([name], index) => `${columnOf(name)} = $${index + 3}`);
    await manager.query(
      `UPDATE experiment_run SET ${[...sets, 'updated_at = now()'].join(', ')} WHERE id = $1 AND project_id = $2`,
      [id, scope.projectId, ...entries.map(([, value]) => value)],
    );
  }

  async remove(
    scope: Scope,
    ids: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    await manager.query('DELETE FROM experiment_run WHERE project_id = $1 AND id = ANY($2::uuid[])', [
      scope.projectId,
      ids,
    ]);
  }

  /** The numbers of names, given out when a name is first seen. */
  async keysOf(
    scope: Scope,
    names: readonly { kind: KeyKind; name: string }[],
    manager: EntityManager,
  ): Promise<Map<string, number>> {
    const unique = [...new Map(names.map((one) => [`${one.kind} ${one.name}`, one])).values()];
    const wanted = [unique.map(({ kind }) => kind), unique.map(({ name }) => name)];
    const read = async (): Promise<Map<string, number>> => {
      const rows: ExperimentKey[] = await manager.query(
        `SELECT k.id, k.kind, k.name FROM experiment_key k
           JOIN unnest($2::text[], $3::text[]) AS wanted (kind, name) ON wanted.kind = k.kind AND wanted.name = k.name
          WHERE k.project_id = $1`,
        [scope.projectId, ...wanted],
      );
      return new Map(rows.map(({ id, kind, name }) => [`${kind} ${name}`, id]));
    };
    const known = await read();
    if (known.size === unique.length) return known;
    await this.refuseTooManyKeys(scope, manager);
    await manager.query(
      `INSERT INTO experiment_key (project_id, kind, name)
       SELECT $1, kind, name FROM unnest($2::text[], $3::text[]) AS wanted (kind, name) ORDER BY 2, 3
       ON CONFLICT DO NOTHING`,
      [scope.projectId, ...wanted],
    );
    return read();
  }

  private async refuseTooManyKeys(scope: Scope, manager: EntityManager): Promise<void> {
    const rows: { keys: number }[] = await manager.query(
      'SELECT count(*)::int AS keys FROM experiment_key WHERE project_id = $1',
      [scope.projectId],
    );
    if ((rows[0]?.keys ?? 0) >= MAX_KEYS)
      throw new Problem(
        'invalid-request',
        `The project has ${MAX_KEYS} names of metrics, parameters and tags already. Log fewer different names.`,
      );
  }

  /** Keeps the latest value of each name; of a metric that is the one with the greatest step, then time. */
  putValues(
    scope: Scope,
    runId: string,
    values: readonly NamedValue[],
    manager: EntityManager,
  ): Promise<void> {
    return this.putValuesOf(scope, [{ runId, values }], manager);
  }

  /** The same for many runs, in as many statements as for one. */
  async putValuesOf(
    scope: Scope,
    runs: readonly { readonly runId: string; readonly values: readonly NamedValue[] }[],
    manager: EntityManager,
  ): Promise<void> {
    const all = runs.flatMap(({ values }) => values);
    if (all.length === 0) return;
    const keys = await this.keysOf(scope, all, manager);
    const rows = runs.flatMap(({ runId, values }) =>
      [...latestOf(values)].map(([name, value]) => ({ ...value, runId, keyId: keys.get(name) ?? 0 })),
    );
    await manager.query(
      `INSERT INTO experiment_value (run_id, key_id, number, text, step, at)
       SELECT v.* FROM unnest($1::uuid[], $2::int[], $3::float8[], $4::text[], $5::bigint[], $6::timestamptz[]) AS v
        ORDER BY 2, 1
       ON CONFLICT (key_id, run_id) DO UPDATE
         SET number = excluded.number, text = excluded.text, step = excluded.step, at = excluded.at
       WHERE experiment_value.step IS NULL OR excluded.step IS NULL
          OR (excluded.step, excluded.at) >= (experiment_value.step, experiment_value.at)`,
      [
        rows.map(({ runId }) => runId),
        rows.map(({ keyId }) => keyId),
        rows.map(({ number }) => number),
        rows.map(({ text }) => text),
        rows.map(({ step }) => step ?? null),
        rows.map(({ at }) => at?.toISOString() ?? null),
      ],
    );
  }

  /** @throws Problem `invalid-request` when the run has more parameters and tags than can be read at once */
  async refuseTooManyTexts(runId: string, manager: EntityManager): Promise<void> {
    const rows: { texts: number }[] = await manager.query(
      'SELECT count(*)::int AS texts FROM experiment_value WHERE run_id = $1 AND text IS NOT NULL',
      [runId],
    );
    if ((rows[0]?.texts ?? 0) > MAX_TEXTS_PER_RUN)
      throw new Problem(
        'invalid-request',
        `A run has at most ${MAX_TEXTS_PER_RUN} parameters and tags. Log the rest as a file.`,
      );
  }

  /** Whether the second run is the first one, or below it however deep. */
  async isWithin(scope: Scope, runId: string, other: string, manager: EntityManager): Promise<boolean> {
    const rows: unknown[] = await manager.query(
      `WITH RECURSIVE above (id) AS (
         SELECT $3::uuid
         UNION SELECT r.parent_id FROM above JOIN experiment_run r ON r.id = above.id
                WHERE r.project_id = $1 AND r.parent_id IS NOT NULL)
       SELECT 1 FROM above WHERE id = $2`,
      [scope.projectId, runId, other],
    );
    return rows.length > 0;
  }

  async putPoints(
    scope: Scope,
    runId: string,
    points: readonly NamedValue[],
    manager: EntityManager,
  ): Promise<void> {
    if (points.length === 0) return;
    const keys = await this.keysOf(scope, points, manager);
    await manager.query(
      `INSERT INTO experiment_metric_point (run_id, key_id, step, at, value)
       SELECT $1, p.* FROM unnest($2::int[], $3::bigint[], $4::timestamptz[], $5::float8[]) AS p`,
      [
        runId,
        points.map(({ kind, name }) => keys.get(`${kind} ${name}`) ?? 0),
        points.map(({ step }) => step ?? 0),
        points.map(({ at }) => (at ?? new Date(0)).toISOString()),
        points.map(({ number }) => number ?? 0),
      ],
    );
  }

  async removeValues(
    scope: Scope,
    runIds: readonly string[],
    kind: KeyKind,
    names: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    if (names.length === 0) return;
    await manager.query(
      `DELETE FROM experiment_value v USING experiment_key k, experiment_run r
        WHERE v.key_id = k.id AND v.run_id = r.id AND r.project_id = $1 AND k.project_id = $1
          AND v.run_id = ANY($2::uuid[]) AND k.kind = $3 AND k.name = ANY($4::text[])`,
      [scope.projectId, runIds, kind, names],
    );
  }

  /** Metrics and parameters go, tags stay: before they are written anew. */
  async forgetMeasured(scope: Scope, runIds: readonly string[], manager: EntityManager): Promise<void> {
    await manager.query(
      `DELETE FROM experiment_value v USING experiment_key k
        WHERE v.key_id = k.id AND k.project_id = $1 AND k.kind <> 'tag' AND v.run_id = ANY($2::uuid[])`,
      [scope.projectId, runIds],
    );
  }

  /** Everything that was measured, set and tagged on some runs. */
  async valuesOf(
    scope: Scope,
    runIds: readonly string[],
    keyIds?: readonly number[],
  ): Promise<(NamedValue & { readonly runId: string })[]> {
    if (runIds.length === 0 || keyIds?.length === 0) return [];
    return this.dataSource.query(
      `SELECT v.run_id AS "runId", k.kind, k.name, v.number, v.text, v.step::float8 AS step, v.at
         FROM experiment_value v JOIN experiment_key k ON k.id = v.key_id
        WHERE k.project_id = $1 AND v.run_id = ANY($2::uuid[]) AND ($3::int[] IS NULL OR v.key_id = ANY($3::int[]))
        ORDER BY k.kind, k.name`,
      [scope.projectId, runIds, keyIds ?? null],
    );
  }

  /** About how many bytes the values of each run take in an answer; a run without any is left out. */
  async sizesOf(scope: Scope, runIds: readonly string[]): Promise<Map<string, number>> {
    if (runIds.length === 0) return new Map();
    const rows: { runId: string; bytes: number }[] = await this.dataSource.query(
      `SELECT v.run_id AS "runId", sum($3::int + octet_length(k.name) + coalesce(octet_length(v.text), 0))::float8 AS bytes
         FROM experiment_value v JOIN experiment_key k ON k.id = v.key_id
        WHERE k.project_id = $1 AND v.run_id = ANY($2::uuid[]) GROUP BY v.run_id`,
      [scope.projectId, runIds, VALUE_OVERHEAD_BYTES],
    );
    return new Map(rows.map(({ runId, bytes }) => [runId, bytes]));
  }

  async deleteProject(scope: Scope): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      for (const table of ['experiment_view', 'experiment_artifact', 'rescoring', 'experiment_logged_model'])
        await manager.query(`DELETE FROM ${table} WHERE project_id = $1`, [scope.projectId]);
      await manager.query('DELETE FROM experiment_run WHERE project_id = $1', [scope.projectId]);
      await manager.query('DELETE FROM experiment_key WHERE project_id = $1', [scope.projectId]);
      await manager.query('DELETE FROM experiment WHERE project_id = $1', [scope.projectId]);
    });
  }
}

/** The latest value of each name, by kind and name. */
function latestOf(values: readonly NamedValue[]): Map<string, NamedValue> {
  const latest = new Map<string, NamedValue>();
  for (const value of values) {
    const name = `${value.kind} ${value.name}`;
    const other = latest.get(name);
    if (!other || isLater(value, other)) latest.set(name, value);
  }
  return latest;
}

function isLater(value: NamedValue, other: NamedValue): boolean {
  const step = (value.step ?? 0) - (other.step ?? 0);
  return step > 0 || (step === 0 && (value.at?.getTime() ?? 0) >= (other.at?.getTime() ?? 0));
}

/** A parameter or tag; one that reads as a number can be compared as one. */
export function namedText(kind: 'param' | 'tag', name: string, text: string): NamedValue {
  return { kind, name, text, number: numberOf(text) ?? null };
}

export function namedNumber(name: string, number: number): NamedValue {
  return { kind: 'metric', name, number, text: null };
}
