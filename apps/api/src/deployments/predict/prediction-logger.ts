import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { ownerLives, processFolderName } from '../../platform/config/process-folder.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { lineOf, type PredictionEntry } from './prediction-entry.js';
import { PredictionLogRepository } from './prediction-log.repository.js';
import { PredictionSpool, leftovers, readSegment } from './prediction-spool.js';

const FLUSH_MS = 250;
/**
 * Rows of one transaction: enough that its sums cost little beside its rows, and few enough that requests do not wait
 * long for their turn; more where many wait.
 */
const BATCH = 1_000;
const LARGE_BATCH = 3_000;
const MANY = 6_000;
/** Beyond this many the rows wait on disk only and are read back later. */
const MAX_IN_MEMORY = 20_000;
const ANNOUNCE_MS = 1_000;

interface Queued {
  readonly entry: PredictionEntry;
  readonly segment: number | undefined;
}

/**
 * Logs calls beside the prediction path (M12): on disk before the reply, in Postgres in batches soon after. Rows of a
 * process that died are brought in by the next one; each call is stored and counted exactly once, by its id.
 */
@Injectable()
export class PredictionLogger implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(PredictionLogger.name);
  private readonly root: string;
  private readonly ownFolder: string;
  private readonly spool: PredictionSpool;
  private queue: Queued[] = [];
  private flushing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failing = false;
  private overflowed = false;
  /** Segments that were closed with calls in them which memory had no room for. */
  private readonly unstored: string[] = [];
  private readonly announcedAt = new Map<string, number>();
  dropped = 0;

  constructor(
    config: AppConfig,
    private readonly repository: PredictionLogRepository,
    private readonly events: DomainEvents,
  ) {
    this.root = config.storage.spoolDir;
    this.ownFolder = join(this.root, processFolderName());
    this.spool = new PredictionSpool(this.ownFolder);
  }

  get pending(): number {
    return this.queue.length;
  }

  async onModuleInit(): Promise<void> {
    await this.spool.open();
    await this.bringInLeftovers();
    this.timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  /** After the last reply is out: calls in flight while draining are logged like any other (E10). */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    await this.flush();
    this.spool.close();
    if (this.queue.length === 0) await rm(this.ownFolder, { recursive: true, force: true });
  }

  /** Resolves when the call would survive a kill of this process. Never throws: a prediction does not fail for its log. */
  record(entry: PredictionEntry): Promise<void> {
    return new Promise((done) => this.recordLine(entry, lineOf(entry), done));
  }

  /**
   * The same for whoever has the line at hand and does not want to wait for a promise.
   * @param line the entry as JSON, with a line feed
   * @param done called when the call would survive a kill of this process
   */
  recordLine(entry: PredictionEntry, line: string, done: () => void): void {
    this.spool.append(line, (segment) => {
      crashpoint('predict.spooled');
      if (this.queue.length < MAX_IN_MEMORY) this.queue.push({ entry, segment });
      else if (segment === undefined) this.dropped += 1;
      else this.overflowed = true;
      done();
    });
  }

  /** Resolves when what this process had logged before is in Postgres, or Postgres is away. Never throws. */
  async settle(): Promise<void> {
    // A batch on its way may have begun before the last call came.
    await this.flushing;
    await this.flush();
  }

  private flush(): Promise<void> {
    this.flushing ??= this.writeQueue().finally(() => (this.flushing = undefined));
    return this.flushing;
  }

  private async writeQueue(): Promise<void> {
    try {
      while (this.queue.length > 0)
        await this.writeBatch(this.queue.slice(0, this.queue.length > MANY ? LARGE_BATCH : BATCH));
      if (this.overflowed || this.unstored.length > 0) await this.readBackOverflow();
      await this.spool.rotate();
      this.failing = false;
    } catch (error) {
      this.reportFailure(error);
    }
  }

  private async writeBatch(batch: readonly Queued[]): Promise<void> {
    await this.repository.store(batch.map((item) => item.entry));
    crashpoint('predict.stored');
    this.queue.splice(0, batch.length);
    await this.spool.stored(batch.flatMap((item) => item.segment ?? []));
    await this.announce(batch);
  }

  /** With the queue empty, whatever is still pending on disk is what did not fit into memory. */
  private async readBackOverflow(): Promise<void> {
    this.unstored.push(...this.spool.takeUnstored());
    this.overflowed = false;
    for (let path = this.unstored[0]; path !== undefined; path = this.unstored[0]) {
      await this.bringIn(path, await readSegment(path));
      this.unstored.shift();
    }
  }

  private async bringIn(path: string, entries: readonly PredictionEntry[]): Promise<void> {
    for (let start = 0; start < entries.length; start += BATCH)
      await this.repository.store(entries.slice(start, start + BATCH));
    await rm(path, { force: true });
  }

  /** Once per outage, not once per batch. */
  private reportFailure(error: unknown): void {
    if (!this.failing)
      this.log.warn(
        { err: error, pending: this.queue.length },
        'Prediction log rows wait on disk for the database.',
      );
    this.failing = true;
  }

  /** Tells open request lists, at most once a second per deployment. */
  private async announce(batch: readonly Queued[]): Promise<void> {
    const now = Date.now();
    const projects = new Map(batch.map(({ entry }) => [entry.deploymentId, entry.projectId]));
    for (const [deploymentId, projectId] of projects) {
      if (now - (this.announcedAt.get(deploymentId) ?? 0) < ANNOUNCE_MS) continue;
      this.announcedAt.set(deploymentId, now);
      await this.events.publish({
        type: 'prediction.logged',
        projectId,
        entity: { kind: 'deployment', id: deploymentId },
      });
    }
  }

  private async bringInLeftovers(): Promise<void> {
    for (const name of await readdir(this.root)) {
      if (join(this.root, name) === this.ownFolder || ownerLives(name)) continue;
      const folder = join(this.root, name);
      let count = 0;
      for await (const { path, entries } of leftovers(folder)) {
        await this.bringIn(path, entries);
        count += entries.length;
      }
      await rm(folder, { recursive: true, force: true });
      if (count > 0)
        this.log.log(`Brought in ${count} prediction log rows that a process which died had left.`);
    }
  }
}
