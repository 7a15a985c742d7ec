import { setTimeout as sleep } from 'node:timers/promises';
import { isArtifactStoreError } from '@modelwright/artifact-store';
import {
  ContainerRuntime,
  isContainerRuntimeError,
  type ContainerStatus,
  type ExitInfo,
} from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { isOutOfSpace } from '../../platform/problems/out-of-space.js';
import { RunEventRepository } from '../run-event.repository.js';
import { isUnderWay } from '../run-status.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { EventRecorder } from './event-recorder.js';
import { OutputRejectedError, OutputStore } from './output-store.js';
import { RunFinisher } from './run-finisher.js';
import { isTemporary, LaunchError, RunLauncher } from './run-launcher.js';
import { outcomeOf } from './run-outcome.js';
import { RunWorkspaces } from './run-workspaces.js';
import { RunWatch, type EndedContainer } from './run-watch.js';
import { SearchStateStore } from './search-state-store.js';

const RETRY_MS = 3_000;
const MAX_WAIT_FOR_ENGINE_MS = 120_000;
const MAX_WAIT_FOR_IMAGE_MS = 3_600_000;
/** Starts that may come to nothing before the run is given up. */
const MAX_GENERATIONS = 3;

const DISK_FULL = {
  reason: 'out-of-space',
  message:
    'The disk of the installation is full, so the run could not go on. Make room and start the run again.',
};
const BROKEN = {
  reason: 'internal',
  message:
    'Something broke on our side, several times in a row. The log of the API says what; start the run again.',
};

/** An end that nobody saw: the container is gone, but its last event says that it had succeeded. */
const UNSEEN_SUCCESS: ExitInfo = {
  exitCode: 0,
  oomKilled: false,
  reason: 'completed',
  message: 'Completed.',
  startedAt: null,
  finishedAt: null,
};

/**
 * Takes a run from wherever it stands to its end. Looks at the row and at the engine and does the next thing, so it
 * does not matter which process began or when the last one died.
 */
@Injectable()
export class RunDriver {
  constructor(
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly recorder: EventRecorder,
    private readonly launcher: RunLauncher,
    private readonly watch: RunWatch,
    private readonly outputs: OutputStore,
    private readonly workspaces: RunWorkspaces,
    private readonly searches: SearchStateStore,
    private readonly finisher: RunFinisher,
    private readonly runtime: ContainerRuntime,
  ) {}

  async drive(runId: string, signal: AbortSignal): Promise<void> {
    const scope = await this.runs.scopeOf(runId);
    if (!scope) return;
    for (;;) {
      signal.throwIfAborted();
      const run = await this.runs.find(scope, runId);
      if (!run || !isUnderWay(run.status)) return this.finisher.cleanUp({ id: runId });
      await this.runs.beat(scope, runId);
      const output = await this.runs.findOutput(scope, runId);
      if (output) await this.finisher.succeed(scope, runId, output);
      else await this.advance(scope, run, signal);
    }
  }

  /** Ends a run that cannot be taken further because something on our side keeps failing. */
  async giveUp(runId: string, error: unknown): Promise<void> {
    const scope = await this.runs.scopeOf(runId);
    const run = scope && (await this.runs.find(scope, runId));
    if (!run) return;
    const full = isOutOfSpace(error);
    await this.finisher.fail(scope, run, { ...(full ? DISK_FULL : BROKEN), stage: run.stage });
    await this.finisher.cleanUp(run);
  }

  private async advance(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    const container = await this.find(scope, run, signal);
    if (container === 'given-up') return;
    if (container === undefined) return this.startOrLose(scope, run, signal);
    if (container.state === 'created') return this.runtime.remove(container.id, { signal });
    await this.launcher.started(scope, run);
    const ended = container.exit
      ? await this.readRest(scope, run, container.exit)
      : await this.watch.untilEnd(scope, run, signal);
    crashpoint('training.exited');
    await this.conclude(scope, run.id, ended, signal);
  }

  /** @returns undefined when there is no container */
  private async find(
    scope: Scope,
    run: RunEntity,
    signal: AbortSignal,
  ): Promise<ContainerStatus | 'given-up' | undefined> {
    const id = this.launcher.containerOf(run);
    for (const since = Date.now(); ;) {
      try {
        return await this.runtime.inspect(id, { signal });
      } catch (error) {
        signal.throwIfAborted();
        if (isContainerRuntimeError(error, 'container-not-found')) return undefined;
        if (!isContainerRuntimeError(error)) throw error;
        if (await this.giveUpWaiting(scope, run, error, since)) return 'given-up';
        await this.pause(scope, run, signal);
      }
    }
  }

  private async readRest(scope: Scope, run: RunEntity, exit: ExitInfo): Promise<EndedContainer> {
    await this.recorder.catchUp(scope, run.id);
    return { exit, endedBecause: undefined };
  }

