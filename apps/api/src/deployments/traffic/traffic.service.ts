import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ModelsService, type ServableModel } from '../../models/models.service.js';
import { ModelRegistry } from '../../models/registry/registry.service.js';
import { SystemScope, type ProjectScope, type Scope } from '../../platform/authorization/project-scope.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import type { Deployment } from '../deployment.entity.js';
import { DeploymentsService } from '../deployments.service.js';
import { RECONCILE } from '../serving/reconcile.js';
import { contractChanges, type ContractChange } from './contract-changes.js';
import { DeploymentTarget, type TargetRole } from './deployment-target.entity.js';
import { appendRevision } from './revisions.js';
import { Switches } from './switches.service.js';
import { newTarget, TargetsRepository, targetsOf, type NewTarget } from './targets.repository.js';
import type {
  ContractComparison,
  RollBackRequest,
  SwitchVersionRequest,
  UpdateTargetRequest,
} from './traffic.dto.js';

/** What answers at an endpoint, and what else gets its calls: written here, brought about by the supervisor. */
@Injectable()
export class TrafficService {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly models: ModelsService,
    private readonly registry: ModelRegistry,
    private readonly targets: TargetsRepository,
    private readonly switches: Switches,
    private readonly queue: WorkQueue,
  ) {}

  async compare(scope: Scope, id: string, modelVersionId: string): Promise<ContractComparison> {
    const deployment = await this.deployments.require(scope, id);
    const model = await this.models.getServable(scope, modelVersionId);
    const changes = contractChanges(deployment.contract, model.contract);
    const quality = await this.registry.quality(scope, modelVersionId, deployment.modelVersionId);
    return {
      fromVersionNumber: deployment.modelVersionNumber,
      toVersionNumber: model.versionNumber,
      toModelName: model.modelName,
      breaks: changes.some(({ breaks }) => breaks),
      changes,
      quality,
    };
  }

  /** @throws Problem `contract-breaks` unless accepted, `switch-refused` when something else is under way */
  async switchVersion(scope: ProjectScope, id: string, request: SwitchVersionRequest): Promise<void> {
    const deployment = await this.deployments.require(scope, id);
    const { modelVersionId, alias } = await this.deployments.chosenVersion(scope, request);
    const model = await this.models.getServable(scope, modelVersionId);
    const { strategy } = request;
    if (strategy.kind !== 'shadow' && !request.acceptContractChanges)
      refuseBreaking(contractChanges(deployment.contract, model.contract));
    const target = {
      role: ROLE_OF[strategy.kind],
      sharePercent: strategy.kind === 'all' ? 0 : strategy.sharePercent,
      reason: request.reason,
      switchKind: 'switch',
      alias,
      createdBy: scope.userId,
    } as const;
    await this.place(scope, id, model, target);
    if (target.role === 'candidate') crashpoint('switch.requested');
  }

  /** To the version that answered before, whatever its contract: callers knew it. */
  async rollBack(scope: ProjectScope, id: string, { reason }: RollBackRequest): Promise<void> {
    const deployment = await this.deployments.require(scope, id);
    const previous = await this.targets.previousVersion(scope, deployment);
    if (!previous)
      throw new Problem(
        'switch-refused',
        'There is no earlier version to go back to: none answered here before, or the rule put it aside. Switch to a version instead.',
      );
    const model = await this.models.getServable(scope, previous.id);
    await this.place(scope, id, model, {
      role: 'candidate',
      sharePercent: 0,
      reason,
      switchKind: 'rollback',
      alias: null,
      createdBy: scope.userId,
    });
    crashpoint('switch.requested');
  }

  async updateTarget(
    scope: ProjectScope,
    id: string,
    targetId: string,
    { sharePercent, reason }: UpdateTargetRequest,
  ): Promise<void> {
    await this.targets.change(scope, id, async (manager, deployment) => {
      const target = await requireTarget(manager, id, targetId, ['split', 'shadow']);
      if (target.role === 'split' && sharePercent > 99)
        throw new Problem('invalid-request', 'To give a version all calls, switch to it.', {
          errors: [{ pointer: '#/sharePercent', detail: 'is at most 99 for a split' }],
        });
      await manager.update(DeploymentTarget, { id: targetId }, { sharePercent });
      const kind = target.role === 'split' ? 'split-changed' : 'shadow-changed';
      await this.note(manager, deployment, { ...target, sharePercent }, kind, reason, scope.userId);
    });
  }

  /** Takes a further version away: ends a split or a shadow, gives up a switch that has not happened yet. */
  async removeTarget(scope: ProjectScope, id: string, targetId: string): Promise<void> {
    await this.targets.change(scope, id, async (manager, deployment) => {
      const target = await requireTarget(manager, id, targetId, ['candidate', 'split', 'shadow']);
      if (target.role === 'candidate') await manager.delete(DeploymentTarget, { id: targetId });
      else await this.switches.retire(manager, deployment, target);
      const kinds = { candidate: 'switch-cancelled', split: 'split-ended', shadow: 'shadow-ended' } as const;
      if (target.role in kinds)
        await this.note(
          manager,
          deployment,
          target,
          kinds[target.role as keyof typeof kinds],
          '',
          scope.userId,
        );
      await this.queue.enqueue(RECONCILE, target.serverId, { manager });
    });
  }

  /** A server for a rehearsal, unless one of the version runs anyway. */
  async placeForRehearsal(scope: Scope, id: string, model: ServableModel): Promise<void> {
    await this.targets.change(scope, id, async (manager, deployment) => {
      const targets = await targetsOf(manager, id);
      const known = targets.find(({ modelVersionId }) => modelVersionId === model.modelVersionId);
      if (known) {
        // One that ends soon is kept for it.
        if (known.role === 'retiring' && !targets.some(({ role }) => role === 'rehearsal'))
          await reuse(manager, known, REHEARSAL);
        return;
      }
      const target = newTarget(deployment, model, REHEARSAL);
      await manager.insert(DeploymentTarget, target);
      await this.queue.enqueue(RECONCILE, target.id ?? '', { manager });
    });
  }

  /** The server of a rehearsal stays for a while, so that the switch after it takes no start. */
  async endRehearsal(projectId: string, id: string): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    if (!(await this.targets.ofDeployment(scope, id)).some(({ role }) => role === 'rehearsal')) return;
    await this.targets.change(scope, id, async (manager, deployment) => {
      const target = (await targetsOf(manager, id)).find(({ role }) => role === 'rehearsal');
      if (target) await this.switches.retire(manager, deployment, target, KEPT_AFTER_REHEARSAL_MS);
    });
  }

  /** Gives a version its place; a server of it that runs already is used. */
  private async place(scope: Scope, id: string, model: ServableModel, wanted: NewTarget): Promise<void> {
    await this.targets.change(scope, id, async (manager, deployment) => {
      if (deployment.modelVersionId === model.modelVersionId)
        throw new Problem(
          'switch-refused',
          `Version ${model.versionNumber} of "${model.modelName}" answers already.`,
        );
      const targets = await targetsOf(manager, id);
      const holder = targets.find(({ role }) => role === wanted.role);
      if (holder?.modelVersionId === model.modelVersionId) return;
      if (holder) throw new Problem('switch-refused', HELD[wanted.role](holder.modelVersionNumber));
      const running = targets.find(
        ({ modelVersionId, observedState }) =>
          modelVersionId === model.modelVersionId && observedState !== 'failed',
      );
      const target = running
        ? await reuse(manager, running, wanted)
        : await manager.save(
            DeploymentTarget,
            manager.create(DeploymentTarget, newTarget(deployment, model, wanted)),
          );
      if (wanted.role === 'candidate' && deployment.desiredState === 'stopped')
        return this.switches.replace(manager, deployment, target);
      if (wanted.role !== 'candidate')
        await this.note(
          manager,
          deployment,
          target,
          STARTED[wanted.role] ?? 'split-started',
          wanted.reason,
          wanted.createdBy,
        );
      await this.queue.enqueue(RECONCILE, target.id, { manager });
    });
  }

  private async note(
    manager: EntityManager,
    deployment: Deployment,
    target: DeploymentTarget,
    kind: Parameters<typeof appendRevision>[1]['kind'],
    reason: string,
    changedBy: string | null,
  ): Promise<void> {
    const { projectId, id: deploymentId } = deployment;
    const sharePercent = target.sharePercent;
    const base = { projectId, deploymentId, kind, from: deployment, to: target, reason, changedBy };
    await appendRevision(manager, target.role === 'candidate' ? base : { ...base, sharePercent });
  }
}

