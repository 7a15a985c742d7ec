import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Cron, CronExpression, Interval } from '@nestjs/schedule';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { AppConfig } from '../platform/config/app-config.js';
import { ownerLives } from '../platform/config/process-folder.js';
import { messageOf } from '../platform/database/data-source.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { DatasetFiles } from './dataset-files.js';
import { eventOf, OWN_WORK_FOLDER, WORK_FOLDER } from './dataset-ingest.js';
import type { VersionRow } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';

/** A put that is alive marks its file every 10 s: one that has not for this long belongs to a process that died. */
const DEAD_UPLOAD_MS = 45_000;
const LOOK_FOR_DEAD_UPLOADS_MS = 10_000;
/** Bytes are written before their row; a row that has not come after this long never will. */
const ORPHAN_MS = 90_000;
/** When what the process before this one left is old enough to be told from what others are just writing. */
const SECOND_SWEEP_MS = 100_000;
const DEAD_WORK_MS = 24 * 3_600_000;
const BATCH = 500;

/** Removes bytes without rows and marks rows without bytes: at start, a little later, and every hour. */
@Injectable()
export class DatasetSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Datasets');
  private running: Promise<void> = Promise.resolve();
  private second: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
    private readonly events: DomainEvents,
  ) {}

  onApplicationBootstrap(): void {
    // Not awaited: a large store must not delay the start.
    void this.sweep();
    this.second = setTimeout(() => void this.sweep(), SECOND_SWEEP_MS).unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.second);
  }

  @Cron(CronExpression.EVERY_HOUR)
  sweep(): Promise<void> {
    this.running = this.running
      .then(() => this.sweepNow())
      .catch((cause: unknown) => this.logger.warn(`Sweep failed: ${messageOf(cause)}`));
    return this.running;
  }

  @Interval('dead-uploads', LOOK_FOR_DEAD_UPLOADS_MS)
  async sweepUploads(): Promise<void> {
    try {
      await this.files.store.sweep(DEAD_UPLOAD_MS);
    } catch (cause) {
      this.logger.warn(`Removing dead uploads failed: ${messageOf(cause)}`);
    }
  }

  private async sweepNow(): Promise<void> {
    await this.sweepUploads();
    await this.removeBytesWithoutRows(Date.now() - ORPHAN_MS);
    await this.markRowsWithoutBytes();
    await this.removeDeadWork();
  }

  /** @param olderThan time in ms; younger bytes may still get their row */
  async removeBytesWithoutRows(olderThan: number): Promise<number> {
    let removed = 0;
    let batch = new Map<string, string>();
    const flush = async (): Promise<void> => {
      const known = await this.datasets.versionsAmong([...batch.keys()]);
      for (const [versionId, prefix] of batch)
        if (!known.has(versionId)) {
          await this.files.store.deletePrefix(prefix);
          removed += 1;
        }
      batch = new Map();
    };
    for await (const { key, modifiedAt } of this.files.store.list('')) {
      const match = /^([0-9a-f-]{36})\/([0-9a-f-]{36})\//u.exec(key);
      if (!match || modifiedAt.getTime() > olderThan) continue;
      batch.set(match[2] ?? '', match[0]);
      if (batch.size >= BATCH) await flush();
    }
    await flush();
    if (removed > 0) this.logger.log(`Removed the bytes of ${removed} versions that have no row.`);
    return removed;
  }

  async markRowsWithoutBytes(): Promise<number> {
    let marked = 0;
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const versions = await this.datasets.versionsAfter(last, BATCH);
      for (const version of versions) if (await this.markIfGone(version)) marked += 1;
      if (versions.length < BATCH) return marked;
      last = versions.at(-1)?.id ?? last;
    }
  }

  private async markIfGone(version: VersionRow): Promise<boolean> {
    const key = version.status === 'ready' ? this.files.parquetKey(version) : this.files.contentKey(version);
    if (await this.files.store.stat(key)) return false;
    const failure = {
      code: 'bytes-missing',
      detail: 'The stored bytes are gone. Upload the file again.',
      line: null,
      excerpt: null,
      column: null,
    };
    const scope = SystemScope.forBackgroundWork(version.projectId);
    return this.datasets.transaction(async (manager) => {
      const changed = await this.datasets.setFailed(scope, version.id, failure, manager);
      if (changed) await this.events.publish(eventOf(version), manager);
      return changed;
    });
  }

  /** Half-read tables of processes that died; those of another machine go when they are a day old. */
  private async removeDeadWork(): Promise<void> {
    const parent = join(this.config.storage.cacheDir, WORK_FOLDER);
    const names = await readdir(parent).catch(() => []);
    for (const name of names) {
      const path = join(parent, name);
      const isOld = async (): Promise<boolean> => (await stat(path)).mtimeMs < Date.now() - DEAD_WORK_MS;
      if (name !== OWN_WORK_FOLDER && (!ownerLives(name) || (await isOld())))
        await rm(path, { recursive: true, force: true });
    }
  }
}
