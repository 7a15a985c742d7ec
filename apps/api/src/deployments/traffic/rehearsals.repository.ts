import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ModelPrediction } from '../../serving/model-servers.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { DeploymentsRepository } from '../deployments.repository.js';
import type { Rehearsal, RehearsalResult } from './rehearsal.dto.js';

export const REHEARSE = 'deployment.rehearse';

export interface RehearsalRow {
  readonly id: string;
  readonly project_id: string;
  readonly deployment_id: string;
  readonly model_version_id: string;
  readonly model_version_number: number;
  readonly model_name: string;
  readonly against_version_number: number;
  readonly wanted_calls: number;
  readonly status: Rehearsal['status'];
  readonly calls_done: number;
  readonly calls_total: number | null;
  readonly result: RehearsalResult | null;
  readonly reason: string | null;
  readonly cancel_requested_at: Date | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

export interface LoggedCall {
  readonly id: string;
  readonly status: number;
  readonly inputs: readonly unknown[];
  readonly outputs: readonly ModelPrediction[];
  readonly truncated: boolean;
}

export interface NewRehearsal {
  readonly id: string;
  readonly deploymentId: string;
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
  readonly modelName: string;
  readonly againstVersionNumber: number;
  readonly wantedCalls: number;
  readonly createdBy: string;
}

/** Rehearsals, and the logged calls that they go through. */
@Injectable()
export class RehearsalsRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly deployments: DeploymentsRepository,
    private readonly queue: WorkQueue,
  ) {}

  /** Writes it and asks for the work, both or neither. @returns false when another one of the deployment has not ended */
  async create(scope: Scope, rehearsal: NewRehearsal): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SELECT FROM deployment WHERE id = $1 FOR UPDATE`, [rehearsal.deploymentId]);
      const rows = await manager.query<unknown[]>(
        `INSERT INTO rehearsal (id, project_id, deployment_id, model_version_id, model_version_number, model_name,
           against_version_number, wanted_calls, status, created_by)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9
         WHERE NOT EXISTS (SELECT FROM rehearsal WHERE deployment_id = $3 AND status IN ('queued', 'running'))
         RETURNING id`,
        [
          rehearsal.id,
          scope.projectId,
          rehearsal.deploymentId,
          rehearsal.modelVersionId,
          rehearsal.modelVersionNumber,
          rehearsal.modelName,
          rehearsal.againstVersionNumber,
          rehearsal.wantedCalls,
          rehearsal.createdBy,
        ],
      );
      if (rows.length === 0) return false;
      await this.queue.enqueue(REHEARSE, rehearsal.id, { manager });
      await this.deployments.announce(scope.projectId, rehearsal.deploymentId, manager);
      return true;
    });
  }

  async page(scope: Scope, deploymentId: string, limit: number, before?: string): Promise<RehearsalRow[]> {
    return this.dataSource.query<RehearsalRow[]>(
      `SELECT * FROM rehearsal WHERE deployment_id = $1 AND project_id = $2 AND ($3::uuid IS NULL OR id < $3)
       ORDER BY id DESC LIMIT $4`,
      [deploymentId, scope.projectId, before ?? null, limit],
    );
  }

  async find(scope: Scope, deploymentId: string, id: string): Promise<RehearsalRow | undefined> {
    const rows = await this.dataSource.query<RehearsalRow[]>(
      `SELECT * FROM rehearsal WHERE id = $1 AND deployment_id = $2 AND project_id = $3`,
      [id, deploymentId, scope.projectId],
    );
    return rows[0];
  }

  /** For the worker, which works for every project. */
  async findForWorker(id: string): Promise<RehearsalRow | undefined> {
    return (await this.dataSource.query<RehearsalRow[]>(`SELECT * FROM rehearsal WHERE id = $1`, [id]))[0];
  }

  /** One that nobody works on yet ends at once; the others when their worker sees it. */
  async requestCancel(scope: Scope, deploymentId: string, id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE rehearsal SET cancel_requested_at = coalesce(cancel_requested_at, now()),
           finished_at = CASE status WHEN 'queued' THEN now() END,
           status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END
         WHERE id = $1 AND deployment_id = $2 AND project_id = $3 AND status IN ('queued', 'running')`,
        [id, deploymentId, scope.projectId],
      );
      await this.deployments.announce(scope.projectId, deploymentId, manager);
    });
  }

  /** Of every project. */
  async unfinished(): Promise<readonly { readonly id: string }[]> {
    return this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM rehearsal WHERE status IN ('queued', 'running')`,
    );
  }

  /** @returns whether it is to go on: nobody has cancelled or deleted it */
  async progress(
    { id, project_id, deployment_id }: RehearsalRow,
    done: number,
    total: number,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[{ cancel_requested_at: Date | null }[], number]>(
        `UPDATE rehearsal SET status = 'running', calls_done = $2, calls_total = $3
         WHERE id = $1 AND status IN ('queued', 'running') RETURNING cancel_requested_at`,
        [id, done, total],
      );
      if (rows.length > 0) await this.deployments.announce(project_id, deployment_id, manager);
      return rows.length > 0 && rows[0]?.cancel_requested_at === null;
    });
  }

  async finish(
    { id, project_id, deployment_id }: RehearsalRow,
    ending: {
      readonly status: 'succeeded' | 'failed' | 'cancelled';
      readonly result?: RehearsalResult;
      readonly reason?: string;
    },
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE rehearsal SET status = $2, result = $3, reason = $4, finished_at = now()
         WHERE id = $1 AND status IN ('queued', 'running')`,
        [id, ending.status, ending.result ? JSON.stringify(ending.result) : null, ending.reason ?? null],
      );
      await this.deployments.announce(project_id, deployment_id, manager);
    });
  }

  /** The last calls of a deployment, newest first. */
  async lastCalls(deploymentId: string, limit: number): Promise<LoggedCall[]> {
    return this.dataSource.query<LoggedCall[]>(
      `SELECT id, status, inputs, outputs, truncated FROM prediction_log WHERE deployment_id = $1
       ORDER BY at DESC, id DESC LIMIT $2`,
      [deploymentId, limit],
    );
  }
}