const KEPT_AFTER_REHEARSAL_MS = 5 * 60_000;
const REHEARSAL: NewTarget = {
  role: 'rehearsal',
  sharePercent: 0,
  reason: '',
  switchKind: 'switch',
  alias: null,
  createdBy: null,
};
const ROLE_OF = { all: 'candidate', split: 'split', shadow: 'shadow' } as const;
const STARTED: Partial<Record<TargetRole, 'split-started' | 'shadow-started'>> = {
  split: 'split-started',
  shadow: 'shadow-started',
};
const HELD: Record<TargetRole, (version: number) => string> = {
  candidate: (version) => `A switch to version ${version} is under way. Let it end, or cancel it first.`,
  split: (version) =>
    `Version ${version} has a share of the calls already. End that first, or change its share.`,
  shadow: (version) => `Version ${version} gets copies already. End that first.`,
  rehearsal: (version) => `A rehearsal of version ${version} is running. Let it end, or cancel it first.`,
  retiring: (version) => `Version ${version} is ending.`,
};

async function reuse(
  manager: EntityManager,
  running: DeploymentTarget,
  { role, sharePercent, reason, switchKind, alias, createdBy }: NewTarget,
): Promise<DeploymentTarget> {
  const change = { role, sharePercent, reason, switchKind, modelAlias: alias, createdBy, retireAt: null };
  await manager.update(DeploymentTarget, { id: running.id }, change);
  return manager.merge(DeploymentTarget, running, change);
}

async function requireTarget(
  manager: EntityManager,
  deploymentId: string,
  targetId: string,
  roles: readonly TargetRole[],
): Promise<DeploymentTarget> {
  const target = (await targetsOf(manager, deploymentId)).find(({ id }) => id === targetId);
  if (!target || !roles.includes(target.role))
    throw new Problem(
      'target-not-found',
      'There is no such further version behind this deployment. It may have taken over or ended.',
    );
  return target;
}

function refuseBreaking(changes: readonly ContractChange[]): void {
  const breaking = changes.filter(({ breaks }) => breaks);
  if (breaking.length === 0) return;
  const detail = `Callers that are served now may break: ${breaking.map(({ sentence }) => sentence).join(' ')} Send acceptContractChanges to go on.`;
  throw new Problem('contract-breaks', detail, {
    errors: breaking.slice(0, 50).map(({ field, sentence }) => ({
      pointer: field === null ? '#/output' : `#/inputs/${field}`,
      detail: sentence,
    })),
  });
}
