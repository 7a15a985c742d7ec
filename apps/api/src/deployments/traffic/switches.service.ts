import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { Deployment } from '../deployment.entity.js';
import { BELIEVED_MS } from '../predict/endpoint-directory.js';
import { ContainerNeed } from '../serving/container-need.js';
import type { ModelServerState } from '../serving/model-server-state.js';
import { RECONCILE } from '../serving/reconcile.js';
import { ServingUnits, isTarget } from '../serving/serving-units.js';
import { percentile } from '../stats/latency-histogram.js';
import { DeploymentTarget } from './deployment-target.entity.js';
import { appendRevision, type RevisionKind } from './revisions.js';
import { reasonToGoBack, type RollbackWatch, type VersionFigures } from './rollback-rule.js';
import { TargetsRepository, targetsOf } from './targets.repository.js';
import { VersionCounts } from './version-counts.repository.js';

/** By then every replica sends calls to the new version: none believes what it knows for longer. */
export const SETTLED_AFTER_MS = BELIEVED_MS + 1_000;
/** The longest that a call may wait for a model server, and a margin. */
const LAST_CALL_MS = 35_000;
/** So long the version that was replaced keeps its server, so that going back takes no start. */
const WAY_BACK_MS = 10 * 60_000;
const LOOK_AGAIN_SECONDS = 3;
const HOUR_MS = 3_600_000;

const REVISION_OF = {
  switch: 'switched',
  rollback: 'rolled-back',
  'automatic-rollback': 'rolled-back-automatically',
} as const satisfies Record<DeploymentTarget['switchKind'], RevisionKind>;

/**
 * The end of a switch: the new version takes over in one transaction once it can answer, and the old server stays until
 * no replica can send it a call any more. And what comes after: the rule that may take the new version back.
 */
@Injectable()
export class Switches {
  constructor(
    private readonly units: ServingUnits,
    private readonly targets: TargetsRepository,
    private readonly need: ContainerNeed,
    private readonly counts: VersionCounts,
    private readonly queue: WorkQueue,
  ) {}

  /** Whether the server of a version that was replaced may end. */
  isOver(target: DeploymentTarget, now = Date.now()): boolean {
    const stopped = target.desiredState === 'stopped';
    return target.role === 'retiring' && (stopped || (target.retireAt?.getTime() ?? 0) <= now);
  }

  async remove(target: DeploymentTarget): Promise<void> {
    await this.targets.change(scopeOf(target), target.deploymentId, async (manager) => {
      await manager.delete(DeploymentTarget, { id: target.id, role: 'retiring' });
    });
  }

  /** What follows from the last look at a server. */
  async follow(id: string): Promise<void> {
    const unit = await this.units.find(id);
    if (!unit) return;
    if (!isTarget(unit)) return this.judge(unit);
    if (unit.role !== 'candidate') return;
    if (unit.observedState === 'failed') return this.giveUp(unit);
    if (unit.observedState === 'ready' || (await this.need.isCompiled(unit))) await this.takeOver(unit);
  }

