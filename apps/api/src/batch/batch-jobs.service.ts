import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { DatasetProducts } from '../datasets/dataset-products.js';
import { DatasetsService } from '../datasets/datasets.service.js';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { toPage } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import {
  CreateBatchJobRequest,
  type BatchJob,
  type BatchJobCheck,
  type BatchJobListQuery,
  type BatchJobPage,
  type BatchJobPreview,
  type BatchJobSummary,
  type CheckBatchJobRequest,
  type PreviewBatchJobRequest,
} from './batch-job.dto.js';
import type { BatchJobRow } from './batch-job.row.js';
import { BatchJobsRepository } from './batch-jobs.repository.js';
import { BatchPlanner } from './plan/batch-planner.js';
import { BATCH_WORK } from './run/batch-driver.js';

const MAX_ACTIVE = 20;

/** Batch jobs as people ask for them. */
@Injectable()
export class BatchJobsService {
  constructor(
    private readonly jobs: BatchJobsRepository,
    private readonly planner: BatchPlanner,
    private readonly datasets: DatasetsService,
    private readonly products: DatasetProducts,
    private readonly queue: WorkQueue,
  ) {}

  check(scope: Scope, request: CheckBatchJobRequest): Promise<BatchJobCheck> {
    return this.planner.check(scope, request);
  }

  preview(scope: Scope, request: PreviewBatchJobRequest): Promise<BatchJobPreview> {
    return this.planner.preview(scope, request);
  }

  /**
   * @param id one that exists already is what an earlier try of the same request made
   * @throws Problem as `BatchPlanner.plan`, `name-taken`, `conflict`
   */
  async create(scope: ProjectScope, request: CreateBatchJobRequest, id: string = uuid()): Promise<BatchJob> {
    if (await this.jobs.find(scope, id)) return this.get(scope, id);
    const { model, table, plan } = await this.planner.plan(scope, request);
    const output = await this.outputOf(scope, request, table.datasetName);
    const { mapping, columns, probabilities, notes, intervals, onBadRow } = request;
    const row: BatchJobRow = {
      id,
      projectId: scope.projectId,
      status: 'queued',
      stage: null,
      waitingFor: null,
      deploymentId: model.deployment?.id ?? null,
      deploymentName: model.deployment?.name ?? null,
      modelId: model.modelId,
      modelVersionId: model.modelVersionId,
      modelName: model.modelName,
      modelVersionNumber: model.versionNumber,
      servingPath: model.servingPath,
      inputDatasetId: table.datasetId,
      inputVersionId: table.datasetVersionId,
      inputDatasetName: table.datasetName,
      inputVersionNumber: table.versionNumber,
      ...output,
      outputVersionId: uuid(),
      outputVersionNumber: null,
      options: { mapping, columns, probabilities, notes, intervals, onBadRow },
      rowsTotal: table.rows,
      rowsDone: 0,
      rowsFailed: 0,
      rowsNoted: 0,
      rowsPerSecond: null,
      classCounts: {},
      badRows: [],
      result: null,
      failure: null,
      cancelRequestedAt: null,
      createdBy: scope.userId,
      createdAt: new Date(),
      startedAt: null,
      finishedAt: null,
    };
    await this.jobs.transaction(async (manager) => {
      if ((await this.jobs.countActive(scope, manager)) >= MAX_ACTIVE)
        throw new Problem(
          'conflict',
          `The project has ${MAX_ACTIVE} batch jobs waiting or at work. Wait for one to end.`,
        );
      await this.queue.enqueue(BATCH_WORK, id, { manager });
      await this.jobs.insert(scope, row, plan, manager);
    });
    crashpoint('batch.row_written');
    return this.get(scope, id);
  }

  async list(scope: Scope, query: BatchJobListQuery): Promise<BatchJobPage> {
    return toPage(await this.jobs.list(scope, query), query.limit, (row) => [row.id], toSummary);
  }

  async get(scope: Scope, id: string): Promise<BatchJob> {
    const row = await this.find(scope, id);
    const plan = await this.jobs.planOf(scope, id);
    return {
      ...toSummary(row),
      badRows: row.badRows,
      columns: plan?.columns ?? [],
      ignored: plan?.ignored ?? [],
      rowsUnread: plan?.rowsUnread ?? 0,
    };
  }

  async cancel(scope: Scope, id: string): Promise<BatchJob> {
    await this.find(scope, id);
    await this.jobs.requestCancel(scope, id);
    return this.get(scope, id);
  }

