import { createHash } from 'node:crypto';
import { isArtifactStoreError, type ArtifactStore } from '@modelwright/artifact-store';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { CompiledForms } from '../models/compiled-forms.service.js';
import { ModelsService } from '../models/models.service.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { isForeignKeyViolation } from '../platform/database/pg-errors.js';
import { sha256Of } from '../platform/files/sha256.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { EXPORT_FILES, exportKey, exportPrefix } from './export-files.js';
import { commandsOf, EXPORT_REVISION, FORMATS } from './export-formats.js';
import { MAKE_EXPORT } from './export-worker.js';
import type { CreateModelExportRequest, ModelExportList, ModelExportResponse } from './export.dto.js';
import type { ModelExportEntity } from './export.entity.js';
import { ExportsRepository } from './exports.repository.js';

type Facts = Awaited<ReturnType<ModelsService['exportFacts']>>;

/** Exports as people ask for them; they are made in the background. */
@Injectable()
export class ExportsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly exports: ExportsRepository,
    private readonly models: ModelsService,
    private readonly compiled: CompiledForms,
    private readonly queue: WorkQueue,
    @Inject(EXPORT_FILES) private readonly files: ArtifactStore,
  ) {}

  async list(scope: ProjectScope, modelVersionId: string): Promise<ModelExportList> {
    const facts = await this.models.exportFacts(scope, modelVersionId);
    const [rows, refusal] = await Promise.all([
      this.exports.listOf(scope, modelVersionId),
      this.compiled.refusal(scope, modelVersionId),
    ]);
    return {
      items: rows.map((row) => toResponse(row, facts)),
      formats: FORMATS.map((known) => ({ ...known, doubt: known.format === 'onnx' ? refusal : null })),
    };
  }

  /**
   * The export of a model that has not changed is used again.
   * @param id for a new one; one that exists already is what an earlier try of the same request made
   */
  async create(
    scope: ProjectScope,
    modelVersionId: string,
    { format }: CreateModelExportRequest,
    id: string = uuid(),
  ): Promise<ModelExportResponse> {
    const facts = await this.models.exportFacts(scope, modelVersionId);
    if (!FORMATS.some((known) => known.format === format))
      throw new Problem('invalid-request', `This installation cannot export as ${format}.`, {
        errors: [
          { pointer: '#/format', detail: 'is not offered', expected: FORMATS.map((known) => known.format) },
        ],
      });
    const row = newExport(id, scope, modelVersionId, format, fingerprintOf(facts, format));
    for (;;) {
      const known =
        (await this.exports.find(scope, id)) ??
        (await this.exports.living(scope, modelVersionId, format, row.fingerprint));
      if (known && (await this.isWhole(known))) return toResponse(known, facts);
      if (known) await this.exports.delete(scope, known.id);
      if (await this.insert(scope, row)) return toResponse(row, facts);
    }
  }

  async get(scope: ProjectScope, exportId: string): Promise<ModelExportResponse> {
    const row = await this.find(scope, exportId);
    return toResponse(row, await this.models.exportFacts(scope, row.modelVersionId));
  }

  /** One that has ended stays as it is. */
  async cancel(scope: ProjectScope, exportId: string): Promise<ModelExportResponse> {
    const row = await this.find(scope, exportId);
    if (row.status === 'queued' || row.status === 'running')
      await this.exports.update(scope, exportId, { cancelRequestedAt: new Date() });
    if (row.status === 'queued')
      await this.exports.end(scope, exportId, { status: 'cancelled', reason: 'It was cancelled.' });
    return this.get(scope, exportId);
  }

  async delete(scope: ProjectScope, exportId: string): Promise<void> {
    const row = await this.find(scope, exportId);
    if (row.status === 'queued' || row.status === 'running')
      throw new Problem('conflict', 'The export is still being made. Cancel it first.');
    await this.exports.delete(scope, exportId);
    await this.files.deletePrefix(exportPrefix(exportId));
  }

  async open(scope: ProjectScope, exportId: string): Promise<{ file: StreamableFile; sha256: string }> {
    const row = await this.find(scope, exportId);
    const { fileName, sha256, sizeBytes } = row;
    if (row.status !== 'succeeded' || fileName === null || sha256 === null || sizeBytes === null)
      throw new Problem('conflict', `The export is ${row.status}; there is no file yet.`);
    const key = exportKey(exportId, fileName);
    await this.refuseDamaged(scope, key, row);
    const content = await this.files.get(key);
    const file = new StreamableFile(content, {
      type: TYPES[row.format],
      length: sizeBytes,
      disposition: `attachment; filename="${fileName}"`,
    });
    return { file, sha256 };
  }

  /** Compared before the first byte leaves, while a problem can still be sent (F20). */
  private async refuseDamaged(scope: ProjectScope, key: string, row: ModelExportEntity): Promise<void> {
    try {
      if ((await sha256Of(await this.files.get(key))) === row.sha256) return;
    } catch (error) {
      if (!isArtifactStoreError(error, 'not-found')) throw error;
    }
    const reason = `${row.fileName ?? 'The file'} is not the file that was stored: its bytes have changed or are gone. Export again.`;
    // No longer one that is used again instead of making a new one.
    await this.exports.update(scope, row.id, { status: 'failed', reason });
    throw new Problem('artifact-damaged', reason);
  }

  /** Whether a finished export still has its file. */
  private async isWhole({ status, id, fileName }: ModelExportEntity): Promise<boolean> {
    if (status !== 'succeeded' || fileName === null) return true;
    return (await this.files.stat(exportKey(id, fileName))) !== null;
  }

  private async insert(scope: ProjectScope, row: ModelExportEntity): Promise<boolean> {
    try {
      const inserted = await this.dataSource.transaction(async (manager) => {
        if (!(await this.exports.insert(scope, row, manager))) return false;
        await this.queue.enqueue(MAKE_EXPORT, row.id, { manager });
        return true;
      });
      crashpoint('export.row_written');
      return inserted;
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      throw new Problem('model-not-found', 'The model version was deleted in the meantime.', {
        cause: error,
      });
    }
  }

  private async find(scope: ProjectScope, exportId: string): Promise<ModelExportEntity> {
    const row = await this.exports.find(scope, exportId);
    if (!row) throw new Problem('not-found', `There is no export ${exportId} that you can see.`);
    return row;
  }
}

