import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerRuntime, isContainerRuntimeError, type ExitInfo } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { firstValueFrom, take } from 'rxjs';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { RunSignals } from '../run-signals.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { TrainingSettings } from '../training-settings.js';
import { EventRecorder } from './event-recorder.js';
import { RunLauncher } from './run-launcher.js';
import { timeLimit } from './run-outcome.js';
import { RunWorkspaces } from './run-workspaces.js';

const POLL_MS = 250;
const LOOK_MS = 1_000;
const HEARTBEAT_MS = 5_000;
const ENGINE_RETRY_MS = 2_000;
const KILL_GRACE_SECONDS = 2;
/** Beyond the container's own time limit, for an engine that has forgotten it. */
const OVERDUE_SECONDS = 30;
const LOST_ENGINE_SECONDS = 600;
const MAX_WORKSPACE_BYTES = 16 * 1024 ** 3;

export interface EndedContainer {
  /** How it ended; undefined when the container is gone. */
  readonly exit: ExitInfo | undefined;
  /** Why we ended it, if we did. */
  readonly endedBecause: { readonly reason: string; readonly message: string } | undefined;
}

/** Follows one running container to its end: stores its events, passes on commands, enforces what the engine cannot. */
@Injectable()
export class RunWatch {
  constructor(
    private readonly runs: RunRepository,
    private readonly recorder: EventRecorder,
    private readonly workspaces: RunWorkspaces,
    private readonly runtime: ContainerRuntime,
    private readonly launcher: RunLauncher,
    private readonly settings: TrainingSettings,
    private readonly signals: RunSignals,
  ) {}

  async untilEnd(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<EndedContainer> {
    const id = this.launcher.containerOf(run);
    const leaving = new AbortController();
    const either = AbortSignal.any([signal, leaving.signal]);
    let ended: { exit: ExitInfo | undefined } | undefined;
    const exit = this.exitOf(id, run, either).then(
      (info) => void (ended = { exit: info }),
      (error: unknown) => {
        if (!either.aborted) throw error;
      },
    );
    // Handled where it is awaited; until then it must not count as unhandled.
    exit.catch(() => undefined);
    const guard = new Guard();
    try {
      for (;;) {
        const over = ended;
        await this.recorder.catchUp(scope, run.id);
        if (over) return { exit: over.exit, endedBecause: guard.endedBecause };
        signal.throwIfAborted();
        if (!(await this.attend(scope, run.id, id, guard)))
          return { exit: undefined, endedBecause: guard.endedBecause };
        await Promise.race([sleep(POLL_MS), exit]);
      }
    } finally {
      leaving.abort();
    }
  }

  /** Waits for the end, through restarts of the engine. */
  private async exitOf(id: string, run: RunEntity, signal: AbortSignal): Promise<ExitInfo | undefined> {
    const deadline =
      Date.now() + (this.settings.timeoutSeconds(run.budgetSeconds) + LOST_ENGINE_SECONDS) * 1000;
    for (;;) {
      try {
        return await this.runtime.wait(id, { signal });
      } catch (error) {
        signal.throwIfAborted();
        if (isContainerRuntimeError(error, 'container-not-found')) return undefined;
        if (!isContainerRuntimeError(error) || Date.now() > deadline) throw error;
        await sleep(ENGINE_RETRY_MS, undefined, { signal });
      }
    }
  }

  /** What has to be looked at now and then. @returns false when the run has been ended by somebody else */
  private async attend(scope: Scope, runId: string, id: string, guard: Guard): Promise<boolean> {
    const now = Date.now();
    if (now < guard.nextLookAt) return true;
    guard.nextLookAt = now + LOOK_MS;
    const run = await this.runs.find(scope, runId);
    if (run?.status !== 'running') return false;
    if (now >= guard.nextBeatAt) {
      guard.nextBeatAt = now + HEARTBEAT_MS;
      await this.runs.beat(scope, runId);
    }
    // The engine bounds single files only, so the sum is watched closely: what a disk takes in a second is the overrun.
    if ((await this.workspaces.sizeOf(runId)) > MAX_WORKSPACE_BYTES)
      await this.end(id, guard, {
        reason: 'disk-limit',
        message: 'Training wrote more than 16 GB (or too many files) and was ended.',
      });
    await this.obey(run, id, guard);
    const limit = this.settings.timeoutSeconds(run.budgetSeconds) + OVERDUE_SECONDS;
    if (run.startedAt && now - run.startedAt.getTime() > limit * 1000)
      await this.end(id, guard, { reason: 'time-limit', message: timeLimit(run) });
    return true;
  }

  private async obey(run: RunEntity, id: string, guard: Guard): Promise<void> {
    if (run.cancelRequestedAt) {
      if (guard.told !== 'cancel') {
        await this.workspaces.command(run.id, { command: 'cancel' });
        guard.told = 'cancel';
      }
      if (Date.now() - run.cancelRequestedAt.getTime() > this.settings.cancelGraceMs) await this.stop(id);
    } else if (run.stopRequestedAt && guard.told === undefined) {
      await this.workspaces.command(run.id, { command: 'stop' });
      guard.told = 'stop';
    }
  }

  private async end(id: string, guard: Guard, because: NonNullable<Guard['endedBecause']>): Promise<void> {
    guard.endedBecause ??= because;
    await this.stop(id);
  }

  /** Not reaching the engine is no end: the next look tries again. */
  private async stop(id: string): Promise<void> {
    try {
      await this.runtime.stop(id, { graceSeconds: KILL_GRACE_SECONDS });
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
    }
  }

  /** Resolves at the next change of the run, or after a while. */
  async nextChange(runId: string, afterMs: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const timer = sleep(afterMs, undefined, { signal: AbortSignal.any([signal, done.signal]) });
    const change = firstValueFrom(this.signals.of(runId).pipe(take(1)), { defaultValue: undefined });
    try {
      await Promise.race([timer, change]);
    } finally {
      done.abort();
      await timer.catch(() => undefined);
    }
    signal.throwIfAborted();
  }
}

/** What this process has done about a run it follows. */
class Guard {
  nextLookAt = 0;
  nextBeatAt = 0;
  told: 'stop' | 'cancel' | undefined;
  endedBecause: EndedContainer['endedBecause'];
}
