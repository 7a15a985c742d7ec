import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { BUCKETS, bucketOf } from '../stats/latency-histogram.js';

/** A challenger's answer to a copied call, beside the call's own row in the log. */
export interface ShadowAnswer {
  readonly callId: string;
  readonly targetId: string;
  readonly deploymentId: string;
  readonly projectId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly rowCount: number;
  readonly agreeing: number;
  readonly differences: readonly number[];
  readonly latencyMs: number;
  readonly error: string | null;
  readonly outputs: readonly unknown[];
}

export interface ShadowSum {
  readonly calls: number;
  readonly failed: number;
  readonly dropped: number;
  readonly row_count: number;
  readonly agreeing_rows: number;
  readonly differences: number;
  readonly difference_sum: number;
  readonly difference_square_sum: number;
  readonly latency_buckets: number[];
}

/** Answers of challengers, and their sums, which stay flat however many answers there are. */
@Injectable()
export class ShadowRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param dropped calls by target that were not copied because there was too much to do */
  async store(answers: readonly ShadowAnswer[], dropped: ReadonlyMap<string, number>): Promise<void> {
    const byTarget = Map.groupBy(answers, ({ targetId }) => targetId);
    const targetIds = [...new Set([...byTarget.keys(), ...dropped.keys()])].sort();
    await this.dataSource.transaction(async (manager) => {
      await insertAnswers(manager, answers);
      for (const id of targetIds) await addToSum(manager, id, byTarget.get(id) ?? [], dropped.get(id) ?? 0);
    });
  }

  async sums(targetId: string): Promise<ShadowSum | undefined> {
    const rows = await this.dataSource.query<ShadowSum[]>(
      `SELECT calls, failed, dropped, row_count::float8 AS row_count, agreeing_rows::float8 AS agreeing_rows,
         differences::float8 AS differences, difference_sum, difference_square_sum, latency_buckets
       FROM shadow_sum WHERE target_id = $1`,
      [targetId],
    );
    return rows[0];
  }

  /** What challengers said to one logged call. */
  answersTo(callId: string, deploymentId: string): Promise<ShadowAnswerRow[]> {
    return this.dataSource.query<ShadowAnswerRow[]>(
      `SELECT t.model_version_number, s.latency_ms, s.error, s.outputs, s.row_count, s.agreeing_rows
       FROM shadow_prediction s JOIN deployment_target t ON t.id = s.target_id
       WHERE s.id = $1 AND s.deployment_id = $2`,
      [callId, deploymentId],
    );
  }

  /** Answers go with the calls that they belong to. @returns how many were deleted, at most `limit` */
  async deleteExpired(limit: number): Promise<number> {
    const [, deleted] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM shadow_prediction WHERE (id, target_id) IN (
         SELECT s.id, s.target_id FROM shadow_prediction s JOIN deployment d ON d.id = s.deployment_id
         WHERE s.at < now() - make_interval(days => d.log_retention_days) LIMIT $1)`,
      [limit],
    );
    return deleted;
  }
}

export interface ShadowAnswerRow {
  readonly model_version_number: number;
  readonly latency_ms: number;
  readonly error: string | null;
  readonly outputs: unknown[];
  readonly row_count: number;
  readonly agreeing_rows: number;
}

async function insertAnswers(manager: EntityManager, answers: readonly ShadowAnswer[]): Promise<void> {
  if (answers.length === 0) return;
  await manager.query(
    `INSERT INTO shadow_prediction (id, target_id, deployment_id, project_id, at, row_count, agreeing_rows, latency_ms, error, outputs)
     SELECT e."callId", e."targetId", e."deploymentId", e."projectId", e.at, e."rowCount", e.agreeing, e."latencyMs", e.error, e.outputs
     FROM jsonb_to_recordset($1::jsonb) AS e ("callId" uuid, "targetId" uuid, "deploymentId" uuid, "projectId" uuid, at timestamptz,
       "rowCount" integer, agreeing integer, "latencyMs" double precision, error text, outputs jsonb)
     JOIN deployment_target t ON t.id = e."targetId"
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(answers)],
  );
}

async function addToSum(
  manager: EntityManager,
  targetId: string,
  answers: readonly ShadowAnswer[],
  dropped: number,
): Promise<void> {
  const good = answers.filter(({ error }) => error === null);
  const differences = good.flatMap((answer) => answer.differences);
  const buckets = Array.from({ length: BUCKETS }, () => 0);
  for (const { latencyMs } of good) {
    const bucket = bucketOf(latencyMs);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  await manager.query(
    `INSERT INTO shadow_sum AS s (target_id, calls, failed, dropped, row_count, agreeing_rows, differences, difference_sum,
       difference_square_sum, latency_buckets)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::integer[] WHERE EXISTS (SELECT FROM deployment_target WHERE id = $1)
     ON CONFLICT (target_id) DO UPDATE SET calls = s.calls + excluded.calls, failed = s.failed + excluded.failed,
       dropped = s.dropped + excluded.dropped, row_count = s.row_count + excluded.row_count,
       agreeing_rows = s.agreeing_rows + excluded.agreeing_rows, differences = s.differences + excluded.differences,
       difference_sum = s.difference_sum + excluded.difference_sum,
       difference_square_sum = s.difference_square_sum + excluded.difference_square_sum,
       latency_buckets = (SELECT array_agg(a + b ORDER BY i)
         FROM unnest(s.latency_buckets, excluded.latency_buckets) WITH ORDINALITY AS t (a, b, i))`,
    [
      targetId,
      answers.length,
      answers.length - good.length,
      dropped,
      sum(good.map(({ rowCount }) => rowCount)),
      sum(good.map(({ agreeing }) => agreeing)),
      differences.length,
      sum(differences),
      sum(differences.map((value) => value * value)),
      buckets,
    ],
  );
}