  private async takeOver({ id, deploymentId, projectId }: DeploymentTarget): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    await this.targets.change(scope, deploymentId, async (manager, deployment) => {
      const candidate = (await targetsOf(manager, deploymentId)).find((target) => target.id === id);
      if (candidate?.role === 'candidate') await this.replace(manager, deployment, candidate);
    });
    crashpoint('switch.taken_over');
  }

  /** Puts the candidate in the place of the version that answers. The rows are locked. */
  async replace(manager: EntityManager, deployment: Deployment, candidate: DeploymentTarget): Promise<void> {
    const now = new Date();
    const watch = await this.watchOf(deployment, candidate, now);
    await manager.delete(DeploymentTarget, { id: candidate.id });
    await manager.update(
      Deployment,
      { id: deployment.id },
      {
        ...serverOf(candidate),
        modelId: candidate.modelId,
        modelName: candidate.modelName,
        modelAlias: candidate.modelAlias,
        modelVersionNumber: candidate.modelVersionNumber,
        contract: candidate.contract,
        // The need for the old server's container is not that for the new one's.
        lastNeededAt: (await this.need.isCompiled(candidate)) ? null : now,
        watch,
      },
    );
    const retiring = {
      ...serverOf(deployment),
      id: uuidv7(),
      projectId: deployment.projectId,
      deploymentId: deployment.id,
      role: 'retiring' as const,
      modelId: deployment.modelId,
      modelName: deployment.modelName,
      modelAlias: deployment.modelAlias,
      modelVersionNumber: deployment.modelVersionNumber,
      contract: deployment.contract,
      createdBy: candidate.createdBy,
      retireAt: later(retirementOf(deployment.modelVersionId, watch, now), now.getTime() + WAY_BACK_MS),
    };
    // Only the last one is kept for going back.
    await manager.query(
      `UPDATE deployment_target SET retire_at = least(retire_at, $2) WHERE deployment_id = $1 AND role = 'retiring'`,
      [deployment.id, new Date(now.getTime() + SETTLED_AFTER_MS + LAST_CALL_MS)],
    );
    await manager.insert(DeploymentTarget, retiring);
    await appendRevision(manager, {
      projectId: deployment.projectId,
      deploymentId: deployment.id,
      kind: REVISION_OF[candidate.switchKind],
      from: deployment,
      to: candidate,
      reason: candidate.reason,
      changedBy: candidate.createdBy,
      ...(candidate.switchKind === 'automatic-rollback' ? { figures: deployment.watch } : {}),
    });
    await this.queue.enqueue(RECONCILE, deployment.id, { manager });
    await this.queue.enqueue(RECONCILE, retiring.id, { manager });
  }

  /**
   * Its calls are over soon: the server of a further version ends when the last of them is answered, and not before the
   * rule has ended that may go back to it.
   */
  async retire(
    manager: EntityManager,
    { watch }: Deployment,
    target: DeploymentTarget,
    keptMs = 0,
  ): Promise<void> {
    const retireAt = later(retirementOf(target.modelVersionId, watch, new Date()), Date.now() + keptMs);
    await manager.update(DeploymentTarget, { id: target.id }, { role: 'retiring', retireAt });
  }

  /** The version that answers goes on; why the other one could not take over is in the history. */
  private async giveUp({ id, deploymentId, projectId }: DeploymentTarget): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    await this.targets.change(scope, deploymentId, async (manager, deployment) => {
      const candidate = (await targetsOf(manager, deploymentId)).find((target) => target.id === id);
      if (candidate?.role !== 'candidate' || candidate.observedState !== 'failed') return;
      await manager.delete(DeploymentTarget, { id });
      await appendRevision(manager, {
        projectId,
        deploymentId,
        kind: 'switch-failed',
        from: deployment,
        to: candidate,
        reason: candidate.failureReason ?? 'The reason is not known.',
        figures: { lastLogLines: candidate.lastLogLines },
        changedBy: candidate.createdBy,
      });
      await this.queue.enqueue(RECONCILE, candidate.serverId, { manager });
    });
  }

  private async watchOf(
    deployment: Deployment,
    candidate: DeploymentTarget,
    now: Date,
  ): Promise<RollbackWatch | null> {
    const rule = deployment.rollbackRule;
    if (!rule || candidate.switchKind !== 'switch' || deployment.desiredState === 'stopped') return null;
    const before = await this.figuresOf(
      deployment.id,
      deployment.modelVersionId,
      new Date(now.getTime() - HOUR_MS),
    );
    return {
      rule,
      since: now.toISOString(),
      fromVersionId: deployment.modelVersionId,
      fromVersionNumber: deployment.modelVersionNumber,
      toVersionId: candidate.modelVersionId,
      toVersionNumber: candidate.modelVersionNumber,
      p95BeforeMs: before.p95Ms,
    };
  }

  /** The rule of going back by itself. */
  private async judge(deployment: Deployment): Promise<void> {
    const { watch } = deployment;
    if (!watch || deployment.desiredState === 'stopped') return;
    const ends = Date.parse(watch.since) + watch.rule.minutes * 60_000;
    const figures = await this.figuresOf(deployment.id, watch.toVersionId, new Date(watch.since));
    const reason = reasonToGoBack(watch, figures);
    if (reason !== undefined) await this.goBack(deployment, watch, reason, figures);
    else if (Date.now() >= ends) await this.endWatch(deployment);
    else await this.queue.enqueue(RECONCILE, deployment.id, { delaySeconds: LOOK_AGAIN_SECONDS });
  }

  private async goBack(
    { id, projectId }: Deployment,
    watch: RollbackWatch,
    reason: string,
    figures: VersionFigures,
  ): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    await this.targets.change(scope, id, async (manager, deployment) => {
      if (deployment.watch?.since !== watch.since || deployment.modelVersionId !== watch.toVersionId) return;
      const targets = await targetsOf(manager, id);
      const servers = targets.filter(({ modelVersionId }) => modelVersionId === watch.fromVersionId);
      // Somebody goes back already.
      if (servers.some(({ role }) => role === 'candidate')) return;
      const old = servers.find(({ observedState }) => observedState !== 'failed');
      if (!old) return this.stay(manager, deployment, { ...watch, figures }, reason, servers[0]);
      for (const other of targets.filter(({ role }) => role === 'candidate')) {
        await manager.delete(DeploymentTarget, { id: other.id });
        await this.queue.enqueue(RECONCILE, other.serverId, { manager });
      }
      const change = {
        role: 'candidate',
        switchKind: 'automatic-rollback',
        reason,
        createdBy: null,
      } as const;
      await manager.update(DeploymentTarget, { id: old.id }, { ...change, retireAt: null });
      const judged = { ...deployment, watch: { ...watch, figures } };
      await this.replace(manager, judged, { ...old, ...change });
    });
  }

  /** The rule fired and there is no way back: said once, and the watch is over. */
  private async stay(
    manager: EntityManager,
    deployment: Deployment,
    watch: RollbackWatch & { readonly figures: VersionFigures },
    reason: string,
    failed: DeploymentTarget | undefined,
  ): Promise<void> {
    const { fromVersionId, fromVersionNumber } = watch;
    const why = failed
      ? `its server failed: ${failed.failureReason ?? 'the reason is not known.'}`
      : 'its server has ended.';
    await manager.update(Deployment, { id: deployment.id }, { watch: null });
    await appendRevision(manager, {
      projectId: deployment.projectId,
      deploymentId: deployment.id,
      kind: 'switch-failed',
      from: deployment,
      to: { modelVersionId: fromVersionId, modelVersionNumber: fromVersionNumber },
      reason: `The rule wanted to go back by itself: ${reason} Version ${fromVersionNumber} could not take over: ${why} Roll back to start it again.`,
      figures: watch,
      changedBy: null,
    });
  }

  private async endWatch({ id, projectId, watch }: Deployment): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    await this.targets.change(scope, id, async (manager, deployment) => {
      if (deployment.watch?.since === watch?.since) await manager.update(Deployment, { id }, { watch: null });
    });
  }

  private async figuresOf(
    deploymentId: string,
    modelVersionId: string,
    since: Date,
  ): Promise<VersionFigures> {
    const counts = await this.counts.since(deploymentId, since);
    const count = counts.find((one) => one.modelVersionId === modelVersionId);
    return {
      calls: count?.calls ?? 0,
      errors: count?.errors ?? 0,
      p95Ms: count ? percentile(count.latencyBuckets, 0.95) : null,
    };
  }
}

