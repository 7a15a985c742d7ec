import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { parseIntegers } from '../../platform/database/integer-array.js';
import type { DriftLayout } from './drift-layout.js';
import type { DriftCheck, DriftCheckResult, DriftLight, DriftReport, DriftSettings } from './drift.dto.js';

/** Counts of one deployment and version in one hour, of all rows or of a segment. */
export interface DriftSum {
  readonly deploymentId: string;
  readonly modelVersionId: string;
  /** Start of the hour, ISO 8601. */
  readonly hour: string;
  /** Empty for all rows. */
  readonly segmentColumn: string;
  readonly segmentValue: string;
  readonly rows: number;
  readonly counts: ArrayLike<number>;
}

export interface Counted {
  readonly rows: number;
  readonly counts: readonly number[];
}

/** The latest check of a deployment. */
export interface DriftState {
  readonly deploymentId: string;
  readonly light: DriftLight;
  readonly score: number;
  readonly sentence: string;
  readonly at: Date;
}

/** A check that came to another light than the one before it. */
export interface DriftChange extends DriftState {
  readonly checkId: string;
  readonly projectId: string;
  readonly deploymentName: string;
  readonly before: DriftLight;
}

export const DEFAULT_SETTINGS: DriftSettings = {
  schedule: 'hourly',
  windowHours: 24,
  minimumRows: 100,
  segmentColumns: [],
};

type CheckRow = Omit<DriftCheckResult, 'at' | 'report'> & { readonly at: Date; readonly report: DriftReport };

const CHECKS_LISTED = 100;
const CHECK_COLUMNS = `id, deployment_id AS "deploymentId", origin, at, light, score, sentence`;
const SETTING_COLUMNS = `schedule, window_hours AS "windowHours", minimum_rows AS "minimumRows", segment_columns AS "segmentColumns"`;

/** Every query on drift. Raw SQL: arrays of counts are added up in the database. */
@Injectable()
export class DriftRepository {
  constructor(private readonly dataSource: DataSource) {}

  async layout(modelVersionId: string): Promise<DriftLayout | undefined> {
    const rows = await this.dataSource.query<{ layout: DriftLayout }[]>(
      `SELECT layout FROM drift_reference WHERE model_version_id = $1`,
      [modelVersionId],
    );
    return rows[0]?.layout;
  }

