import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { displayFileName, filePartOf } from '../../datasets/upload-stream.js';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { ModelsService } from '../../models/models.service.js';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { decodeIdCursor, toPage, type Page, type PageQuery } from '../../platform/paging/page.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { TrainingService } from '../../training/training.service.js';
import { refuseWithoutTarget } from '../truth/truth-keeper.js';
import { CorrectedRows } from './corrected-rows.js';
import type {
  CreateCorrectedDatasetRequest,
  FeedbackColumns,
  FeedbackJob,
  ImportFeedbackDatasetRequest,
  ImportFeedbackFileQuery,
  RetrainingDefaults,
} from './feedback-job.dto.js';
import { FeedbackFiles } from './feedback-files.js';
import { FeedbackJobsRepository, type JobRow } from './feedback-jobs.repository.js';
import { noColumn, requireColumns } from './import-source.js';
import { EMPTY_IMPORT } from './truth-import.js';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

/** Asks for work on outcomes and tells how it is; `FeedbackWorker` does it. */
@Injectable()
export class FeedbackJobs {
  constructor(
    private readonly config: AppConfig,
    private readonly deployments: DeploymentsService,
    private readonly datasets: DatasetsService,
    private readonly models: ModelsService,
    private readonly training: TrainingService,
    private readonly jobs: FeedbackJobsRepository,
    private readonly files: FeedbackFiles,
    private readonly corrected: CorrectedRows,
    private readonly people: People,
  ) {}

  /** @param id for the work; work that exists already is what an earlier try of the same request made */
  async importFile(
    scope: ProjectScope,
    deploymentId: string,
    query: ImportFeedbackFileQuery,
    request: FastifyRequest,
    id: string,
  ): Promise<FeedbackJob> {
    refuseWithoutTarget((await this.deployments.require(scope, deploymentId)).contract);
    const maxBytes = this.config.datasets.uploadMaxMb * MIB;
    const part = await filePartOf(request, maxBytes);
    if (await this.jobs.find(scope, deploymentId, id)) {
      part.file.resume();
      return this.get(scope, deploymentId, id);
    }
    const columns = columnsOf(query);
    const { sizeBytes } = await this.files.put(id, part, request, maxBytes);
    try {
      if (part.file.truncated)
        throw new Problem('upload-too-large', 'The file is larger than uploads may be.');
      await requireColumns(await this.files.open(id), columns);
      await this.jobs.create(scope, {
        id,
        deploymentId,
        title: `Outcomes from ${displayFileName(part.filename)}`,
        options: { kind: 'file-import', columns, sizeBytes },
        report: { import: EMPTY_IMPORT, dataset: null },
        createdBy: scope.userId,
      });
    } catch (error) {
      await this.files.remove(id);
      throw error;
    }
    return this.get(scope, deploymentId, id);
  }

  async importDataset(
    scope: ProjectScope,
    deploymentId: string,
    { datasetId, versionNumber, columns }: ImportFeedbackDatasetRequest,
    id: string,
  ): Promise<FeedbackJob> {
    refuseWithoutTarget((await this.deployments.require(scope, deploymentId)).contract);
    if (await this.jobs.find(scope, deploymentId, id)) return this.get(scope, deploymentId, id);
    const wanted = versionNumber === undefined ? {} : { version: versionNumber };
    const table = await this.datasets.getVersionForTraining(scope, datasetId, wanted);
    const names = table.profile.columns.map(({ name }) => name);
    for (const [field, name] of Object.entries(columns))
      if (!names.includes(name)) throw noColumn(names, name, `#/columns/${field}`);
    await this.jobs.create(scope, {
      id,
      deploymentId,
      title: `Outcomes from ${table.datasetName} v${table.versionNumber}`,
      options: { kind: 'dataset-import', columns, datasetId, versionNumber: table.versionNumber },
      report: { import: EMPTY_IMPORT, dataset: null },
      createdBy: scope.userId,
    });
    return this.get(scope, deploymentId, id);
  }

