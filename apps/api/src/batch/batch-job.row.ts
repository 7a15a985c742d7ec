import type { ScoringTask } from './scoring/scoring-task.js';
import type { BatchBadRow, BatchColumn, BatchJob, BatchStage, BatchStatus } from './batch-job.dto.js';

/** What was decided when the job was made. */
export interface BatchPlan {
  readonly task: ScoringTask;
  readonly columns: BatchColumn[];
  readonly ignored: string[];
  /** Lines of the file that were no whole rows; undefined in plans that did not look. */
  readonly rowsUnread?: number;
}

/** A row of table `batch_job`; the plan is read apart because it may be large. */
export interface BatchJobRow {
  readonly id: string;
  readonly projectId: string;
  readonly status: BatchStatus;
  readonly stage: BatchStage | null;
  /** Why it asks the container again; null while there is nothing to wait for. */
  readonly waitingFor: string | null;
  readonly deploymentId: string | null;
  /** Null for a job on a registered version. */
  readonly deploymentName: string | null;
  readonly modelId: string | null;
  readonly modelVersionId: string | null;
  readonly modelName: string;
  readonly modelVersionNumber: number;
  readonly servingPath: 'compiled' | 'container';
  readonly inputDatasetId: string | null;
  readonly inputVersionId: string | null;
  readonly inputDatasetName: string;
  readonly inputVersionNumber: number;
  readonly outputDatasetId: string;
  readonly outputVersionId: string;
  readonly outputDatasetName: string;
  /** Once the output is stored. */
  readonly outputVersionNumber: number | null;
  readonly outputIsNew: boolean;
  readonly options: BatchJob['options'];
  readonly rowsTotal: number;
  readonly rowsDone: number;
  readonly rowsFailed: number;
  readonly rowsNoted: number;
  readonly rowsPerSecond: number | null;
  readonly classCounts: Readonly<Record<string, number>>;
  readonly badRows: BatchBadRow[];
  readonly result: BatchJob['result'];
  readonly failure: string | null;
  readonly cancelRequestedAt: Date | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}
