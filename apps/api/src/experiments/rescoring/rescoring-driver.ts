import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { ContainerRuntime, isContainerRuntimeError, type ExitInfo } from '@modelwright/container-runtime';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { z } from 'zod';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { messageOf } from '../../platform/database/data-source.js';
import { isDatabaseUnavailable } from '../../platform/database/pg-errors.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { RescoringResult, type RescoringStatus } from './rescoring.dto.js';
import { RescoringLauncher } from './rescoring-launcher.js';
import { RescoringRepository, type RescoringRow } from './rescoring.repository.js';
import { RescoringWorkspace } from './rescoring-workspace.js';

export const RESCORE = 'experiments-rescore';
const ATTEMPTS = 5;
const LOOK_MS = 400;
const CANCEL_GRACE_MS = 8_000;
const RETRY_MS = 3_000;
const MAX_WAIT_FOR_ENGINE_MS = 120_000;
const MAX_WAIT_FOR_IMAGE_MS = 3_600_000;
const MAX_GENERATIONS = 3;
const SWEEP_MS = 60_000;

const Progress = z.object({ stage: z.string().max(200), progress: z.number().min(0).max(1) });
const Failure = z.object({ reason: z.string().max(4_000) });
interface End {
  readonly status: Extract<RescoringStatus, 'succeeded' | 'failed' | 'cancelled'>;
  readonly result?: RescoringResult;
  readonly failure?: string;
}

/**
 * Takes a re-scoring from wherever it stands to its end. Looks at the row and at the engine and does the next thing, so
 * it does not matter which process began or when the last one died.
 */
@Injectable()
export class RescoringDriver implements OnModuleInit {
  private readonly logger = new Logger('Rescoring');

  constructor(
    private readonly rows: RescoringRepository,
    private readonly launcher: RescoringLauncher,
    private readonly workspace: RescoringWorkspace,
    private readonly runtime: ContainerRuntime,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    // One at a time: it takes a core that trainings want too.
    this.queue.register(RESCORE, { concurrency: 1, attempts: ATTEMPTS }, async (id, { signal, attempt }) => {
      try {
        await this.drive(id, signal);
      } catch (error) {
        if (signal.aborted || attempt < ATTEMPTS || isDatabaseUnavailable(error)) throw error;
        this.logger.error(error);
        await this.giveUp(id);
      }
    });
  }

  async drive(id: string, signal: AbortSignal): Promise<void> {
    const scope = await this.rows.scopeOf(id);
    if (!scope) return this.cleanUp(id);
    for (const since = Date.now(); ;) {
      signal.throwIfAborted();
      const row = await this.rows.find(scope, id);
      if (row?.status !== 'queued' && row?.status !== 'running') return this.cleanUp(id);
      try {
        await this.advance(scope, row, signal);
      } catch (error) {
        signal.throwIfAborted();
        await this.endOrWait(scope, row, error, since, signal);
      }
    }
  }

  private async advance(scope: Scope, row: RescoringRow, signal: AbortSignal): Promise<void> {
    const container = await this.find(row, signal);
    if (container?.state === 'created') return this.runtime.remove(container.id, { signal });
    if (container) {
      const exit = container.exit ?? (await this.untilEnd(scope, row, signal));
      if (exit) await this.end(scope, row, await this.outcomeOf(row, exit));
      return;
    }
    if (row.cancelRequestedAt) return this.end(scope, row, { status: 'cancelled' });
    if (row.startedAt === null) {
      await this.rows.update(scope, row.id, { stage: 'Preparing' });
      await this.launcher.launch(scope, row, signal);
      return this.rows.transaction(async (manager) => {
        await this.rows.move(
          scope,
          row.id,
          ['queued', 'running'],
          'running',
          { startedAt: new Date() },
          manager,
        );
        await this.tell(scope, row.id, manager);
      });
    }
    if (row.generation + 1 >= MAX_GENERATIONS)
      return this.end(scope, row, {
        status: 'failed',
        failure: 'The container got lost several times. Try again.',
      });
    await this.rows.update(scope, row.id, { generation: row.generation + 1, startedAt: null });
  }

  private async find(row: RescoringRow, signal: AbortSignal) {
    try {
      return await this.runtime.inspect(this.launcher.containerOf(row), { signal });
    } catch (error) {
      if (isContainerRuntimeError(error, 'container-not-found')) return undefined;
      throw error;
    }
  }

