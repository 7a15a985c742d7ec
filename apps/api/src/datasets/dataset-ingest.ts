import { TableEngine, TableError, type IngestProgress, type IngestResult } from '@modelwright/table-engine';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { AppConfig } from '../platform/config/app-config.js';
import { processFolderName } from '../platform/config/process-folder.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { messageOf } from '../platform/database/data-source.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { isOutOfSpace } from '../platform/problems/out-of-space.js';
import { WorkQueue, type WorkContext } from '../platform/queue/work-queue.js';
import { DatasetFiles } from './dataset-files.js';
import { INGEST_WORK } from './dataset-uploads.js';
import type { VersionFailure, VersionProgress, VersionRow } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';

const ATTEMPTS = 3;
const DEADLINE_MS = 30 * 60_000;
const PROGRESS_EVERY_MS = 500;
/** Not the fault of the file: another try may do better. */
const MAY_PASS: ReadonlySet<string> = new Set(['engine-stopped', 'out-of-space']);
/** Where tables are read before they are stored: a folder per process, in it one per job. */
export const WORK_FOLDER = 'tables';
export const OWN_WORK_FOLDER = processFolderName();

/** Reads uploaded files into tables, as work of the queue: a process that dies hands it to the next. */
@Injectable()
export class DatasetIngest implements OnModuleInit {
  private readonly logger = new Logger('Datasets');
  private readonly running = new Map<string, AbortController>();

  constructor(
    private readonly config: AppConfig,
    private readonly queue: WorkQueue,
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
    private readonly tables: TableEngine,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.queue.register(INGEST_WORK, { concurrency: 1, attempts: ATTEMPTS }, (id, context) =>
      this.perform(id, context),
    );
  }

  /** Ends the reading of a version that is being deleted, when it happens in this process. */
  cancel(versionId: string): void {
    this.running.get(versionId)?.abort();
  }

  private async perform(versionId: string, context: WorkContext): Promise<void> {
    const version = await this.datasets.versionForWork(versionId);
    if (version?.status !== 'processing') return;
    const cancelled = new AbortController();
    this.running.set(versionId, cancelled);
    try {
      await this.ingest(version, AbortSignal.any([context.signal, cancelled.signal]));
    } catch (cause) {
      if (cancelled.signal.aborted) return;
      const failure = this.failureOf(cause, context);
      if (!failure) throw cause;
      await this.fail(version, failure);
    } finally {
      this.running.delete(versionId);
    }
  }

  private async ingest(version: VersionRow, signal: AbortSignal): Promise<void> {
    crashpoint('upload.ingest_started');
    const parent = join(this.config.storage.cacheDir, WORK_FOLDER, OWN_WORK_FOLDER);
    await mkdir(parent, { recursive: true });
    const workFolder = await mkdtemp(join(parent, 'ingest-'));
    try {
      const outputPath = join(workFolder, 'table.parquet');
      const request = {
        inputPath: this.files.path(this.files.contentKey(version)),
        outputPath,
        workFolder,
        fileName: version.sourceFileName,
        ...version.readOptions,
      };
      const result = await this.tables.ingest(
        request,
        { deadlineMs: DEADLINE_MS, signal },
        this.reporter(version),
      );
      await this.store(version, result, outputPath, signal);
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }

  private async store(
    version: VersionRow,
    result: IngestResult,
    outputPath: string,
    signal: AbortSignal,
  ): Promise<void> {
    const key = this.files.parquetKey(version);
    const stored = await this.files.store.put(key, createReadStream(outputPath, { highWaterMark: 1 << 20 }), {
      signal,
    });
    crashpoint('upload.parquet_written');
    const scope = SystemScope.forBackgroundWork(version.projectId);
    const isOurs = await this.datasets.transaction(async (manager) => {
      const changed = await this.datasets.setReady(scope, version.id, result, stored, manager);
      if (changed) await this.events.publish(eventOf(version), manager);
      return changed;
    });
    // Deleted in the meantime: the row went first, the bytes follow.
    if (!isOurs && !(await this.datasets.versionForWork(version.id))) await this.files.store.delete(key);
    crashpoint('upload.ready');
  }

  /** Writes progress into the row at most twice a second; a late or lost one does no harm. */
  private reporter(version: VersionRow): (progress: IngestProgress) => void {
    const scope = SystemScope.forBackgroundWork(version.projectId);
    let last = 0;
    return (progress) => {
      if (Date.now() - last < PROGRESS_EVERY_MS) return;
      last = Date.now();
      const row: VersionProgress = {
        stage: progress.stage,
        percent: Math.round(progress.percent),
        rows: progress.rows,
      };
      this.datasets
        .transaction(async (manager) => {
          if (await this.datasets.setProgress(scope, version.id, row, manager))
            await this.events.publish(eventOf(version), manager);
        })
        .catch((cause: unknown) =>
          this.logger.warn(`Progress of ${version.id} was not written: ${messageOf(cause)}`),
        );
    };
  }

  /** What to tell the person; undefined when another try may do better. */
  private failureOf(cause: unknown, context: WorkContext): VersionFailure | undefined {
    if (context.signal.aborted) return undefined;
    if (cause instanceof TableError && !MAY_PASS.has(cause.code))
      return {
        code: cause.code,
        detail: cause.detail,
        line: cause.line,
        excerpt: cause.excerpt,
        column: cause.column,
      };
    if (context.attempt < ATTEMPTS) return undefined;
    if (isOutOfSpace(cause)) return OUT_OF_SPACE;
    this.logger.error(`Reading of a table failed for good: ${messageOf(cause)}`);
    const detail =
      'The table could not be read, although it was tried several times. Try again; the log of the installation says more.';
    return { code: 'ingest-failed', detail, line: null, excerpt: null, column: null };
  }

  private async fail(version: VersionRow, failure: VersionFailure): Promise<void> {
    const scope = SystemScope.forBackgroundWork(version.projectId);
    await this.datasets.transaction(async (manager) => {
      if (await this.datasets.setFailed(scope, version.id, failure, manager))
        await this.events.publish(eventOf(version), manager);
    });
  }
}

const OUT_OF_SPACE: VersionFailure = {
  code: 'out-of-space',
  detail:
    'The disk of the installation is full, so the table could not be kept. Free space and upload the file again.',
  line: null,
  excerpt: null,
  column: null,
};

export function eventOf({
  projectId,
  datasetId,
}: Pick<VersionRow, 'projectId' | 'datasetId'>): Parameters<DomainEvents['publish']>[0] {
  return { type: 'dataset.updated', projectId, entity: { kind: 'dataset', id: datasetId } };
}