  private async startOrLose(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    if (run.cancelRequestedAt && run.startedAt === null) return this.finisher.cancel(scope, run.id);
    if (run.startedAt === null) return this.start(scope, run, signal);
    await this.recorder.catchUp(scope, run.id);
    const known = await this.runs.find(scope, run.id);
    if (known?.lastSeq === 0 && !known.cancelRequestedAt && known.generation + 1 < MAX_GENERATIONS)
      return this.runs.update(scope, run.id, {
        generation: known.generation + 1,
        startedAt: null,
        eventOffset: 0,
      });
    await this.conclude(scope, run.id, { exit: undefined, endedBecause: undefined }, signal);
  }

  private async start(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    for (const since = Date.now(); ;) {
      try {
        return await this.launcher.launch(scope, run, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof LaunchError)
          return this.finisher.fail(scope, run, {
            reason: error.reason,
            message: error.message,
            stage: 'prepare',
          });
        if (!isContainerRuntimeError(error)) throw error;
        if (
          !isTemporary(error, this.launcher.buildsImage) ||
          (await this.giveUpWaiting(scope, run, error, since))
        )
          return this.finisher.fail(scope, run, { ...startFailure(error), stage: 'prepare' });
        await this.pause(scope, run, signal);
        const now = await this.runs.find(scope, run.id);
        if (!isUnderWay(now?.status) || now?.cancelRequestedAt) return;
      }
    }
  }

  /** Fails the run when the engine or its image has been away for too long. */
  private async giveUpWaiting(
    scope: Scope,
    run: RunEntity,
    error: Error & { code: string },
    since: number,
  ): Promise<boolean> {
    const patience = error.code === 'image-not-found' ? MAX_WAIT_FOR_IMAGE_MS : MAX_WAIT_FOR_ENGINE_MS;
    if (Date.now() - since < patience) return false;
    await this.finisher.fail(scope, run, { ...startFailure(error), stage: run.stage });
    return true;
  }

  private async pause(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    await this.runs.beat(scope, run.id);
    await this.watch.nextChange(run.id, RETRY_MS, signal);
  }

  private async conclude(
    scope: Scope,
    runId: string,
    { exit, endedBecause }: EndedContainer,
    signal: AbortSignal,
  ): Promise<void> {
    const run = await this.runs.find(scope, runId);
    if (!run || !isUnderWay(run.status)) return;
    const [finished] = await this.events.ofType(scope, runId, 'finished', 1);
    const seen = exit ?? (finished?.outcome === 'succeeded' ? UNSEEN_SUCCESS : undefined);
    if (!seen) {
      await this.searches.keep(scope, run, signal);
      return this.lost(scope, run);
    }
    const outcome = outcomeOf({
      exit: seen,
      diskIsFull: await this.workspaces.isDiskFull(),
      finished,
      cancelRequested: run.cancelRequestedAt !== null,
      stage: run.stage,
      memoryMb: run.plan.limits.memoryMb,
      budgetSeconds: run.budgetSeconds,
      endedBecause,
    });
    await this.searches.keep(scope, run, signal);
    if (outcome.status === 'succeeded')
      return run.kind === 'study' ? this.finisher.succeedStudy(scope, runId) : this.keep(scope, run, signal);
    if (outcome.status === 'cancelled') return this.finisher.cancel(scope, runId);
    return this.finisher.fail(scope, run, outcome);
  }

  private lost(scope: Scope, run: RunEntity): Promise<void> {
    if (run.cancelRequestedAt) return this.finisher.cancel(scope, run.id);
    return this.finisher.fail(scope, run, {
      reason: 'lost',
      message:
        'The training container is gone: somebody removed it, or the engine lost it. Start the run again.',
      stage: run.stage,
    });
  }

  private async keep(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    try {
      await this.outputs.store(scope, run, signal);
    } catch (error) {
      signal.throwIfAborted();
      const failure = storeFailure(error);
      if (!failure) throw error;
      return this.finisher.fail(scope, run, { ...failure, stage: 'store' });
    }
    crashpoint('training.artifact_stored');
    // The main loop sees the outputs and goes on.
    await sleep(0);
  }
}

function startFailure(error: Error & { code?: string }): { reason: string; message: string } {
  switch (error.code) {
    case 'image-not-found':
      return {
        reason: 'image-missing',
        message:
          'The runtime image is not on this machine. Build it with docker/runtime/build-runtime.sh, or set EXECUTION_AUTO_BUILD_IMAGE=true.',
      };
    case 'runtime-unreachable':
      return {
        reason: 'engine-unreachable',
        message: `The container engine does not answer, so nothing can be trained. ${error.message}`,
      };
    default:
      return {
        reason: 'cannot-start',
        message: `The training container could not be started. ${error.message}`,
      };
  }
}

function storeFailure(error: unknown): { reason: string; message: string } | undefined {
  if (error instanceof OutputRejectedError)
    return {
      reason: 'output-invalid',
      message: `The trainer left a result that cannot be trusted: ${error.message}.`,
    };
  if (isArtifactStoreError(error, 'out-of-space'))
    return {
      reason: 'out-of-space',
      message: 'The disk is full, so the model could not be stored. Make room and start the run again.',
    };
  if (isArtifactStoreError(error, 'too-large'))
    return {
      reason: 'model-too-large',
      message: 'The model is larger than 8 GB. Exclude the largest families or columns.',
    };
  return undefined;
}