  private async untilEnd(
    scope: Scope,
    row: RescoringRow,
    signal: AbortSignal,
  ): Promise<ExitInfo | undefined> {
    const id = this.launcher.containerOf(row);
    const leaving = new AbortController();
    let ended: { exit: ExitInfo } | { error: unknown } | undefined;
    const wait = this.runtime.wait(id, { signal: AbortSignal.any([signal, leaving.signal]) }).then(
      (exit) => void (ended = { exit }),
      (error: unknown) => void (ended = { error }),
    );
    try {
      for (let isTold = false; ;) {
        const now = await this.rows.find(scope, row.id);
        if (now?.status !== 'running' && now?.status !== 'queued') return undefined;
        await this.showProgress(scope, now);
        if (now.cancelRequestedAt) {
          if (!isTold)
            await this.workspace.write(join(this.workspace.foldersOf(row.id).control, 'command.json'), {
              command: 'cancel',
            });
          isTold = true;
          if (Date.now() - now.cancelRequestedAt.getTime() > CANCEL_GRACE_MS)
            await this.runtime.stop(id, { graceSeconds: 2, signal });
        }
        await Promise.race([sleep(LOOK_MS), wait]);
        signal.throwIfAborted();
        if (ended && 'exit' in ended) return ended.exit;
        if (ended) throw ended.error;
      }
    } finally {
      leaving.abort();
    }
  }

  private async showProgress(scope: Scope, row: RescoringRow): Promise<void> {
    const { data } = Progress.safeParse(await this.workspace.read(row.id, 'progress.json'));
    if (!data || (data.stage === row.stage && data.progress === row.progress)) return;
    await this.rows.transaction(async (manager) => {
      await this.rows.update(scope, row.id, data, manager);
      await this.tell(scope, row.id, manager);
    });
  }

  private async outcomeOf(row: RescoringRow, exit: ExitInfo): Promise<End> {
    if (exit.exitCode === 0) {
      const { data } = RescoringResult.safeParse(await this.workspace.read(row.id, 'result.json'));
      if (data && matches(row, data)) return { status: 'succeeded', result: data };
      return { status: 'failed', failure: 'The result cannot be read. Try again.' };
    }
    if (row.cancelRequestedAt || exit.exitCode === 3) return { status: 'cancelled' };
    const { data } = Failure.safeParse(await this.workspace.read(row.id, 'failure.json'));
    return { status: 'failed', failure: data?.reason ?? `It ended too early. ${exit.message}` };
  }

  private async end(scope: Scope, row: RescoringRow, { status, result, failure }: End): Promise<void> {
    await this.rows.transaction(async (manager) => {
      const patch = {
        stage: null,
        progress: status === 'succeeded' ? 1 : row.progress,
        result: result ?? null,
        failure: failure ?? null,
        finishedAt: new Date(),
      };
      if (await this.rows.move(scope, row.id, ['queued', 'running'], status, patch, manager))
        await this.tell(scope, row.id, manager);
    });
  }

  /** Waits a little when the engine or its image is away, and otherwise ends with the reason. */
  private async endOrWait(
    scope: Scope,
    row: RescoringRow,
    error: unknown,
    since: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (error instanceof Problem) return this.end(scope, row, { status: 'failed', failure: error.detail });
    if (!isContainerRuntimeError(error)) throw error;
    const isImage = error.code === 'image-not-found';
    const mayCome = error.code === 'runtime-unreachable' || (isImage && this.config.execution.autoBuildImage);
    const patience = isImage ? MAX_WAIT_FOR_IMAGE_MS : MAX_WAIT_FOR_ENGINE_MS;
    if (mayCome && Date.now() - since < patience) {
      await sleep(RETRY_MS, undefined, { signal });
      return;
    }
    await this.end(scope, row, { status: 'failed', failure: `It could not be started. ${error.message}` });
  }

  private async giveUp(id: string): Promise<void> {
    const scope = await this.rows.scopeOf(id);
    const row = scope && (await this.rows.find(scope, id));
    if (!scope || !row) return;
    await this.end(scope, row, {
      status: 'failed',
      failure: 'Something broke on our side. The log says more.',
    });
    await this.cleanUp(id);
  }

  /** Removes container and files. What cannot be removed now is found by the sweep. */
  async cleanUp(id: string): Promise<void> {
    try {
      for (const container of await this.runtime.list({ kind: 'rescore', ownerId: id }))
        await this.runtime.remove(container.id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
    }
    await this.workspace.remove(id);
  }

  /** Containers and folders that belong to nothing that is at work. */
  @Interval(SWEEP_MS)
  async sweep(): Promise<void> {
    try {
      const owners = (await this.runtime.list({ kind: 'rescore' })).map(({ ownerId }) => ownerId);
      const present = [...new Set([...owners, ...(await this.workspace.list())])];
      const active = await this.rows.active(present);
      for (const id of present) if (!active.has(id)) await this.cleanUp(id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) this.logger.warn(`Tidying up failed: ${messageOf(error)}`);
    }
  }

  private tell(scope: Scope, id: string, manager: Parameters<DomainEvents['publish']>[1]): Promise<void> {
    return this.events.publish(
      { type: 'rescoring.updated', projectId: scope.projectId, entity: { kind: 'rescoring', id } },
      manager,
    );
  }
}

/** Whether a result is about the models that were asked for. */
function matches(row: RescoringRow, result: RescoringResult): boolean {
  const count = row.modelVersionIds.length;
  return (
    result.models.length === count &&
    result.models.every(({ id }, index) => id === row.modelVersionIds[index]) &&
    result.segments.every(({ scores }) => scores.length === count)
  );
}