  /**
   * The same once more, with the version that its deployment serves now and the newest rows of its dataset.
   * @throws Problem as `create`, and `conflict` when what it was made of is gone
   */
  async repeat(scope: ProjectScope, id: string, newId: string = uuid()): Promise<BatchJob> {
    if (await this.jobs.find(scope, newId)) return this.get(scope, newId);
    const job = await this.find(scope, id);
    if (job.inputDatasetId === null)
      throw new Problem(
        'conflict',
        `Dataset "${job.inputDatasetName}" was deleted, so its rows cannot be predicted again.`,
      );
    const ofDeployment = job.deploymentName !== null;
    const model = ofDeployment ? job.deploymentId : job.modelVersionId;
    if (model === null)
      throw new Problem(
        'conflict',
        `${ofDeployment ? `Deployment "${job.deploymentName ?? ''}"` : `Version ${job.modelVersionNumber} of "${job.modelName}"`} was deleted.`,
      );
    const output = await this.repeatedOutput(scope, job);
    const request = CreateBatchJobRequest.parse({
      ...(ofDeployment ? { deploymentId: model } : { modelVersionId: model }),
      datasetId: job.inputDatasetId,
      ...job.options,
      ...output,
    });
    return this.create(scope, request, newId);
  }

  /** Forgets a job that has ended; its output stays. @throws Problem `batch-job-not-found`, `conflict` */
  async delete(scope: Scope, id: string): Promise<void> {
    await this.find(scope, id);
    if (!(await this.jobs.deleteEnded(scope, id)))
      throw new Problem('conflict', 'The job is at work. Cancel it first.');
  }

  /** A job that made a dataset of its own adds a version to it; when that is gone, it makes another. */
  private async repeatedOutput(scope: Scope, job: BatchJobRow): Promise<Partial<CreateBatchJobRequest>> {
    if (job.outputIsNew && job.outputVersionNumber === null) return {};
    const isThere = await this.datasets.get(scope, job.outputDatasetId).then(
      () => true,
      (cause: unknown) => {
        if (cause instanceof Problem && cause.code === 'dataset-not-found') return false;
        throw cause;
      },
    );
    return isThere ? { outputDatasetId: job.outputDatasetId } : {};
  }

  private async outputOf(
    scope: Scope,
    { outputName, outputDatasetId }: CreateBatchJobRequest,
    tableName: string,
  ): Promise<Pick<BatchJobRow, 'outputDatasetId' | 'outputDatasetName' | 'outputIsNew'>> {
    if (outputDatasetId !== undefined) {
      const { name } = await this.datasets.get(scope, outputDatasetId);
      return { outputDatasetId, outputDatasetName: name, outputIsNew: false };
    }
    if (outputName !== undefined) await this.products.refuseTakenName(scope, outputName, '#/outputName');
    const outputDatasetName = outputName ?? `${tableName.slice(0, 160)} predictions`;
    return { outputDatasetId: uuid(), outputDatasetName, outputIsNew: true };
  }

  private async find(scope: Scope, id: string): Promise<BatchJobRow> {
    const row = await this.jobs.find(scope, id);
    if (!row) throw new Problem('batch-job-not-found', `There is no batch job ${id} that you can see.`);
    return row;
  }
}

function toSummary(row: BatchJobRow): BatchJobSummary {
  const isPredicting = row.stage === 'predicting' && row.rowsPerSecond !== null && row.rowsPerSecond > 0;
  const left = row.rowsTotal - row.rowsDone;
  return {
    id: row.id,
    projectId: row.projectId,
    status: row.status,
    stage: row.stage,
    waitingFor: row.waitingFor,
    deployment: row.deploymentName === null ? null : { id: row.deploymentId, name: row.deploymentName },
    model: {
      modelId: row.modelId,
      modelVersionId: row.modelVersionId,
      modelName: row.modelName,
      versionNumber: row.modelVersionNumber,
    },
    servingPath: row.servingPath,
    input: {
      datasetId: row.inputDatasetId,
      datasetName: row.inputDatasetName,
      version: row.inputVersionNumber,
    },
    output: {
      datasetId: row.outputVersionNumber === null && row.outputIsNew ? null : row.outputDatasetId,
      datasetName: row.outputDatasetName,
      version: row.outputVersionNumber,
      isNewDataset: row.outputIsNew,
    },
    options: row.options,
    rowsTotal: row.rowsTotal,
    rowsDone: row.rowsDone,
    rowsFailed: row.rowsFailed,
    rowsNoted: row.rowsNoted,
    rowsPerSecond: row.rowsPerSecond,
    secondsLeft: isPredicting ? left / (row.rowsPerSecond ?? 1) : null,
    result: row.result,
    failure: row.failure,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
