import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { isArtifactStoreError, type ArtifactStore, type StoredArtifact } from '@modelwright/artifact-store';
import { ContainerRuntime, ContainerRuntimeError, type ContainerMount } from '@modelwright/container-runtime';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { DatasetsService } from '../datasets/datasets.service.js';
import { ModelsService } from '../models/models.service.js';
import { SystemScope, type Scope } from '../platform/authorization/project-scope.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { messageOf } from '../platform/database/data-source.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { openUntrusted, UntrustedFileError } from '../training/supervise/untrusted-file.js';
import { EXPORT_FILES, exportKey } from './export-files.js';
import { packageNameOf } from './export-formats.js';
import type { ExportDetails, ModelExportEntity } from './export.entity.js';
import { ExportsRepository } from './exports.repository.js';
import { JobEndedError, SandboxJobs, type JobProgress } from './jobs/sandbox-jobs.js';
import { JobWorkspaces, type JobFolders } from './jobs/job-workspaces.js';

export const MAKE_EXPORT = 'model-export';

const TIMEOUT_SECONDS = 1800;
const MAX_EXPORT_BYTES = 16 * 1024 ** 3;
const CANCEL_LOOK_MS = 1_000;
const IMAGE_PORT = 8080;

const Made = z.looseObject({
  outcome: z.literal('succeeded'),
  file: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,120}$/),
  details: z
    .looseObject({
      parity: z
        .object({
          rows: z.number().int(),
          largestDifference: z.number(),
          allowedDifference: z.number(),
          otherClasses: z.number().int(),
        })
        .optional(),
    })
    .default({}),
});

interface Finished {
  readonly fileName: string;
  readonly stored: StoredArtifact;
  readonly details: ExportDetails;
}

/** Makes the file of one export. Handed out again when a process dies in the middle, and safe to repeat. */
@Injectable()
export class ExportWorker implements OnModuleInit {
  private readonly logger = new Logger('ExportWorker');

  constructor(
    private readonly exports: ExportsRepository,
    private readonly models: ModelsService,
    private readonly datasets: DatasetsService,
    private readonly jobs: SandboxJobs,
    private readonly workspaces: JobWorkspaces,
    private readonly runtime: ContainerRuntime,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
    @Inject(EXPORT_FILES) private readonly files: ArtifactStore,
  ) {}

  onModuleInit(): void {
    this.queue.register(MAKE_EXPORT, { concurrency: 1, attempts: 5 }, (id, { signal }) =>
      this.make(id, signal),
    );
  }

  private async make(id: string, signal: AbortSignal): Promise<void> {
    const row = await this.exports.findForWork(id);
    if (!row || (row.status !== 'queued' && row.status !== 'running')) return;
    const scope = SystemScope.forBackgroundWork(row.projectId);
    if (row.cancelRequestedAt !== null) return this.end(scope, row, { status: 'cancelled' });
    if (row.status === 'queued')
      await this.exports.update(scope, id, { status: 'running', startedAt: new Date() });
    try {
      const made =
        row.format === 'image' ? await this.image(scope, row, signal) : await this.file(scope, row, signal);
      crashpoint('export.stored');
      await this.end(scope, row, {
        status: 'succeeded',
        percent: 100,
        fileName: made.fileName,
        sha256: made.stored.sha256,
        sizeBytes: made.stored.sizeBytes,
        details: made.details,
      });
    } catch (error) {
      // This process is asked to end: the container goes on, and whoever comes next waits for it.
      if (signal.aborted) throw error;
      await this.end(scope, row, failureOf(error, this.logger, id));
    }
    await this.jobs.cleanUp(id);
  }

  /** MLflow folder, package, ONNX: what a job in a container writes. */
  private async file(scope: Scope, row: ModelExportEntity, signal: AbortSignal): Promise<Finished> {
    const facts = await this.models.exportFacts(scope, row.modelVersionId);
    const result = await this.jobs.run(
      {
        id: row.id,
        projectId: row.projectId,
        generation: row.generation,
        module: 'runtime.exporting',
        timeoutSeconds: TIMEOUT_SECONDS,
        document: {
          format: row.format,
          package: packageNameOf(facts.modelName),
          title: facts.modelName,
          version: facts.versionNumber,
          description: facts.description,
          source: facts.source,
        },
        inputs: (folders) => this.inputs(scope, row, facts, folders),
      },
      {
        signal,
        progressed: (progress) => this.progressed(scope, row, progress),
        isCancelled: () => this.isCancelled(row.id),
      },
    );
    if (result.outcome === 'failed') throw new JobEndedError('failed', result.reason);
    const made = Made.safeParse(result);
    if (!made.success) throw new JobEndedError('failed', 'The job wrote a result that cannot be read.');
    const { file: fileName, details } = made.data;
    const handle = await openUntrusted(join(this.jobs.outFolder(row.id), fileName));
    if (!handle) throw new JobEndedError('failed', `The job did not leave ${fileName}.`);
    const stored = await this.store(row, fileName, handle.createReadStream(), signal);
    return { fileName, stored, details: details };
  }

  private async inputs(
    scope: Scope,
    row: ModelExportEntity,
    facts: Awaited<ReturnType<ModelsService['exportFacts']>>,
    folders: JobFolders,
  ): Promise<ContainerMount[]> {
    const model = join(folders.inputs, 'model');
    await this.models.materialiseArtifact(scope, row.modelVersionId, model);
    const mounts: ContainerMount[] = [
      { purpose: 'model', hostPath: model, containerPath: '/model', readOnly: true },
    ];
    const table = await this.table(scope, facts);
    if (table !== undefined)
      mounts.push({
        purpose: 'dataset',
        hostPath: table,
        containerPath: '/data/dataset.parquet',
        readOnly: true,
      });
    return mounts;
  }