  /** @throws Problem `conflict` without rows, without a dataset to add to, or with columns that the log does not hold */
  async makeVersion(
    scope: ProjectScope,
    deploymentId: string,
    request: CreateCorrectedDatasetRequest,
    id: string,
  ): Promise<FeedbackJob> {
    const deployment = await this.deployments.require(scope, deploymentId);
    refuseWithoutTarget(deployment.contract);
    if (await this.jobs.find(scope, deploymentId, id)) return this.get(scope, deploymentId, id);
    const { contract, maskedColumns } = deployment;
    const masked = contract.inputs.map(({ name }) => name).filter((name) => maskedColumns.includes(name));
    if (masked.length > 0 && request.masked === 'refuse') throw maskedRefusal(masked);
    const from = new Date(Date.now() - request.windowHours * HOUR_MS);
    const rows = await this.corrected.count(scope, deploymentId, from, request.only);
    if (rows === 0)
      throw new Problem(
        'conflict',
        `No ${request.only === 'wrong' ? 'wrongly predicted row' : 'row'} of this window has a known outcome. Send outcomes first, or choose a longer window.`,
      );
    const base =
      request.into === 'training-dataset' ? await this.baseOf(scope, deployment.modelVersionId) : null;
    const target = contract.target?.name ?? '';
    const datasetId = base?.datasetId ?? uuidv7();
    const isFresh = base === null;
    await this.jobs.create(scope, {
      id,
      deploymentId,
      title: base ? `Outcomes into ${base.datasetName}` : `Outcomes as ${request.name ?? ''}`,
      options: {
        kind: 'dataset-version',
        datasetId,
        versionId: uuidv7(),
        name: isFresh ? (request.name ?? '') : null,
        baseVersionNumber: base?.versionNumber ?? null,
        from: from.toISOString(),
        only: request.only,
        target,
        columns: contract.inputs.map(({ name }) => name).filter((name) => !masked.includes(name)),
        source: `${request.only === 'wrong' ? 'Corrected rows' : 'Rows with outcomes'} of ${deployment.name}${base ? ` after v${base.versionNumber}` : ''}`,
      },
      report: {
        import: null,
        dataset: {
          datasetId,
          versionNumber: null,
          baseVersionNumber: base?.versionNumber ?? null,
          baseRows: base?.rows ?? 0,
          addedRows: 0,
          lostRows: 0,
          emptyColumns: masked,
        },
      },
      createdBy: scope.userId,
    });
    return this.get(scope, deploymentId, id);
  }

  /** What a new run would need to do the same as the one that the served version came of. */
  async retraining(scope: ProjectScope, deploymentId: string): Promise<RetrainingDefaults> {
    const { modelVersionId } = await this.deployments.require(scope, deploymentId);
    const model = await this.models.getJudged(scope, modelVersionId);
    const { datasetId, target, task } = model;
    const fallback = { metric: model.evaluation.metric?.name ?? '', families: [model.family] };
    const { metric, families } =
      model.runId === null ? fallback : await this.run(scope, model.runId, fallback);
    return { datasetId, target, task, metric, families };
  }

  async list(scope: Scope, deploymentId: string, query: PageQuery): Promise<Page<FeedbackJob>> {
    await this.deployments.require(scope, deploymentId);
    const rows = await this.jobs.page(scope, deploymentId, query.limit + 1, decodeIdCursor(query.cursor));
    const names = await this.people.displayNames(rows.map(({ createdBy }) => createdBy));
    return toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => describe(row, names),
    );
  }

  async get(scope: Scope, deploymentId: string, id: string): Promise<FeedbackJob> {
    const row = await this.jobs.find(scope, deploymentId, id);
    if (!row) throw new Problem('not-found', 'This deployment has no such work on outcomes.');
    return describe(row, await this.people.displayNames([row.createdBy]));
  }

  async cancel(scope: Scope, deploymentId: string, id: string): Promise<FeedbackJob> {
    await this.get(scope, deploymentId, id);
    await this.jobs.requestCancel(scope, deploymentId, id);
    return this.get(scope, deploymentId, id);
  }

  private async baseOf(scope: Scope, modelVersionId: string) {
    const { datasetId } = await this.models.getJudged(scope, modelVersionId);
    if (datasetId === null)
      throw new Problem(
        'conflict',
        'The dataset that the served version was trained on is not here. Make a new dataset instead.',
      );
    return this.datasets.getVersionForTraining(scope, datasetId);
  }

  private async run(
    scope: ProjectScope,
    runId: string,
    otherwise: Pick<RetrainingDefaults, 'metric' | 'families'>,
  ): Promise<Pick<RetrainingDefaults, 'metric' | 'families'>> {
    try {
      const { metric, families } = await this.training.getRun(scope, runId);
      return { metric: metric.name, families: [...families] };
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return otherwise;
      throw error;
    }
  }
}

function columnsOf(query: ImportFeedbackFileQuery): FeedbackColumns {
  const { requestIdColumn, truthColumn, rowIndexColumn, observedAtColumn } = query;
  return {
    requestId: requestIdColumn,
    truth: truthColumn,
    ...(rowIndexColumn === undefined ? {} : { rowIndex: rowIndexColumn }),
    ...(observedAtColumn === undefined ? {} : { observedAt: observedAtColumn }),
  };
}

function maskedRefusal(masked: readonly string[]): Problem {
  const names = masked.map((name) => `"${name}"`).join(', ');
  return new Problem(
    'conflict',
    `The log does not hold the values of ${names}, which ${masked.length === 1 ? 'is' : 'are'} masked. Send "masked": "leave-out" to leave those cells empty.`,
    { errors: masked.map((name) => ({ pointer: '#/masked', detail: 'is masked in the log', got: name })) },
  );
}

function describe(row: JobRow, names: ReadonlyMap<string, string>): FeedbackJob {
  return {
    id: row.id,
    deploymentId: row.deploymentId,
    kind: row.options.kind,
    title: row.title,
    status: row.status,
    progress: row.progress,
    import: row.report.import,
    dataset: row.report.dataset,
    reason: row.reason,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy === null ? null : (names.get(row.createdBy) ?? null),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