const TYPES = {
  mlflow: 'application/zip',
  package: 'application/zip',
  image: 'application/gzip',
  onnx: 'application/octet-stream',
} as const;

/** What the bytes of an export depend on. */
function fingerprintOf(facts: Facts, format: string): string {
  const parts = [EXPORT_REVISION, format, facts.artifactSha256, facts.modelName, facts.versionNumber];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function newExport(
  id: string,
  scope: ProjectScope,
  modelVersionId: string,
  format: CreateModelExportRequest['format'],
  fingerprint: string,
): ModelExportEntity {
  return {
    id,
    projectId: scope.projectId,
    modelVersionId,
    format,
    fingerprint,
    status: 'queued',
    step: null,
    percent: 0,
    reason: null,
    fileName: null,
    sha256: null,
    sizeBytes: null,
    details: {},
    generation: 0,
    cancelRequestedAt: null,
    createdBy: scope.userId,
    createdAt: new Date(),
    startedAt: null,
    finishedAt: null,
  };
}

function toResponse(row: ModelExportEntity, facts: Facts): ModelExportResponse {
  const { requirements, checkedRows, image, parity } = row.details;
  return {
    id: row.id,
    projectId: row.projectId,
    modelVersionId: row.modelVersionId,
    format: row.format,
    status: row.status,
    step: row.step,
    percent: row.percent,
    reason: row.reason,
    fileName: row.fileName,
    sizeBytes: row.sizeBytes,
    sha256: row.sha256,
    details: {
      ...(requirements ? { requirements: [...requirements] } : {}),
      ...(checkedRows === undefined ? {} : { checkedRows }),
      ...(image === undefined ? {} : { image }),
      ...(parity ? { parity: { ...parity } } : {}),
    },
    commands: commandsOf(row, facts.example),
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
