import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { messageOf } from '../../platform/database/data-source.js';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import { TruthRepository } from '../truth/truth.repository.js';
import { CorrectedRows } from './corrected-rows.js';
import { FEEDBACK_WORK, FeedbackJobsRepository, type JobRow } from './feedback-jobs.repository.js';
import { FeedbackFiles } from './feedback-files.js';
import { JobCancelledError, TruthImport } from './truth-import.js';

const ATTEMPTS = 3;
const SWEPT_AT_ONCE = 10_000;

/** Does the work on outcomes that takes longer than a request; what a process leaves behind another one goes on with. */
@Injectable()
export class FeedbackWorker implements OnModuleInit, OnApplicationBootstrap {
  private readonly log = new Logger('Feedback');

  constructor(
    private readonly queue: WorkQueue,
    private readonly jobs: FeedbackJobsRepository,
    private readonly imports: TruthImport,
    private readonly corrected: CorrectedRows,
    private readonly files: FeedbackFiles,
    private readonly truths: TruthRepository,
  ) {}

  onModuleInit(): void {
    this.queue.register(FEEDBACK_WORK, { concurrency: 1, attempts: ATTEMPTS }, (id, context) =>
      this.run(id, context),
    );
  }

  onApplicationBootstrap(): Promise<void> {
    return this.takeUp();
  }

  /** Work whose last try could not even note its end, as when the database was away, is done again. */
  @Cron(CronExpression.EVERY_5_MINUTES)
  async takeUp(): Promise<void> {
    try {
      for (const { id } of await this.jobs.unfinished()) await this.queue.enqueue(FEEDBACK_WORK, id);
    } catch (cause) {
      this.log.warn(`Work on outcomes could not be taken up, the next try is soon: ${messageOf(cause)}`);
    }
  }

  @Cron(CronExpression.EVERY_DAY_AT_4AM)
  async sweep(): Promise<void> {
    try {
      while ((await this.truths.deleteExpired(SWEPT_AT_ONCE)) === SWEPT_AT_ONCE);
    } catch (cause) {
      this.log.warn(`Old outcomes could not be deleted, the next try is tomorrow: ${messageOf(cause)}`);
    }
  }

  private async run(id: string, context: WorkContext): Promise<void> {
    const job = await this.jobs.findForWorker(id);
    if (!job || job.finishedAt !== null) return this.files.remove(id);
    try {
      await this.perform(job, context.signal);
      await this.jobs.finish(job, { status: 'succeeded' });
    } catch (error) {
      await this.end(job, error, context);
    }
    await this.files.remove(id);
  }

  private async perform(job: JobRow, signal: AbortSignal): Promise<void> {
    const { rowsDone, progress, report, options } = job;
    if (!(await this.jobs.progress(job, { rowsDone, progress, report }))) throw new JobCancelledError();
    if (options.kind === 'dataset-version') return this.corrected.run(job, options, signal);
    return this.imports.run(job, options, signal);
  }

  /** @throws the error again for what another try may do better */
  private async end(job: JobRow, error: unknown, { signal, attempt }: WorkContext): Promise<void> {
    const cause = causeOf(error);
    if (cause instanceof JobCancelledError) return this.jobs.finish(job, { status: 'cancelled' });
    const isProblem = cause instanceof Problem && cause.status < 500;
    if (!isProblem && (signal.aborted || attempt < ATTEMPTS)) throw error;
    if (!isProblem) this.log.error({ err: error, jobId: job.id }, 'Work on outcomes failed.');
    const reason = cause instanceof Problem ? cause.detail : 'Internal error; the log of the API tells more.';
    await this.jobs.finish(job, { status: 'failed', reason });
  }
}

/** A stream that breaks because its rows could not be made tells why underneath. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof Problem) && !(cause instanceof JobCancelledError)) {
    if (cause.cause === undefined) return error;
    cause = cause.cause;
  }
  return cause;
}
