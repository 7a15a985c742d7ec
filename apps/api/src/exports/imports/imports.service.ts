import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { ImportedModels } from '../../models/imported-models.js';
import { ModelsService } from '../../models/models.service.js';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { isForeignKeyViolation } from '../../platform/database/pg-errors.js';
import { toPage, type PageQuery } from '../../platform/paging/page.js';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { importedKey } from '../export-files.js';
import { INSPECT_IMPORT } from './import-worker.js';
import { ImportFiles } from './import-files.js';
import { ImportUploads } from './import-uploads.js';
import {
  ImportReportSchema,
  type CreateModelImportQuery,
  type ModelImportPage,
  type ModelImportResponse,
  type RegisteredModel,
  type RegisterModelImportRequest,
} from './import.dto.js';
import type { ModelImportEntity } from './import.entity.js';
import { ImportsRepository } from './imports.repository.js';

const MODEL = 'model.joblib';

interface Chosen {
  readonly datasetId: string;
  readonly datasetName: string;
  readonly datasetVersionId: string;
  readonly versionNumber: number;
}

/** Models from outside: uploaded, looked at in a container, and then registered by a person. */
@Injectable()
export class ImportsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly imports: ImportsRepository,
    private readonly uploads: ImportUploads,
    private readonly files: ImportFiles,
    private readonly datasets: DatasetsService,
    private readonly models: ModelsService,
    private readonly imported: ImportedModels,
    private readonly queue: WorkQueue,
  ) {}

  /** @param id for the import; one that exists already is what an earlier try of the same request made */
  async create(
    scope: ProjectScope,
    query: CreateModelImportQuery,
    request: FastifyRequest,
    id: string = uuid(),
  ): Promise<ModelImportResponse> {
    const earlier = await this.imports.find(scope, id);
    if (earlier) return this.respond(scope, earlier);
    const chosen = await this.chosen(scope, query);
    const received = await this.uploads.receive(request, id);
    const row: ModelImportEntity = {
      id,
      projectId: scope.projectId,
      fileName: received.fileName,
      sha256: received.model.sha256,
      sizeBytes: received.model.sizeBytes,
      hasSample: received.hasSample,
      datasetId: chosen?.datasetId ?? null,
      datasetVersionId: chosen?.datasetVersionId ?? null,
      datasetVersionNumber: chosen?.versionNumber ?? null,
      datasetName: chosen?.datasetName ?? null,
      target: query.target ?? null,
      status: 'queued',
      step: null,
      percent: 0,
      reason: null,
      report: null,
      contract: null,
      evaluation: null,
      environment: null,
      manifest: null,
      generation: 0,
      cancelRequestedAt: null,
      createdBy: scope.userId,
      createdAt: new Date(),
      startedAt: null,
      finishedAt: null,
    };
    try {
      await this.dataSource.transaction(async (manager) => {
        await this.imports.insert(scope, row, manager);
        await this.queue.enqueue(INSPECT_IMPORT, id, { manager });
      });
    } catch (error) {
      await this.uploads.remove(id);
      if (!isForeignKeyViolation(error)) throw error;
      throw new Problem('dataset-not-found', 'The dataset was deleted in the meantime.', { cause: error });
    }
    return this.respond(scope, row);
  }

  async list(scope: ProjectScope, query: PageQuery): Promise<ModelImportPage> {
    const rows = await this.imports.list(scope, query);
    const page = toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => row,
    );
    const versions = await this.imports.versionsOf(
      scope,
      page.items.map(({ id }) => id),
    );
    return {
      items: page.items.map((row) => toResponse(row, versions.get(row.id) ?? null)),
      nextCursor: page.nextCursor,
    };
  }

  async get(scope: ProjectScope, importId: string): Promise<ModelImportResponse> {
    return this.respond(scope, await this.find(scope, importId));
  }

  async cancel(scope: ProjectScope, importId: string): Promise<ModelImportResponse> {
    const row = await this.find(scope, importId);
    if (row.status === 'queued' || row.status === 'running')
      await this.imports.update(scope, importId, { cancelRequestedAt: new Date() });
    if (row.status === 'queued')
      await this.imports.end(scope, importId, { status: 'cancelled', reason: 'It was cancelled.' });
    return this.get(scope, importId);
  }

  /** @throws Problem `conflict` when the inspection has not found it usable */
  async register(
    scope: ProjectScope,
    importId: string,
    { modelName }: RegisterModelImportRequest,
  ): Promise<RegisteredModel> {
    const row = await this.find(scope, importId);
    const { contract, evaluation, environment, manifest } = row;
    const file = manifest?.files.find(({ name }) => name === MODEL);
    if (row.status !== 'usable' || !contract || !evaluation || !environment || !manifest || !file)
      throw new Problem(
        'conflict',
        `"${row.fileName}" cannot be registered: ${row.reason ?? `its inspection is ${row.status}`}`,
      );
    const versionId = await this.imported.register(
      scope,
      {
        importId,
        fileName: row.fileName,
        label: labelOf(row),
        dataset: datasetOf(row, manifest.dataSha256),
        artifactKey: importedKey(importId, MODEL),
        artifactSha256: file.sha256,
        sizeBytes: file.sizeBytes,
        contract,
        evaluation,
        environment,
        manifest,
      },
      modelName,
    );
    const { modelId, number } = await this.models.getModelVersion(scope, versionId);
    return { modelId, modelVersionId: versionId, number };
  }

  /** @throws Problem `conflict` while it is looked at, or when a model version was made of it */
  async delete(scope: ProjectScope, importId: string): Promise<void> {
    const row = await this.find(scope, importId);
    if (row.status === 'queued' || row.status === 'running')
      throw new Problem('conflict', 'The model is being looked at. Cancel that first.');
    if ((await this.imported.versionOf(scope, importId)) !== undefined) throw hasVersion();
    try {
      await this.imports.delete(scope, importId);
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      throw hasVersion(error);
    }
    await this.files.remove(importId);
  }

  private async chosen(scope: ProjectScope, query: CreateModelImportQuery): Promise<Chosen | undefined> {
    if (query.datasetId === undefined) return undefined;
    return this.datasets.getVersionForTraining(scope, query.datasetId, {
      ...(query.version === undefined ? {} : { version: query.version }),
      ...(query.target === undefined ? {} : { target: query.target }),
    });
  }

  private async respond(scope: ProjectScope, row: ModelImportEntity): Promise<ModelImportResponse> {
    return toResponse(row, (await this.imported.versionOf(scope, row.id)) ?? null);
  }

  private async find(scope: ProjectScope, importId: string): Promise<ModelImportEntity> {
    const row = await this.imports.find(scope, importId);
    if (!row) throw new Problem('not-found', `There is no import ${importId} that you can see.`);
    return row;
  }
}

