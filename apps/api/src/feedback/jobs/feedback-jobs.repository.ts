import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import type {
  CorrectedDatasetReport,
  FeedbackColumns,
  FeedbackImportReport,
  FeedbackJob,
} from './feedback-job.dto.js';

export const FEEDBACK_WORK = 'feedback.job';

export interface FileImport {
  readonly kind: 'file-import';
  readonly columns: FeedbackColumns;
  readonly sizeBytes: number;
}

export interface DatasetImport {
  readonly kind: 'dataset-import';
  readonly columns: FeedbackColumns;
  readonly datasetId: string;
  readonly versionNumber: number;
}

export interface VersionMaking {
  readonly kind: 'dataset-version';
  /** Of the dataset to be made, or of the one that is added to. */
  readonly datasetId: string;
  readonly versionId: string;
  /** Null for a further version. */
  readonly name: string | null;
  readonly baseVersionNumber: number | null;
  readonly from: string;
  readonly only: 'all' | 'wrong';
  readonly target: string;
  readonly columns: readonly string[];
  readonly source: string;
}

export type JobOptions = FileImport | DatasetImport | VersionMaking;

export type JobReport =
  | { readonly import: FeedbackImportReport; readonly dataset: null }
  | { readonly import: null; readonly dataset: CorrectedDatasetReport };

export interface JobRow {
  readonly id: string;
  readonly projectId: string;
  readonly deploymentId: string;
  readonly status: FeedbackJob['status'];
  readonly title: string;
  readonly options: JobOptions;
  readonly rowsDone: number;
  readonly progress: number;
  readonly report: JobReport;
  readonly reason: string | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface NewJob {
  readonly id: string;
  readonly deploymentId: string;
  readonly title: string;
  readonly options: JobOptions;
  readonly report: JobReport;
  readonly createdBy: string;
}

const COLUMNS = `id, project_id AS "projectId", deployment_id AS "deploymentId", status, title, options,
  rows_done AS "rowsDone", progress, report, reason, created_by AS "createdBy", created_at AS "createdAt",
  finished_at AS "finishedAt"`;

/** Work on outcomes: imports, and dataset versions made of them. */
@Injectable()
export class FeedbackJobsRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
  ) {}

  /** Writes it and asks for the work, both or neither. */
  async create(scope: Scope, job: NewJob): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO feedback_job (id, project_id, deployment_id, kind, status, title, options, report, created_by)
         VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8)`,
        [
          job.id,
          scope.projectId,
          job.deploymentId,
          job.options.kind,
          job.title,
          JSON.stringify(job.options),
          JSON.stringify(job.report),
          job.createdBy,
        ],
      );
      await this.queue.enqueue(FEEDBACK_WORK, job.id, { manager });
      await this.announce(scope.projectId, job.deploymentId, manager);
    });
  }

  page(scope: Scope, deploymentId: string, limit: number, before?: string): Promise<JobRow[]> {
    return this.dataSource.query<JobRow[]>(
      `SELECT ${COLUMNS} FROM feedback_job WHERE deployment_id = $1 AND project_id = $2 AND ($3::uuid IS NULL OR id < $3)
       ORDER BY id DESC LIMIT $4`,
      [deploymentId, scope.projectId, before ?? null, limit],
    );
  }

  async find(scope: Scope, deploymentId: string, id: string): Promise<JobRow | undefined> {
    const rows = await this.dataSource.query<JobRow[]>(
      `SELECT ${COLUMNS} FROM feedback_job WHERE id = $1 AND deployment_id = $2 AND project_id = $3`,
      [id, deploymentId, scope.projectId],
    );
    return rows[0];
  }

  /** For the worker, which works for every project. */
  async findForWorker(id: string): Promise<JobRow | undefined> {
    const rows = await this.dataSource.query<JobRow[]>(`SELECT ${COLUMNS} FROM feedback_job WHERE id = $1`, [
      id,
    ]);
    return rows[0];
  }

  /** Of every project. */
  unfinished(): Promise<{ id: string }[]> {
    return this.dataSource.query<{ id: string }[]>(`SELECT id FROM feedback_job WHERE finished_at IS NULL`);
  }

  /** Ends work that nobody has begun; what runs ends when its worker sees it. */
  async requestCancel(scope: Scope, deploymentId: string, id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE feedback_job SET cancel_requested_at = coalesce(cancel_requested_at, now()),
           finished_at = CASE status WHEN 'queued' THEN now() END,
           status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END
         WHERE id = $1 AND deployment_id = $2 AND project_id = $3 AND finished_at IS NULL`,
        [id, deploymentId, scope.projectId],
      );
      await this.announce(scope.projectId, deploymentId, manager);
    });
  }

  /** @returns whether it is to go on: nobody has cancelled or deleted it */
  async progress(
    { id, projectId, deploymentId }: JobRow,
    state: { readonly rowsDone: number; readonly progress: number; readonly report: JobReport },
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[{ cancel_requested_at: Date | null }[], number]>(
        `UPDATE feedback_job SET status = 'running', rows_done = $2, progress = $3, report = $4
         WHERE id = $1 AND finished_at IS NULL RETURNING cancel_requested_at`,
        [id, state.rowsDone, Math.min(1, Math.max(0, state.progress)), JSON.stringify(state.report)],
      );
      if (rows.length > 0) await this.announce(projectId, deploymentId, manager);
      return rows.length > 0 && rows[0]?.cancel_requested_at === null;
    });
  }

  async finish(
    { id, projectId, deploymentId }: JobRow,
    ending: { readonly status: 'succeeded' | 'failed' | 'cancelled'; readonly reason?: string },
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE feedback_job SET status = $2::text, reason = $3, finished_at = now(),
           progress = CASE $2::text WHEN 'succeeded' THEN 1 ELSE progress END WHERE id = $1 AND finished_at IS NULL`,
        [id, ending.status, ending.reason ?? null],
      );
      await this.announce(projectId, deploymentId, manager);
    });
  }

  private announce(
    projectId: string,
    id: string,
    manager: Parameters<DomainEvents['publish']>[1],
  ): Promise<void> {
    return this.events.publish(
      { type: 'feedback.updated', projectId, entity: { kind: 'deployment', id } },
      manager,
    );
  }
}
