import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PgBoss, type JobResult, type JobWithMetadata } from 'pg-boss';
import { DataSource, type EntityManager } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { messageOf } from '../database/data-source.js';
import { LostWork } from './lost-work.js';
import { lockNameOf, WorkLocks } from './work-locks.js';
import { WorkQueue, type WorkHandler, type WorkOptions } from './work-queue.js';

const SCHEMA = 'work_queue';
/** Second line behind the sweep, for a process that hangs while its connection lives. */
const HEARTBEAT_SECONDS = 60;
const SUPERVISE_SECONDS = 30;
/** How often work may be lost with a dying process before it is given up, on top of the tries its handler may fail. */
const LOST_ATTEMPTS = 20;
const BUSY_RETRY_SECONDS = 2;
const MAX_HOURS = 24;

interface Payload {
  readonly id: string;
}

interface Registration {
  readonly options: WorkOptions;
  readonly handler: WorkHandler;
}

/** The durable queue on pg-boss, in a schema of its own. */
@Injectable()
export class PgBossWorkQueue extends WorkQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('WorkQueue');
  private readonly registrations = new Map<string, Registration>();
  private readonly stopping = new AbortController();
  private readonly locks: WorkLocks;
  private readonly boss: PgBoss;
  private readonly lostWork: LostWork;
  private started: Promise<void> | undefined;

  constructor(
    dataSource: DataSource,
    private readonly config: AppConfig,
  ) {
    super();
    this.locks = new WorkLocks(config.database.url);
    this.lostWork = new LostWork(dataSource, SCHEMA);
    this.boss = new PgBoss({
      connectionString: config.database.url,
      schema: SCHEMA,
      application_name: 'modelwright-queue',
      max: 4,
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
      schedule: false,
      useListenNotify: true,
    });
    // Without a listener an error of its pool would end the process (I22).
    this.boss.on('error', (error) => this.logger.warn(`Queue: ${messageOf(error)}`));
    this.boss.on('warning', (warning) =>
      this.logger.debug(`Queue: ${JSON.stringify(warning).slice(0, 300)}`),
    );
  }

  register(kind: string, options: WorkOptions, handler: WorkHandler): void {
    if (this.started) throw new Error(`Register for "${kind}" in onModuleInit: the queue runs already.`);
    if (this.registrations.has(kind)) throw new Error(`Work of kind "${kind}" has a handler already.`);
    this.registrations.set(kind, { options, handler });
  }

  async enqueue(
    kind: string,
    id: string,
    options: { manager?: EntityManager; delaySeconds?: number } = {},
  ): Promise<void> {
    const registration = this.registrations.get(kind);
    if (!registration) throw new Error(`Nobody has registered for work of kind "${kind}".`);
    await this.start();
    const { manager, delaySeconds } = options;
    await this.boss.send(kind, { id } satisfies Payload, {
      ...(delaySeconds === undefined ? {} : { startAfter: delaySeconds }),
      ...(manager
        ? { db: { executeSql: (text: string, values?: unknown[]) => runIn(manager, text, values) } }
        : {}),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.start();
    for (const [kind, registration] of this.registrations) await this.work(kind, registration);
    this.lostWork.watch([...this.registrations.keys()]);
  }

  /** Asks the handlers to end and waits; what does not end in time is handed out again by another process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('The process is asked to end.'));
    this.lostWork.stop();
    if (this.started) {
      await this.boss.stop({
        graceful: true,
        close: true,
        timeout: this.config.http.shutdownGraceSeconds * 1_000,
      });
    }
    await this.locks.close();
  }

  private start(): Promise<void> {
    this.started ??= this.open().catch((error: unknown) => {
      this.started = undefined;
      throw error;
    });
    return this.started;
  }

  private async open(): Promise<void> {
    await this.boss.start();
    for (const [kind, { options }] of this.registrations) {
      const settings = {
        retryLimit: options.attempts - 1 + LOST_ATTEMPTS,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 300,
        expireInSeconds: MAX_HOURS * 3_600 - 1,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        deleteAfterSeconds: 24 * 3_600,
        notify: true,
      };
      await this.boss.createQueue(kind, { policy: 'standard', ...settings });
      await this.boss.updateQueue(kind, settings);
    }
  }

  private async work(kind: string, registration: Registration): Promise<void> {
    await this.boss.work(
      kind,
      {
        includeMetadata: true as const,
        perJobResults: true as const,
        batchSize: 1,
        localConcurrency: registration.options.concurrency,
        pollingIntervalSeconds: 1,
        notifyPollingIntervalSeconds: 2,
        heartbeatRefreshSeconds: HEARTBEAT_SECONDS / 4,
      },
      async (jobs: JobWithMetadata<Payload>[]) =>
        Promise.all(jobs.map((job) => this.perform(kind, registration, job))),
    );
  }

  private async perform(
    kind: string,
    { options, handler }: Registration,
    job: JobWithMetadata<Payload>,
  ): Promise<JobResult> {
    const { id } = job.data;
    const name = lockNameOf(kind, id);
    let lock: AbortSignal | undefined;
    try {
      lock = await this.locks.tryAcquire(name);
    } catch (error) {
      return {
        id: job.id,
        status: 'failed',
        output: { failures: failuresOf(job), reason: messageOf(error) },
      };
    }
    if (!lock) {
      // Somebody is on it; look again later, so that a change made in the meantime is not overlooked.
      await this.boss.send(kind, { id } satisfies Payload, { startAfter: BUSY_RETRY_SECONDS });
      return { id: job.id, status: 'completed' };
    }
    try {
      await handler(id, {
        signal: AbortSignal.any([lock, this.stopping.signal]),
        attempt: failuresOf(job) + 1,
      });
      return { id: job.id, status: 'completed' };
    } catch (error) {
      return this.failed(name, options, job, error);
    } finally {
      await this.locks.release(name);
    }
  }

  private failed(
    name: string,
    options: WorkOptions,
    job: JobWithMetadata<Payload>,
    error: unknown,
  ): JobResult {
    // Work that ended because the process ends has not failed.
    const interrupted = this.stopping.signal.aborted;
    const failures = failuresOf(job) + (interrupted ? 0 : 1);
    const output = { failures, reason: messageOf(error).slice(0, 500) };
    if (failures < options.attempts) {
      if (!interrupted)
        this.logger.warn(`Work ${name} failed, try ${failures} of ${options.attempts}: ${output.reason}`);
      return { id: job.id, status: 'failed', output };
    }
    this.logger.error(`Work ${name} is given up after ${failures} tries.`, error);
    return { id: job.id, status: 'deadletter', output };
  }
}

/** How often the handler itself has failed; losing a process does not count. */
function failuresOf(job: JobWithMetadata<Payload>): number {
  const output: unknown = job.output;
  const known = typeof output === 'object' && output !== null && 'failures' in output;
  return known && typeof output.failures === 'number' ? output.failures : 0;
}

async function runIn(
  manager: EntityManager,
  text: string,
  values: unknown[] | undefined,
): Promise<{ rows: unknown[] }> {
  const { queryRunner } = manager;
  if (!queryRunner) throw new Error('Enqueue in a transaction needs the manager of that transaction.');
  const result = await queryRunner.query(text, values, true);
  return { rows: result.records as unknown[] };
}
