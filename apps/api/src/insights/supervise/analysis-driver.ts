import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerRuntime, isContainerRuntimeError, type ExitInfo } from '@modelwright/container-runtime';
import { InsightEvent } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { Problem } from '../../platform/problems/problem.js';
import { readLines } from '../../training/supervise/event-reader.js';
import type { AnalysisEntity } from '../analysis.entity.js';
import { AnalysisRepository } from '../analysis.repository.js';
import { TRANSLATION, type WorkKind } from '../translation.js';
import { AnalysisFinisher } from './analysis-finisher.js';
import { AnalysisLauncher } from './analysis-launcher.js';
import { outcomeOf, readResult } from './analysis-outcome.js';
import { AnalysisSettings } from './analysis-settings.js';
import { AnalysisWorkspaces } from './analysis-workspaces.js';
import { translationOutcome } from './translation-outcome.js';

const LOOK_MS = 400;
const BEAT_MS = 5_000;
const RETRY_MS = 3_000;
const MAX_WAIT_FOR_ENGINE_MS = 120_000;
const MAX_WAIT_FOR_IMAGE_MS = 3_600_000;
const KILL_GRACE_SECONDS = 2;
/** Containers that may be lost before the analysis is given up. */
const MAX_GENERATIONS = 3;

type Finished = Extract<InsightEvent, { type: 'finished' }>;

/**
 * Takes an analysis from wherever it stands to its end. Looks at the row and at the engine and does the next thing, so
 * it does not matter which process began or when the last one died.
 */
@Injectable()
export class AnalysisDriver {
  constructor(
    private readonly analyses: AnalysisRepository,
    private readonly launcher: AnalysisLauncher,
    private readonly finisher: AnalysisFinisher,
    private readonly workspaces: AnalysisWorkspaces,
    private readonly settings: AnalysisSettings,
    private readonly runtime: ContainerRuntime,
    private readonly config: AppConfig,
  ) {}

  async drive(analysisId: string, signal: AbortSignal): Promise<void> {
    const scope = await this.analyses.scopeOf(analysisId);
    if (!scope) return;
    for (const since = Date.now(); ;) {
      signal.throwIfAborted();
      const analysis = await this.analyses.find(scope, analysisId);
      if (analysis?.status !== 'running') return this.finisher.cleanUp(analysisId);
      await this.analyses.beat(scope, analysisId);
      try {
        await this.advance(scope, analysis, signal);
      } catch (error) {
        signal.throwIfAborted();
        await this.endOrWait(scope, analysis, error, since, signal);
      }
    }
  }

  private async advance(scope: Scope, analysis: AnalysisEntity, signal: AbortSignal): Promise<void> {
    const container = await this.find(analysis, signal);
    if (container === undefined) return this.startOrLose(scope, analysis, signal);
    if (container.state === 'created') return this.runtime.remove(container.id, { signal });
    if (analysis.startedAt === null)
      await this.analyses.update(scope, analysis.id, { startedAt: new Date() });
    const exit = container.exit ?? (await this.untilEnd(scope, analysis, signal));
    if (exit) await this.conclude(scope, analysis.id, exit);
  }

  private async find(analysis: AnalysisEntity, signal: AbortSignal) {
    try {
      return await this.runtime.inspect(this.launcher.containerOf(analysis), { signal });
    } catch (error) {
      if (isContainerRuntimeError(error, 'container-not-found')) return undefined;
      throw error;
    }
  }

  /** There is no container: start it, or start it again when it got lost; the same question gives the same answer. */
  private async startOrLose(scope: Scope, analysis: AnalysisEntity, signal: AbortSignal): Promise<void> {
    if (analysis.cancelRequestedAt) return this.finisher.end(scope, analysis.id, { status: 'cancelled' });
    if (analysis.startedAt === null) return this.launcher.launch(scope, analysis, signal);
    if (analysis.generation + 1 >= MAX_GENERATIONS)
      return this.finisher.end(scope, analysis.id, {
        status: 'failed',
        reason: `The container of ${nameOf(analysis.kind)} got lost several times. Ask again.`,
      });
    await this.analyses.update(scope, analysis.id, {
      generation: analysis.generation + 1,
      startedAt: null,
      eventOffset: 0,
    });
  }

