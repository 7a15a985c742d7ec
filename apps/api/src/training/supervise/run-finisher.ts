import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { RunEventRepository } from '../run-event.repository.js';
import { RunOutputsRegistry, type RunOutputs } from '../run-outputs.js';
import { RunSignals } from '../run-signals.js';
import { isUnderWay } from '../run-status.js';
import type { RunEntity, RunOutputEntity } from '../run.entity.js';
import { RunRepository, type RunPatch } from '../run.repository.js';
import { TrialRepository } from '../studies/trial.repository.js';
import { withStage } from './event-folding.js';
import { artifactKey } from './output-store.js';
import { endOfPause } from './pauses.js';
import { RunWorkspaces } from './run-workspaces.js';

const LAST_LINES = 20;

export interface RunFailureReason {
  readonly reason: string;
  readonly message: string;
  readonly stage: string | null;
}

/** The last step of every run: exactly one final state, then everything that is not needed any more goes. */
@Injectable()
export class RunFinisher {
  private readonly logger = new Logger('Training');

  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly trials: TrialRepository,
    private readonly outputs: RunOutputsRegistry,
    private readonly workspaces: RunWorkspaces,
    private readonly runtime: ContainerRuntime,
    private readonly signals: RunSignals,
    private readonly domainEvents: DomainEvents,
  ) {}

  /** The run has succeeded and its outputs are stored; what is made of them comes into being in the same transaction. */
  async succeed(scope: Scope, runId: string, output: RunOutputEntity): Promise<void> {
    const [finished] = await this.events.ofType(scope, runId, 'finished', 1);
    await this.dataSource.transaction(async (manager) => {
      const run = await this.runs.lock(scope, runId, manager);
      if (!run || !isUnderWay(run.status)) return;
      const winnerCandidateId = finished?.winnerCandidateId ?? run.bestCandidateId;
      const patch: RunPatch = {
        winnerCandidateId,
        bestScore: finished?.score ?? run.bestScore,
        bestCandidateId: winnerCandidateId,
        holdoutScore: finished?.holdoutScore ?? run.holdoutScore,
      };
      await this.end(scope, run, 'succeeded', patch, manager);
      await this.outputs.runSucceeded(
        scope,
        await this.describe(scope, { ...run, ...patch }, output, manager),
        manager,
      );
      await this.publish(scope, runId, manager);
    });
    crashpoint('training.registered');
  }

  /** A study has ended: its trials are what it leaves, and no model comes of it until one is applied. */
  async succeedStudy(scope: Scope, runId: string): Promise<void> {
    const [finished] = await this.events.ofType(scope, runId, 'finished', 1);
    await this.dataSource.transaction(async (manager) => {
      const run = await this.runs.lock(scope, runId, manager);
      if (!run || !isUnderWay(run.status)) return;
      const patch: RunPatch = { bestScore: finished?.score ?? run.bestScore };
      if (await this.end(scope, run, 'succeeded', patch, manager)) await this.publish(scope, runId, manager);
    });
  }

  async cancel(scope: Scope, runId: string): Promise<void> {
    await this.close(scope, runId, 'cancelled', {});
  }

  async fail(scope: Scope, run: RunEntity, failure: RunFailureReason): Promise<void> {
    const lastLogLines = await this.lastLines(scope, run);
    this.logger.warn({ event: 'run.failed', runId: run.id, reason: failure.reason });
    await this.close(scope, run.id, 'failed', { failure: { ...failure, lastLogLines } });
  }

  /** Removes container and workspace. What cannot be removed now is found by the reconciler. */
  async cleanUp(run: Pick<RunEntity, 'id'>): Promise<void> {
    try {
      for (const { id } of await this.runtime.list({ kind: 'training', ownerId: run.id }))
        await this.runtime.remove(id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
      this.logger.warn({ event: 'run.container_left', runId: run.id, reason: error.message });
    }
    await this.workspaces.remove(run.id);
    crashpoint('training.cleaned');
  }

  /** All that the rooms above may know of a succeeded run. */
  async describe(
    scope: Scope,
    run: RunEntity,
    output: RunOutputEntity,
    manager?: EntityManager,
  ): Promise<RunOutputs> {
    if (run.datasetId === null || run.datasetVersionId === null)
      throw new Error(`Run ${run.id} has succeeded but its dataset is gone.`);
    const winner = await this.events.candidate(scope, run.id, run.winnerCandidateId ?? '', manager);
    return {
      runId: run.id,
      runName: run.name,
      projectId: run.projectId,
      datasetId: run.datasetId,
      datasetName: run.datasetName,
      datasetVersionId: run.datasetVersionId,
      datasetVersionNumber: run.versionNumber,
      dataSha256: run.dataSha256,
      target: run.target,
      task: run.task,
      metric: run.metric,
      seed: run.seed,
      origin: run.origin,
      winner: {
        candidateId: run.winnerCandidateId ?? '',
        family: winner?.family ?? 'unknown',
        label: winner?.label ?? 'Best candidate',
      },
      score: run.bestScore,
      createdBy: run.createdBy,
      artifacts: {
        model: output.modelKey,
        contract: artifactKey(run.id, 'contract.json'),
        manifest: artifactKey(run.id, 'manifest.json'),
      },
      modelSha256: output.modelSha256,
      modelSizeBytes: output.modelSizeBytes,
      contract: output.contract,
      evaluation: output.evaluation,
      environment: output.environment,
      manifest: output.manifest,
    };
  }

  private async close(
    scope: Scope,
    runId: string,
    status: 'failed' | 'cancelled',
    patch: RunPatch,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const run = await this.runs.lock(scope, runId, manager);
      if (!run) return;
      if (await this.end(scope, run, status, patch, manager)) await this.publish(scope, runId, manager);
    });
  }

  private async end(
    scope: Scope,
    run: RunEntity,
    status: 'succeeded' | 'failed' | 'cancelled',
    patch: RunPatch,
    manager: EntityManager,
  ): Promise<boolean> {
    const now = new Date();
    const open = run.stages.filter((stage) => stage.status === 'started');
    const stages = open.reduce(
      (records, { stage }) => withStage(records, { stage, status: 'finished', at: now.toISOString() }),
      run.stages as readonly RunEntity['stages'][number][],
    );
    const left = await this.runs.move(
      scope,
      run.id,
      status,
      { ...patch, ...endOfPause(run, now), stage: null, stages: [...stages], finishedAt: now },
      manager,
    );
    if (!left) return false;
    const reason = status === 'succeeded' ? 'The run ended before its turn.' : 'The run ended.';
    await this.events.endCandidates(
      scope,
      run.id,
      { status: status === 'succeeded' ? 'skipped' : 'cancelled', reason },
      manager,
    );
    await this.trials.end(scope, run.id, manager);
    const counts = await this.events.countCandidates(scope, run.id, manager);
    await this.runs.update(
      scope,
      run.id,
      { candidatesDone: counts.done, candidatesTotal: counts.total },
      manager,
    );
    await this.events.forgetClock(scope, run.id, manager);
    return true;
  }

  private async publish(scope: Scope, runId: string, manager: EntityManager): Promise<void> {
    await this.signals.changed(runId, manager);
    await this.domainEvents.publish(
      { type: 'run.updated', projectId: scope.projectId, entity: { kind: 'run', id: runId } },
      manager,
    );
  }

  private async lastLines(scope: Scope, run: RunEntity): Promise<string[]> {
    const logs = await this.events.ofType(scope, run.id, 'log', LAST_LINES);
    const fromTrainer = logs.map((event) => `${event.level}: ${event.message}`.slice(0, 500));
    return [...fromTrainer, ...(await this.errorOutput(run))].slice(-LAST_LINES);
  }

  /** Tracebacks and the last words of native code go to standard error. */
  private async errorOutput(run: RunEntity): Promise<string[]> {
    const lines: string[] = [];
    try {
      for (const { id } of await this.runtime.list({ kind: 'training', ownerId: run.id }))
        for await (const line of this.runtime.logs(id, { tail: 200 }))
          if (line.stream === 'stderr')
            lines.push(line.text.replaceAll('\0', '').toWellFormed().slice(0, 500));
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
    }
    return lines.slice(-LAST_LINES);
  }
}
