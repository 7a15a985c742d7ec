import type { ArtifactStore } from '@modelwright/artifact-store';
import type { ContainerMount } from '@modelwright/container-runtime';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { SystemScope, type Scope } from '../../platform/authorization/project-scope.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { EXPORT_FILES, uploadKey } from '../export-files.js';
import { failureOf } from '../export-worker.js';
import { JobEndedError, SandboxJobs, type JobResult } from '../jobs/sandbox-jobs.js';
import { ImportFiles } from './import-files.js';
import { ImportReportSchema } from './import.dto.js';
import type { ModelImportEntity } from './import.entity.js';
import { ImportsRepository } from './imports.repository.js';

export const INSPECT_IMPORT = 'model-import';

/** Longer than the trial inside may take, so that the trial can say itself what took so long. */
const TIMEOUT_SECONDS = 420;

const Inspected = z.object({
  outcome: z.literal('succeeded'),
  usable: z.boolean(),
  reason: z.string().max(2_000).nullable(),
  report: ImportReportSchema,
});

interface Asked {
  readonly document: Readonly<Record<string, unknown>>;
  readonly mounts: readonly ContainerMount[];
}

/** Has one uploaded model looked at in a container. Handed out again when a process dies, and safe to repeat. */
@Injectable()
export class ImportWorker implements OnModuleInit {
  private readonly logger = new Logger('ImportWorker');

  constructor(
    private readonly imports: ImportsRepository,
    private readonly jobs: SandboxJobs,
    private readonly imported: ImportFiles,
    private readonly datasets: DatasetsService,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
    @Inject(EXPORT_FILES) private readonly files: ArtifactStore,
  ) {}

  onModuleInit(): void {
    this.queue.register(INSPECT_IMPORT, { concurrency: 1, attempts: 5 }, (id, { signal }) =>
      this.inspect(id, signal),
    );
  }

  private async inspect(id: string, signal: AbortSignal): Promise<void> {
    const row = await this.imports.findForWork(id);
    if (!row || (row.status !== 'queued' && row.status !== 'running')) return;
    const scope = SystemScope.forBackgroundWork(row.projectId);
    if (row.status === 'queued')
      await this.imports.update(scope, id, { status: 'running', startedAt: new Date() });
    try {
      await this.settle(scope, row, await this.run(scope, row, signal), signal);
    } catch (error) {
      // This process is asked to end: the container goes on, and whoever comes next waits for it.
      if (signal.aborted) throw error;
      await this.imports.end(scope, id, refusalOf(error) ?? failureOf(error, this.logger, id));
    }
    await this.tell(row);
    await this.jobs.cleanUp(id);
  }

  private async run(scope: Scope, row: ModelImportEntity, signal: AbortSignal): Promise<JobResult> {
    const asked = await this.asked(scope, row);
    return this.jobs.run(
      {
        id: row.id,
        projectId: row.projectId,
        generation: row.generation,
        module: 'runtime.importing',
        timeoutSeconds: TIMEOUT_SECONDS,
        document: asked.document,
        inputs: () => Promise.resolve(asked.mounts),
      },
      {
        signal,
        progressed: async ({ step, percent }) => {
          await this.imports.update(scope, row.id, { step, percent });
          await this.tell(row);
        },
        isCancelled: async () => {
          const now = await this.imports.findForWork(row.id);
          return now === null || now.cancelRequestedAt !== null;
        },
      },
    );
  }

  private async asked(scope: Scope, row: ModelImportEntity): Promise<Asked> {
    const mounts = [this.mount(row.id, 'upload')];
    if (row.datasetId === null || row.datasetVersionNumber === null) {
      if (row.hasSample) mounts.push(this.mount(row.id, 'sample'));
      return { document: { target: row.target, scoredOn: 'the sample' }, mounts };
    }
    const table = await this.datasets.getVersionForTraining(scope, row.datasetId, {
      version: row.datasetVersionNumber,
      ...(row.target === null ? {} : { target: row.target }),
    });
    mounts.push({
      purpose: 'dataset',
      hostPath: table.parquetPath,
      containerPath: '/data/dataset.parquet',
      readOnly: true,
    });
    const columns = table.columns.map(({ name, type }) => ({ name, type }));
    return {
      document: {
        target: row.target ?? table.target,
        scoredOn: `${table.datasetName}, version ${table.versionNumber}`,
        dataSha256: table.parquetSha256,
        dataset: { columns },
      },
      mounts,
    };
  }

  private mount(importId: string, name: 'upload' | 'sample'): ContainerMount {
    const hostPath = this.files.localPath(uploadKey(importId, name));
    if (hostPath === null)
      throw new JobEndedError('failed', 'The store of uploads has no files on this machine.');
    return { purpose: name, hostPath, containerPath: `/data/${name}`, readOnly: true };
  }

  private async settle(
    scope: Scope,
    row: ModelImportEntity,
    result: JobResult,
    signal: AbortSignal,
  ): Promise<void> {
    if (result.outcome === 'failed')
      return this.imports.end(scope, row.id, { status: 'refused', reason: result.reason });
    const inspected = Inspected.safeParse(result);
    if (!inspected.success)
      throw new JobEndedError('failed', 'The inspection wrote a report that cannot be read.');
    const { usable, reason, report } = inspected.data;
    if (!usable) return this.imports.end(scope, row.id, { status: 'refused', reason, report });
    const stored = await this.imported.store(row.id, this.jobs.outFolder(row.id), signal);
    await this.imports.end(scope, row.id, { status: 'usable', percent: 100, report, ...stored });
  }

  private tell(row: ModelImportEntity): Promise<void> {
    return this.events.publish({
      type: 'import.updated',
      projectId: row.projectId,
      entity: { kind: 'project', id: row.projectId },
    });
  }
}

/** A container that did not live to tell its result was ended by what was tried in it. */
function refusalOf(error: unknown): { status: 'refused'; reason: string } | undefined {
  if (!(error instanceof JobEndedError) || error.kind !== 'ended') return undefined;
  return { status: 'refused', reason: `Trying it broke the container. ${error.message}` };
}