  /** The first to make it wins, so that all replicas count into the same bins. */
  async keepLayout(modelVersionId: string, layout: DriftLayout): Promise<DriftLayout> {
    await this.dataSource.query(
      `INSERT INTO drift_reference (model_version_id, layout) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
      [modelVersionId, JSON.stringify(layout)],
    );
    return (await this.layout(modelVersionId)) ?? layout;
  }

  /** In the transaction that stores the calls; the order of the rows is that of every writer, so none waits in a circle. */
  async add(manager: EntityManager, sums: readonly DriftSum[]): Promise<void> {
    if (sums.length === 0) return;
    const key = (sum: DriftSum) =>
      [sum.deploymentId, sum.modelVersionId, sum.segmentColumn, sum.segmentValue, sum.hour].join('\n');
    const ordered = [...sums].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    await manager.query(
      `INSERT INTO drift_hour AS h (deployment_id, model_version_id, hour, segment_column, segment_value, row_count, counts)
       SELECT deployment_id, model_version_id, hour, segment_column, segment_value, row_count, counts::integer[]
       FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::integer[], $7::text[])
         AS s (deployment_id, model_version_id, hour, segment_column, segment_value, row_count, counts)
       ON CONFLICT (deployment_id, model_version_id, segment_column, segment_value, hour) DO UPDATE SET
         row_count = h.row_count + excluded.row_count,
         counts = (SELECT array_agg(a + b ORDER BY i) FROM unnest(h.counts, excluded.counts) WITH ORDINALITY AS t (a, b, i))`,
      [
        ordered.map((sum) => sum.deploymentId),
        ordered.map((sum) => sum.modelVersionId),
        ordered.map((sum) => sum.hour),
        ordered.map((sum) => sum.segmentColumn),
        ordered.map((sum) => sum.segmentValue),
        ordered.map((sum) => sum.rows),
        ordered.map((sum) => `{${Array.prototype.join.call(sum.counts, ',')}}`),
      ],
    );
  }

  /** @param to exclusive; undefined for all up to now */
  async counts(
    deploymentId: string,
    modelVersionId: string,
    segment: { readonly column: string; readonly value: string },
    range: { readonly from: Date; readonly to?: Date },
    slots: number,
  ): Promise<Counted> {
    const rows = await this.dataSource.query<{ row_count: number; counts: string }[]>(
      `SELECT row_count, counts::text AS counts FROM drift_hour
       WHERE deployment_id = $1 AND model_version_id = $2 AND segment_column = $3 AND segment_value = $4
         AND hour >= $5 AND ($6::timestamptz IS NULL OR hour < $6)`,
      [deploymentId, modelVersionId, segment.column, segment.value, range.from, range.to ?? null],
    );
    const counts = Array.from({ length: slots }, () => 0);
    let total = 0;
    for (const row of rows) {
      total += row.row_count;
      const hour = parseIntegers(row.counts);
      for (let slot = 0; slot < slots; slot++) counts[slot] = (counts[slot] ?? 0) + (hour[slot] ?? 0);
    }
    return { rows: total, counts };
  }

  /** Values of segment columns in a window, the most frequent first. */
  segments(
    deploymentId: string,
    modelVersionId: string,
    from: Date,
  ): Promise<{ column: string; value: string; rows: number }[]> {
    return this.dataSource.query(
      `SELECT segment_column AS column, segment_value AS value, sum(row_count)::integer AS rows FROM drift_hour
       WHERE deployment_id = $1 AND model_version_id = $2 AND segment_column <> '' AND hour >= $3
       GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2`,
      [deploymentId, modelVersionId, from],
    );
  }

  async settings(deploymentIds: readonly string[]): Promise<Map<string, DriftSettings>> {
    const rows = await this.dataSource.query<(DriftSettings & { id: string })[]>(
      `SELECT deployment_id AS id, ${SETTING_COLUMNS} FROM drift_setting WHERE deployment_id = ANY ($1::uuid[])`,
      [deploymentIds],
    );
    return new Map(
      deploymentIds.map((deploymentId) => {
        const { id: _id, ...settings } = rows.find(({ id }) => id === deploymentId) ?? {
          id: deploymentId,
          ...DEFAULT_SETTINGS,
        };
        return [deploymentId, settings];
      }),
    );
  }

  async saveSettings(scope: Scope, deploymentId: string, settings: DriftSettings): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO drift_setting (deployment_id, project_id, schedule, window_hours, minimum_rows, segment_columns)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (deployment_id) DO UPDATE SET schedule = excluded.schedule,
         window_hours = excluded.window_hours, minimum_rows = excluded.minimum_rows,
         segment_columns = excluded.segment_columns`,
      [
        deploymentId,
        scope.projectId,
        settings.schedule,
        settings.windowHours,
        settings.minimumRows,
        settings.segmentColumns,
      ],
    );
  }

  async saveCheck(scope: Scope, check: DriftCheckResult, manager: EntityManager): Promise<void> {
    await manager.query(
      `INSERT INTO drift_check (id, project_id, deployment_id, model_version_id, origin, at, light, score, sentence, report)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        check.id,
        scope.projectId,
        check.deploymentId,
        check.report.modelVersionId,
        check.origin,
        check.at,
        check.light,
        check.score,
        check.sentence,
        JSON.stringify(check.report),
      ],
    );
  }

  async checks(scope: Scope, deploymentId: string): Promise<DriftCheck[]> {
    const rows = await this.dataSource.query<CheckRow[]>(
      `SELECT ${CHECK_COLUMNS} FROM drift_check WHERE deployment_id = $1 AND project_id = $2
       ORDER BY at DESC, id DESC LIMIT ${CHECKS_LISTED}`,
      [deploymentId, scope.projectId],
    );
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }

  async check(scope: Scope, deploymentId: string, checkId: string): Promise<DriftCheckResult | undefined> {
    const rows = await this.dataSource.query<CheckRow[]>(
      `SELECT ${CHECK_COLUMNS}, report FROM drift_check WHERE id = $1 AND deployment_id = $2 AND project_id = $3`,
      [checkId, deploymentId, scope.projectId],
    );
    return rows[0] && { ...rows[0], at: rows[0].at.toISOString() };
  }

  latest(deploymentIds: readonly string[]): Promise<DriftState[]> {
    return this.dataSource.query<DriftState[]>(
      `SELECT c.deployment_id AS "deploymentId", c.light, c.score, c.sentence, c.at FROM unnest($1::uuid[]) AS d (id)
       JOIN LATERAL (SELECT * FROM drift_check WHERE deployment_id = d.id ORDER BY at DESC, id DESC LIMIT 1) c ON true`,
      [deploymentIds],
    );
  }

  /**
   * Checks since then whose light is another than that of the check before. Checks without enough data say nothing of
   * drift, so they change nothing; before its first check a deployment is steady.
   */
  changesSince(since: Date, deploymentId: string | undefined): Promise<DriftChange[]> {
    return this.dataSource.query<DriftChange[]>(
      `SELECT c.id AS "checkId", c.project_id AS "projectId", c.deployment_id AS "deploymentId", d.name AS "deploymentName",
         c.light, coalesce(before.light, 'steady') AS before, c.score, c.sentence, c.at
       FROM drift_check c JOIN deployment d ON d.id = c.deployment_id
       LEFT JOIN LATERAL (
         SELECT light FROM drift_check
         WHERE deployment_id = c.deployment_id AND (at, id) < (c.at, c.id) AND light <> 'not-enough-data'
         ORDER BY at DESC, id DESC LIMIT 1) before ON true
       WHERE c.at >= $1 AND c.light <> 'not-enough-data' AND c.light <> coalesce(before.light, 'steady')
         AND ($2::uuid IS NULL OR c.deployment_id = $2)
       ORDER BY c.at DESC LIMIT 500`,
      [since, deploymentId ?? null],
    );
  }

  /** The last check of each deployment of a project that has one. */
  async statesOf(scope: Scope): Promise<DriftState[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM deployment WHERE project_id = $1`,
      [scope.projectId],
    );
    return this.latest(rows.map(({ id }) => id));
  }

  /** Deployments with new rows since their last check, whose time for the next one has come; of every project. */
  async due(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT d.id FROM deployment d
       LEFT JOIN drift_setting s ON s.deployment_id = d.id
       LEFT JOIN LATERAL (SELECT at FROM drift_check WHERE deployment_id = d.id ORDER BY at DESC LIMIT 1) c ON true
       WHERE coalesce(s.schedule, 'hourly') <> 'off'
         AND (c.at IS NULL OR c.at < now() - CASE coalesce(s.schedule, 'hourly')
           WHEN 'hourly' THEN interval '1 hour' ELSE interval '1 day' END)
         AND EXISTS (SELECT FROM drift_hour h WHERE h.deployment_id = d.id AND h.model_version_id = d.model_version_id
           AND h.segment_column = '' AND h.hour >= date_trunc('hour', coalesce(c.at, '-infinity')))`,
    );
    return rows.map(({ id }) => id);
  }

  async isDue(deploymentId: string): Promise<boolean> {
    return (await this.due()).includes(deploymentId);
  }

  /** The longest window is ninety days; checks are kept for a year. */
  async deleteExpired(): Promise<void> {
    await this.dataSource.query(`DELETE FROM drift_hour WHERE hour < now() - interval '100 days'`);
    await this.dataSource.query(`DELETE FROM drift_check WHERE at < now() - interval '366 days'`);
  }
}