function scopeOf({ projectId }: { readonly projectId: string }): SystemScope {
  return SystemScope.forBackgroundWork(projectId);
}

/**
 * When the server of a version that gets no more calls may end: after the last of them, and while the rule may go back
 * to it not at all, so that going back takes no start.
 */
function retirementOf(modelVersionId: string, watch: RollbackWatch | null, now: Date): Date {
  const watched = watch?.fromVersionId === modelVersionId;
  const ends = watched ? Date.parse(watch.since) + watch.rule.minutes * 60_000 : 0;
  return new Date(Math.max(now.getTime(), ends) + SETTLED_AFTER_MS + LAST_CALL_MS);
}

function later(one: Date, other: number): Date {
  return new Date(Math.max(one.getTime(), other));
}

function serverOf(unit: ModelServerState): Omit<ModelServerState, 'id' | 'projectId'> {
  return {
    serverId: unit.serverId,
    modelVersionId: unit.modelVersionId,
    desiredState: unit.desiredState,
    observedState: unit.observedState,
    generation: unit.generation,
    failureReason: unit.failureReason,
    lastLogLines: unit.lastLogLines,
    probes: unit.probes,
    restartCount: unit.restartCount,
    consecutiveFailures: unit.consecutiveFailures,
    nextAttemptAt: unit.nextAttemptAt,
    attemptStartedAt: unit.attemptStartedAt,
    readyAt: unit.readyAt,
  };
}
