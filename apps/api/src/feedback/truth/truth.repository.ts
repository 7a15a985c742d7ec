import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import type { JudgedRow } from './judged-row.js';

export type TruthSource = 'api' | 'file' | 'dataset';

export interface NewTruth extends JudgedRow {
  /** Null: it became known now, unless it was known already. */
  readonly observedAt: Date | null;
}

export interface Origin {
  readonly deploymentId: string;
  readonly source: TruthSource;
  readonly toldBy: string | null;
}

export interface TruthRow {
  readonly requestId: string;
  readonly rowIndex: number;
  readonly modelVersionNumber: number;
  readonly predictedAt: Date;
  readonly truthLabel: string | null;
  readonly truthNumber: number | null;
  readonly predictedLabel: string | null;
  readonly predictedNumber: number | null;
  readonly confidence: number | null;
  readonly observedAt: Date;
  readonly receivedAt: Date;
  readonly times: number;
  readonly source: TruthSource;
  readonly toldBy: string | null;
}

const COLUMNS = `request_id AS "requestId", row_index AS "rowIndex", model_version_number AS "modelVersionNumber",
  predicted_at AS "predictedAt", truth_label AS "truthLabel", truth_number AS "truthNumber",
  predicted_label AS "predictedLabel", predicted_number AS "predictedNumber", confidence, observed_at AS "observedAt",
  received_at AS "receivedAt", times, source, told_by AS "toldBy"`;
const KEPT = "interval '400 days'";

/** Known outcomes. */
@Injectable()
export class TruthRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Writes outcomes, each row at most once in `truths`. The same outcome again changes nothing; another one takes its
   * place and is counted.
   * @returns those that changed something, with whether the row had no outcome before
   */
  async upsert(
    scope: Scope,
    { deploymentId, source, toldBy }: Origin,
    truths: readonly NewTruth[],
  ): Promise<{ requestId: string; rowIndex: number; isNew: boolean }[]> {
    if (truths.length === 0) return [];
    const column = <T>(of: (truth: NewTruth) => T): T[] => truths.map(of);
    return this.dataSource.query(
      `INSERT INTO prediction_truth AS t (request_id, row_index, project_id, deployment_id, model_version_id,
         model_version_number, predicted_at, truth_label, truth_number, predicted_label, predicted_number,
         truth_probability, positive_probability, confidence, observed_at, source, told_by)
       SELECT e.request_id, e.row_index, $1, $2, e.model_version_id, e.model_version_number, e.predicted_at, e.truth_label,
         e.truth_number, e.predicted_label, e.predicted_number, e.truth_probability, e.positive_probability, e.confidence,
         coalesce(e.observed_at, now()), $3, $4
       FROM unnest($5::uuid[], $6::integer[], $7::uuid[], $8::integer[], $9::timestamptz[], $10::text[],
         $11::double precision[], $12::text[], $13::double precision[], $14::double precision[], $15::double precision[],
         $16::double precision[], $17::timestamptz[]) AS e (request_id, row_index, model_version_id, model_version_number,
         predicted_at, truth_label, truth_number, predicted_label, predicted_number, truth_probability,
         positive_probability, confidence, observed_at)
       ORDER BY e.request_id, e.row_index
       ON CONFLICT (request_id, row_index) DO UPDATE SET
         truth_label = excluded.truth_label, truth_number = excluded.truth_number,
         truth_probability = excluded.truth_probability, observed_at = excluded.observed_at, received_at = now(),
         source = excluded.source, told_by = excluded.told_by, times = t.times + 1
       WHERE (t.truth_label, t.truth_number) IS DISTINCT FROM (excluded.truth_label, excluded.truth_number)
       RETURNING request_id AS "requestId", row_index AS "rowIndex", times = 1 AS "isNew"`,
      [
        scope.projectId,
        deploymentId,
        source,
        toldBy,
        column((truth) => truth.requestId),
        column((truth) => truth.rowIndex),
        column((truth) => truth.modelVersionId),
        column((truth) => truth.modelVersionNumber),
        column((truth) => truth.predictedAt),
        column((truth) => truth.truthLabel),
        column((truth) => truth.truthNumber),
        column((truth) => truth.predictedLabel),
        column((truth) => truth.predictedNumber),
        column((truth) => truth.truthProbability),
        column((truth) => truth.positiveProbability),
        column((truth) => truth.confidence),
        column((truth) => truth.observedAt),
      ],
    );
  }

  /** The outcomes told last, newest first. */
  async page(
    scope: Scope,
    deploymentId: string,
    limit: number,
    before?: readonly [string, string, number],
  ): Promise<TruthRow[]> {
    return this.dataSource.query<TruthRow[]>(
      `SELECT ${COLUMNS} FROM prediction_truth
       WHERE deployment_id = $1 AND project_id = $2
         AND ($3::timestamptz IS NULL OR (received_at, request_id, row_index) < ($3, $4::uuid, $5::integer))
       ORDER BY received_at DESC, request_id DESC, row_index DESC LIMIT $6`,
      [deploymentId, scope.projectId, before?.[0] ?? null, before?.[1] ?? null, before?.[2] ?? null, limit],
    );
  }

  /** Of every project. @returns how many outcomes went, at most `limit` */
  async deleteExpired(limit: number): Promise<number> {
    const [, deleted] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM prediction_truth WHERE (request_id, row_index) IN (
         SELECT request_id, row_index FROM prediction_truth WHERE received_at < now() - ${KEPT} LIMIT $1)`,
      [limit],
    );
    return deleted;
  }
}