  /** Follows the container to its end. @returns undefined when the row was ended or removed by somebody else */
  private async untilEnd(
    scope: Scope,
    analysis: AnalysisEntity,
    signal: AbortSignal,
  ): Promise<ExitInfo | undefined> {
    const id = this.launcher.containerOf(analysis);
    const leaving = new AbortController();
    const either = AbortSignal.any([signal, leaving.signal]);
    let ended: { exit: ExitInfo } | { error: unknown } | undefined;
    const exit = this.runtime.wait(id, { signal: either }).then(
      (info) => void (ended = { exit: info }),
      (error: unknown) => void (ended = { error }),
    );
    try {
      for (let beatAt = 0, isTold = false; ;) {
        const now = await this.analyses.find(scope, analysis.id);
        if (now?.status !== 'running') return undefined;
        await this.finisher.progress(scope, now, await this.newProgress(now));
        if (now.cancelRequestedAt) {
          if (!isTold) await this.workspaces.cancel(now.id);
          isTold = true;
          if (Date.now() - now.cancelRequestedAt.getTime() > this.settings.cancelGraceMs)
            await this.runtime.stop(id, { graceSeconds: KILL_GRACE_SECONDS, signal });
        }
        if (Date.now() > beatAt) {
          await this.analyses.beat(scope, analysis.id);
          beatAt = Date.now() + BEAT_MS;
        }
        await Promise.race([sleep(LOOK_MS), exit]);
        signal.throwIfAborted();
        if (ended && 'exit' in ended) return ended.exit;
        if (ended) throw ended.error;
      }
    } finally {
      leaving.abort();
    }
  }

  /** The newest progress that the container has told since the last look. */
  private async newProgress(analysis: AnalysisEntity) {
    const { events } = this.workspaces.foldersOf(analysis.id);
    const batch = await readLines(events, analysis.eventOffset);
    const told = batch.lines.map(parse).filter((event) => event?.type === 'progress');
    return { offset: batch.nextOffset, progress: told.at(-1) };
  }

  private async conclude(scope: Scope, analysisId: string, exit: ExitInfo): Promise<void> {
    crashpoint('insight.exited');
    const analysis = await this.analyses.find(scope, analysisId);
    if (analysis?.status !== 'running') return;
    const folders = this.workspaces.foldersOf(analysisId);
    const asked = {
      cancelled: analysis.cancelRequestedAt !== null,
      memoryMb: this.settings.memoryMb,
      seconds: this.settings.seconds(analysis.kind, analysis.options),
    };
    if (analysis.kind === TRANSLATION) {
      const outcome = await translationOutcome(exit, folders.workspace, asked);
      return this.finisher.endTranslation(scope, analysis, outcome);
    }
    const outcome = outcomeOf(exit, await finishedEvent(folders.events), asked);
    const end = outcome === 'succeeded' ? await readResult(folders.result, analysis.kind) : outcome;
    await this.finisher.end(scope, analysisId, end);
  }

  /** Waits a little when the engine or its image is away, and otherwise ends the analysis with the reason. */
  private async endOrWait(
    scope: Scope,
    analysis: AnalysisEntity,
    error: unknown,
    since: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (error instanceof Problem)
      return this.finisher.end(scope, analysis.id, { status: 'failed', reason: error.detail });
    if (!isContainerRuntimeError(error)) throw error;
    const isImage = error.code === 'image-not-found';
    const mayCome = error.code === 'runtime-unreachable' || (isImage && this.config.execution.autoBuildImage);
    const patience = isImage ? MAX_WAIT_FOR_IMAGE_MS : MAX_WAIT_FOR_ENGINE_MS;
    if (mayCome && Date.now() - since < patience) {
      await sleep(RETRY_MS, undefined, { signal });
      return;
    }
    const reason = `${capitalised(nameOf(analysis.kind))} could not be started. ${error.message}`;
    await this.finisher.end(scope, analysis.id, { status: 'failed', reason });
  }
}

function nameOf(kind: WorkKind): string {
  return kind === TRANSLATION ? 'the translation' : 'the analysis';
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function parse(line: string): InsightEvent | undefined {
  try {
    return InsightEvent.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** From the first line on: a look between the last event and the end of the process has passed that event already. */
async function finishedEvent(path: string): Promise<Finished | undefined> {
  for (let position = 0; ;) {
    const batch = await readLines(path, position);
    const finished = batch.lines.map(parse).find((event) => event?.type === 'finished');
    if (finished?.type === 'finished') return finished;
    if (!batch.more || batch.nextOffset === position) return undefined;
    position = batch.nextOffset;
  }
}
