import { writeFile } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { CompiledForms } from '../../models/compiled-forms.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { messageOf } from '../../platform/database/data-source.js';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import type { BatchJobRow } from '../batch-job.row.js';
import { BatchJobsRepository, type JobStanding } from '../batch-jobs.repository.js';
import { BatchModels } from '../plan/batch-models.js';
import type { ScoringTask } from '../scoring/scoring-task.js';
import { BatchFolders } from './batch-folders.js';
import { BatchOutput } from './batch-output.js';
import { isolatingFailures } from './failing-rows.js';
import { CANCELLED, JobEnd, reasonOf } from './job-end.js';
import { askingPatiently } from './patient-ask.js';
import { scoreInChild, type ScoringHandlers } from './scoring-process.js';
import type { WrittenChunk } from './scoring-protocol.js';
import { SpeedMeter } from './speed-meter.js';

export const BATCH_WORK = 'batch.predict';
const ATTEMPTS = 3;
const READER_MEMORY_MB = 512;
/** Does batch jobs as work of the queue: a process that dies hands its job to the next, which goes on where it was. */
@Injectable()
export class BatchDriver implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('Batch');

  constructor(
    private readonly config: AppConfig,
    private readonly queue: WorkQueue,
    private readonly jobs: BatchJobsRepository,
    private readonly folders: BatchFolders,
    private readonly datasets: DatasetsService,
    private readonly forms: CompiledForms,
    private readonly models: BatchModels,
    private readonly output: BatchOutput,
  ) {}

  onModuleInit(): void {
    this.queue.register(BATCH_WORK, { concurrency: 1, attempts: ATTEMPTS }, (id, context) =>
      this.perform(id, context),
    );
  }

  onApplicationBootstrap(): void {
    void this.takeUp();
  }

  /** Jobs whose last try could not even note its end are done again, and folders without a job at work go. */
  @Cron(CronExpression.EVERY_5_MINUTES)
  async takeUp(): Promise<void> {
    try {
      const folders = await this.folders.list();
      const unfinished = new Set(await this.jobs.unfinished());
      for (const id of unfinished) await this.queue.enqueue(BATCH_WORK, id);
      for (const id of folders) if (!unfinished.has(id)) await this.folders.remove(id);
    } catch (cause) {
      this.logger.warn(`Batch jobs could not be taken up, the next try is soon: ${messageOf(cause)}`);
    }
  }

  private async perform(id: string, context: WorkContext): Promise<void> {
    const job = await this.jobs.findForWork(id);
    if (!job || job.finishedAt !== null) return this.folders.remove(id);
    try {
      const result = await this.run(job, context.signal);
      await this.jobs.finish(job, { status: 'succeeded', result });
    } catch (cause) {
      const ending = reasonOf(cause);
      if (!ending && (context.signal.aborted || context.attempt < ATTEMPTS)) throw cause;
      if (!ending) this.logger.error({ err: cause, batchJobId: id }, 'A batch job failed.');
      await this.jobs.finish(job, ending ?? { status: 'failed', failure: UNKNOWN });
    }
    await this.folders.remove(id);
  }

  private async run(job: BatchJobRow, signal: AbortSignal): Promise<NonNullable<BatchJobRow['result']>> {
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const plan = await this.jobs.planOf(scope, job.id);
    if (!plan) throw CANCELLED;
    // Else an earlier try has stored it.
    if (job.outputVersionNumber === null) {
      goOn(job, await this.jobs.enter(job, 'starting'));
      await this.predict(job, plan.task, signal);
      goOn(job, await this.jobs.enter(job, 'storing'));
      await this.output.store(job, plan.task, signal);
      crashpoint('batch.output_stored');
    }
    return this.output.whenRead(job, plan.task, signal);
  }

  private async predict(job: BatchJobRow, task: ScoringTask, signal: AbortSignal): Promise<void> {
    if (job.rowsDone === job.rowsTotal) return;
    const folder = await this.folders.open(job.id, job.rowsDone);
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const table = await this.datasets.getStoredTable(scope, job.inputDatasetId ?? '', job.inputVersionNumber);
    const modelPath = await this.modelFile(job, folder.model);
    goOn(job, await this.jobs.enter(job, 'predicting'));
    await scoreInChild(
      {
        task,
        parquetPath: table.parquetPath,
        fromRow: job.rowsDone,
        chunkRows: this.config.batch.chunkRows,
        folder: folder.chunks,
        tempFolder: folder.temp,
        memoryMb: READER_MEMORY_MB,
        modelPath,
        stopAtBadRow: job.options.onBadRow === 'stop',
      },
      this.handlers(job, signal),
      signal,
    );
  }

  /** The compiled form as a file for the child process; null when a container has to be asked. */
  private async modelFile(job: BatchJobRow, path: string): Promise<string | null> {
    if (job.servingPath === 'container') return null;
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const form = await this.forms.read(scope, job.modelVersionId ?? '');
    if (!('bytes' in form)) return null;
    await writeFile(path, form.bytes);
    return path;
  }

  private handlers(job: BatchJobRow, signal: AbortSignal): ScoringHandlers {
    const speed = new SpeedMeter();
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const ask = this.models.askContainer(scope, job.modelVersionId ?? '');
    return {
      chunk: async (chunk: WrittenChunk) => {
        crashpoint('batch.chunk_written');
        const standing = await this.jobs.noteChunk(job, chunk, speed.add(chunk.rows));
        crashpoint('batch.chunk_noted');
        goOn(job, standing);
      },
      ask: isolatingFailures(
        askingPatiently(ask, async (reason) => goOn(job, await this.jobs.noteWaiting(job, reason)), signal),
        signal,
      ),
    };
  }
}

const UNKNOWN = 'Internal error; the log of the installation says more. Run it again.';

/** @throws JobEnd when somebody cancelled it, or something that it needs was deleted */
function goOn(job: BatchJobRow, standing: JobStanding | undefined): void {
  if (!standing || standing.cancelRequestedAt !== null) throw CANCELLED;
  const gone = (what: string): JobEnd =>
    new JobEnd({ status: 'failed', failure: `${what} was deleted while the job was at work.` });
  if (standing.modelVersionId === null)
    throw gone(`Version ${job.modelVersionNumber} of model "${job.modelName}"`);
  if (job.deploymentName !== null && standing.deploymentId === null)
    throw gone(`Deployment "${job.deploymentName}"`);
  if (standing.inputVersionId === null) throw gone(`Dataset "${job.inputDatasetName}"`);
}