function hasVersion(cause?: unknown): Problem {
  return new Problem('conflict', 'A model version was made of this import. Delete that first.', { cause });
}

function datasetOf(row: ModelImportEntity, sha256: string) {
  const { datasetId, datasetName, datasetVersionId, datasetVersionNumber } = row;
  if (datasetId === null || datasetVersionId === null || datasetVersionNumber === null) return null;
  return {
    id: datasetId,
    name: datasetName ?? '',
    versionId: datasetVersionId,
    versionNumber: datasetVersionNumber,
    sha256,
  };
}

/** `LogisticRegression` of a pipeline that ends with one. */
function labelOf({ report }: ModelImportEntity): string {
  const { data } = ImportReportSchema.safeParse(report);
  const last = data?.steps?.at(-1) ?? data?.estimator ?? 'Imported model';
  return (
    last
      .split(/[.:]\s*/)
      .at(-1)
      ?.slice(0, 80) ?? 'Imported model'
  );
}

function toResponse(row: ModelImportEntity, modelVersionId: string | null): ModelImportResponse {
  return {
    id: row.id,
    projectId: row.projectId,
    fileName: row.fileName,
    sizeBytes: row.sizeBytes,
    sha256: row.sha256,
    status: row.status,
    step: row.step,
    percent: row.percent,
    reason: row.reason,
    datasetId: row.datasetId,
    datasetName: row.datasetName,
    datasetVersionNumber: row.datasetVersionNumber,
    report: row.report === null ? null : (ImportReportSchema.safeParse(row.report).data ?? null),
    suggestedName: suggestedName(row.fileName),
    modelVersionId,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function suggestedName(fileName: string): string {
  const name = fileName
    .replace(/\.(zip|pkl|pickle|joblib|skops)$/i, '')
    .replaceAll(/[_-]+/g, ' ')
    .trim();
  return (name === '' ? 'Imported model' : name).slice(0, 120);
}