  /** The rows to compare predictions on; without them the job makes some up. */
  private async table(
    scope: Scope,
    { datasetId, datasetVersionNumber }: Awaited<ReturnType<ModelsService['exportFacts']>>,
  ): Promise<string | undefined> {
    if (datasetId === null || datasetVersionNumber === null) return undefined;
    try {
      const table = await this.datasets.getVersionForTraining(scope, datasetId, {
        version: datasetVersionNumber,
      });
      return table.parquetPath;
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  private async image(scope: Scope, row: ModelExportEntity, signal: AbortSignal): Promise<Finished> {
    const facts = await this.models.exportFacts(scope, row.modelVersionId);
    const name = packageNameOf(facts.modelName).replaceAll('_', '-');
    // Models of two projects may have one name: the end of the id tells their images apart.
    const reference = `modelwright/${name}:${facts.versionNumber}-${row.modelVersionId.slice(-8)}`;
    const fileName = `${name}-${facts.versionNumber}-image.tar.gz`;
    const folders = await this.workspaces.prepare(row.id, {});
    const model = join(folders.inputs, 'model');
    await mkdir(model, { recursive: true });
    await this.models.materialiseArtifact(scope, row.modelVersionId, model);
    const cancelling = new AbortController();
    const timer = setInterval(() => {
      this.isCancelled(row.id)
        .then((cancelled) => {
          if (cancelled) cancelling.abort(new JobEndedError('cancelled', 'It was cancelled.'));
        })
        .catch((error: unknown) =>
          this.logger.warn(`Cannot look whether an export is cancelled: ${messageOf(error)}`),
        );
    }, CANCEL_LOOK_MS);
    const either = AbortSignal.any([signal, cancelling.signal]);
    try {
      await this.progressed(scope, row, { percent: 10, step: 'Building the image' });
      const tar = await this.runtime.saveModelImage(
        {
          reference,
          folder: model,
          entrypoint: ['python', '-m', 'runtime.serving'],
          env: {
            MW_MODEL_DIR: '/opt/modelwright/model',
            MW_HTTP_PORT: String(IMAGE_PORT),
            MW_MODEL_NAME: name,
            MW_MODEL_VERSION: String(facts.versionNumber),
          },
          labels: {
            'org.opencontainers.image.title': facts.modelName,
            'org.opencontainers.image.version': String(facts.versionNumber),
            'org.opencontainers.image.description': facts.description,
          },
          port: IMAGE_PORT,
        },
        { signal: either },
      );
      await this.progressed(scope, row, { percent: 40, step: 'Packing the image' });
      // Fast rather than small: an image is mostly libraries that do not shrink much more.
      const packed = pipeline(tar, createGzip({ level: 1 }), () => undefined);
      const stored = await this.store(row, fileName, packed, either);
      return { fileName, stored, details: { image: reference } };
    } catch (error) {
      throw cancelling.signal.aborted ? cancelling.signal.reason : error;
    } finally {
      clearInterval(timer);
    }
  }

  private store(
    row: ModelExportEntity,
    name: string,
    content: Readable,
    signal: AbortSignal,
  ): Promise<StoredArtifact> {
    return this.files.put(exportKey(row.id, name), content, { maxBytes: MAX_EXPORT_BYTES, signal });
  }

  private async isCancelled(id: string): Promise<boolean> {
    const row = await this.exports.findForWork(id);
    return row === null || row.cancelRequestedAt !== null;
  }

  private async progressed(scope: Scope, row: ModelExportEntity, progress: JobProgress): Promise<void> {
    await this.exports.update(scope, row.id, { step: progress.step, percent: progress.percent });
    await this.tell(row);
  }

  private async end(scope: Scope, row: ModelExportEntity, patch: Partial<ModelExportEntity>): Promise<void> {
    await this.exports.end(scope, row.id, patch);
    await this.tell(row);
  }

  private tell(row: ModelExportEntity): Promise<void> {
    return this.events.publish({
      type: 'export.updated',
      projectId: row.projectId,
      entity: { kind: 'model', id: row.modelVersionId },
    });
  }
}

/** What a row says about an error; only those that nobody foresaw go to the log. */
export function failureOf(
  error: unknown,
  logger: Logger,
  id: string,
): { status: 'failed' | 'cancelled'; reason: string } {
  if (error instanceof JobEndedError)
    return { status: error.kind === 'cancelled' ? 'cancelled' : 'failed', reason: error.message };
  if (error instanceof ContainerRuntimeError) return { status: 'failed', reason: error.message };
  if (error instanceof Problem) return { status: 'failed', reason: error.detail };
  if (error instanceof UntrustedFileError)
    return { status: 'failed', reason: `The file of the job ${error.message}.` };
  if (isArtifactStoreError(error, 'out-of-space'))
    return { status: 'failed', reason: 'The disk of the installation is full. Free space and try again.' };
  if (isArtifactStoreError(error, 'too-large'))
    return { status: 'failed', reason: 'The file is larger than an export may be.' };
  logger.error(`Job ${id} failed: ${messageOf(error)}`);
  return {
    status: 'failed',
    reason: 'It met an error that nobody foresaw; the log of the API has the details.',
  };
}
