import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerRuntime, isContainerRuntimeError, type ExitInfo } from '@modelwright/container-runtime';
import type { RunCommand } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { firstValueFrom, take } from 'rxjs';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { RunSignals } from '../run-signals.js';
import { isUnderWay } from '../run-status.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { TrainingSettings } from '../training-settings.js';
import { EventRecorder } from './event-recorder.js';
import { RunLauncher } from './run-launcher.js';
import { endOfPause, pausedSecondsOf } from './pauses.js';
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
    const deadline = Date.now() + (this.settings.lifeSeconds(run.budgetSeconds) + LOST_ENGINE_SECONDS) * 1000;
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
    if (!run || !isUnderWay(run.status)) return false;
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
    await this.enforce(scope, run, id, guard);
    return true;
  }

  /** Ends what takes too long, hangs, or is forgotten in a pause. */
  private async enforce(scope: Scope, run: RunEntity, id: string, guard: Guard): Promise<void> {
    const now = new Date();
    guard.heard(run);
    if (run.pausedAt && secondsBetween(run.pausedAt, now) > this.settings.maxPauseSeconds)
      return this.stopForgotten(scope, run, now);
    if (run.status === 'paused' || run.startedAt === null) return;
    const worked = secondsBetween(run.startedAt, now) - pausedSecondsOf(run, now);
    if (worked > this.settings.timeoutSeconds(run.budgetSeconds) + OVERDUE_SECONDS)
      await this.end(id, guard, { reason: 'time-limit', message: timeLimit(run) });
    else if (guard.silentSeconds > this.settings.silenceSeconds)
      await this.end(id, guard, { reason: 'hanging', message: hanging(this.settings.silenceSeconds) });
  }

  /** Its memory is wanted, and what it has found so far is worth keeping. */
  private async stopForgotten(scope: Scope, run: RunEntity, now: Date): Promise<void> {
    if (run.stopRequestedAt) return;
    const hours = Math.round(this.settings.maxPauseSeconds / 3600);
    await this.runs.update(scope, run.id, {
      ...endOfPause(run, now),
      status: 'running',
      stopRequestedAt: now,
      warnings: [
        ...run.warnings,
        {
          code: 'paused-too-long',
          severity: 'warning',
          detail: `The run was paused for more than ${hours} hours; it was stopped and keeps its best.`,
        },
      ],
    });
    await this.signals.changed(run.id);
  }

  private async obey(run: RunEntity, id: string, guard: Guard): Promise<void> {
    const wish = wishOf(run, guard.told);
    if (wish !== undefined && wish !== guard.told) {
      await this.workspaces.command(run.id, { command: wish });
      guard.told = wish;
    }
    const sinceCancel = run.cancelRequestedAt ? Date.now() - run.cancelRequestedAt.getTime() : 0;
    if (sinceCancel > this.settings.cancelGraceMs) await this.stop(id);
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
  told: RunCommand['command'] | undefined;
  endedBecause: EndedContainer['endedBecause'];
  private lastSeq = -1;
  private lastHeardAt = Date.now();

  heard({ lastSeq, status }: RunEntity): void {
    if (lastSeq === this.lastSeq && status !== 'paused') return;
    this.lastSeq = lastSeq;
    this.lastHeardAt = Date.now();
  }

  get silentSeconds(): number {
    return (Date.now() - this.lastHeardAt) / 1000;
  }
}

/** What the trainer is to do; undefined when it has been told nothing and needs nothing. */
function wishOf(run: RunEntity, told: RunCommand['command'] | undefined): RunCommand['command'] | undefined {
  if (run.cancelRequestedAt) return 'cancel';
  if (run.stopRequestedAt) return 'stop';
  if (run.status === 'paused' || run.pauseRequestedAt) return 'pause';
  // A process that died may have told it to pause; going on does no harm to one that does not stand still.
  return told === 'pause' || run.pausedSeconds > 0 ? 'continue' : undefined;
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}

function hanging(seconds: number): string {
  return (
    `The trainer has said nothing for ${Math.round(seconds / 60)} minutes, so it hangs, and was ended. ` +
    'The log says what was at work: start the run again without that model family.'
  );
}
