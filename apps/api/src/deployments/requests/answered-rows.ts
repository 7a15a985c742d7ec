import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A row of a call: the call's id and the row's place in it, from 0. */
export interface RowKey {
  readonly requestId: string;
  readonly rowIndex: number;
}

export interface AnsweredRow extends RowKey {
  readonly at: Date;
  readonly status: number;
  readonly rowCount: number;
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
  /** As it was logged; undefined for a row that the call did not have or that was too long for the log. */
  readonly output: unknown;
}

export interface AskedRow extends RowKey {
  /** Input values as they were logged, masked ones replaced. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Single rows of the prediction log, for rooms that learn later what was true of them. */
@Injectable()
export class AnsweredRows {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns those calls that the log of this deployment has; the caller has checked who asks */
  async answers(deploymentId: string, keys: readonly RowKey[]): Promise<AnsweredRow[]> {
    if (keys.length === 0) return [];
    return this.dataSource.query<AnsweredRow[]>(
      `SELECT l.id AS "requestId", k.row_index AS "rowIndex", l.at, l.status, l.row_count AS "rowCount",
         l.model_version_id AS "modelVersionId", l.model_version_number AS "modelVersionNumber",
         l.outputs -> k.row_index AS output
       FROM unnest($2::uuid[], $3::integer[]) AS k (id, row_index)
       JOIN prediction_log l ON l.id = k.id AND l.deployment_id = $1`,
      [deploymentId, keys.map(({ requestId }) => requestId), keys.map(({ rowIndex }) => rowIndex)],
    );
  }

  /** What was asked; rows that have left the log, or never were in it, are missing from the answer. */
  async inputs(deploymentId: string, keys: readonly RowKey[]): Promise<AskedRow[]> {
    if (keys.length === 0) return [];
    return this.dataSource.query<AskedRow[]>(
      `SELECT l.id AS "requestId", k.row_index AS "rowIndex", l.inputs -> k.row_index AS values
       FROM unnest($2::uuid[], $3::integer[]) AS k (id, row_index)
       JOIN prediction_log l ON l.id = k.id AND l.deployment_id = $1
       WHERE jsonb_typeof(l.inputs -> k.row_index) = 'object'`,
      [deploymentId, keys.map(({ requestId }) => requestId), keys.map(({ rowIndex }) => rowIndex)],
    );
  }
}
