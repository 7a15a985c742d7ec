import type { ModelContract } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { ModelsService } from '../models/models.service.js';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { AppConfig } from '../platform/config/app-config.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { decodeCursor, toPage, type Page, type PageQuery } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { nearestName } from '../platform/text/nearest-name.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import type { Deployment } from './deployment.entity.js';
import {
  DEFAULT_COVERAGE,
  type CreateDeploymentRequest,
  type UpdateDeploymentRequest,
} from './deployment.dto.js';
import { DeploymentsRepository, type DeploymentMark } from './deployments.repository.js';
import { slugFrom } from './endpoint-slug.js';
import { DeploymentTarget } from './traffic/deployment-target.entity.js';
import { CompiledModels } from './predict/compiled-models.js';
import { WarmServers } from './serving/warm-servers.js';
import { freshProbes } from './serving/probes.js';
import { RECONCILE } from './serving/reconcile.js';

/** Life of deployments: what is wanted is written here, the supervisor brings it about. */
@Injectable()
export class DeploymentsService {
  constructor(
    private readonly config: AppConfig,
    private readonly deployments: DeploymentsRepository,
    private readonly models: ModelsService,
    private readonly queue: WorkQueue,
    private readonly compiled: CompiledModels,
    private readonly warm: WarmServers,
  ) {}

  /** @param id for the deployment; one that exists already is what an earlier try of the same request made */
  async create(
    scope: ProjectScope,
    request: CreateDeploymentRequest,
    id: string = uuidv7(),
  ): Promise<Deployment> {
    const earlier = await this.deployments.find(scope, id);
    if (earlier) return earlier;
    const chosen = await this.chosenVersion(scope, request);
    const model = await this.models.getServable(scope, chosen.modelVersionId);
    refuseUnknownColumns(request.maskedColumns, model.contract);
    refuseAbstaining(request.abstainBelow, model.contract);
    await this.refuseUnreachableCoverage(scope, model, request.intervalCoverage ?? null);
    const serverId = (await this.warmServerFor(scope, request, model.modelVersionId)) ?? id;
    const name = request.name ?? `${model.modelName} v${model.versionNumber}`;
    const deployment = {
      id,
      projectId: scope.projectId,
      name,
      // The last characters of a version 7 id are random: two deployments of one model never fight over a default name.
      endpointSlug: request.endpointSlug ?? slugFrom(name, `-${id.slice(-5)}`),
      modelId: model.modelId,
      modelName: model.modelName,
      modelVersionId: model.modelVersionId,
      modelAlias: chosen.alias,
      modelVersionNumber: model.versionNumber,
      contract: model.contract,
      authMode: request.authMode,
      rateLimitPerMinute: request.rateLimitPerMinute,
      logRetentionDays: request.logRetentionDays,
      maskedColumns: request.maskedColumns,
      allowedAddresses: request.allowedAddresses,
      abstainBelow: request.abstainBelow,
      intervalCoverage: request.intervalCoverage === undefined ? DEFAULT_COVERAGE : request.intervalCoverage,
      serverId,
      splitField: null,
      rollbackRule: null,
      watch: null,
      containerMode: request.containerMode,
      idleAfterMinutes: request.idleAfterMinutes,
      lastNeededAt: null,
      desiredState: 'running' as const,
      observedState: 'starting' as const,
      generation: 0,
      failureReason: null,
      lastLogLines: [],
      probes: freshProbes(),
      restartCount: 0,
      consecutiveFailures: 0,
      nextAttemptAt: null,
      attemptStartedAt: null,
      readyAt: null,
      inferenceCount: 0,
      errorCount: 0,
      lastInferenceAt: null,
      createdBy: scope.userId,
    };
    try {
      const created = await this.deployments.create(scope, deployment, this.limit, (manager) =>
        this.lookAt(id, manager),
      );
      crashpoint('deploy.row_written');
      return created;
    } catch (error) {
      // Of another error it is not known whether the row was written all the same; `WarmServers` looks after that.
      if (serverId !== id && error instanceof Problem) this.warm.giveBack(serverId);
      throw error;
    }
  }

  /** A server that was started in advance, for a deployment that needs a container at once. */
  private async warmServerFor(
    { projectId }: ProjectScope,
    { containerMode }: CreateDeploymentRequest,
    modelVersionId: string,
  ): Promise<string | undefined> {
    const { path } = await this.compiled.formOf(projectId, modelVersionId);
    const rests = path === 'compiled' && containerMode !== 'always';
    return rests ? undefined : this.warm.take();
  }

  async list(scope: Scope, query: PageQuery): Promise<Page<Deployment>> {
    const before = decodeCursor(query.cursor, 1)?.[0];
    const rows = await this.deployments.page(scope, {
      limit: query.limit + 1,
      ...(before === undefined ? {} : { before: String(before) }),
    });
    return toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => row,
    );
  }

  /** For background work of rooms above: those of every project that became, or are, ready or failed; oldest change first. */
  settledSince(since: Date, after: DeploymentMark | undefined, limit: number): Promise<DeploymentMark[]> {
    return this.deployments.settledSince(since, after, limit);
  }

  /** @throws Problem `deployment-not-found` */
  async require(scope: Scope, id: string): Promise<Deployment> {
    const deployment = await this.deployments.find(scope, id);
    if (!deployment)
      throw new Problem('deployment-not-found', `There is no deployment ${id}, or you may not see it.`);
    return deployment;
  }

  async update(scope: Scope, id: string, change: UpdateDeploymentRequest): Promise<Deployment> {
    const deployment = await this.require(scope, id);
    const { contract, maskedColumns } = deployment;
    // A column that is masked already may stay so, also when the version that answers now does not know it.
    const fresh = (change.maskedColumns ?? []).filter((column) => !maskedColumns.includes(column));
    refuseUnknownColumns(fresh, contract);
    refuseAbstaining(change.abstainBelow ?? null, contract);
    if (change.intervalCoverage !== deployment.intervalCoverage)
      await this.refuseUnreachableCoverage(scope, deployment, change.intervalCoverage ?? null);
    if (Object.keys(change).length > 0) await this.deployments.update(scope, id, change);
    if (change.containerMode !== undefined || change.idleAfterMinutes !== undefined)
      await this.queue.enqueue(RECONCILE, id);
    return this.require(scope, id);
  }

  /** Answers would lose their intervals without a word. */
  private async refuseUnreachableCoverage(
    scope: Scope,
    { modelVersionId, contract }: Pick<Deployment, 'modelVersionId' | 'contract'>,
    coverage: number | null,
  ): Promise<void> {
    if (coverage === null || contract.output.kind !== 'number') return;
    const rows = (await this.models.heldOutResiduals(scope, modelVersionId)).length;
    if (Math.ceil((rows + 1) * coverage) <= rows) return;
    const most = Math.floor((rows / (rows + 1)) * 1000) / 1000;
    const detail = `needs ${Math.ceil(coverage / (1 - coverage) - 1e-9)} held-out rows, and ${rows} are known of this version${most >= 0.5 ? `: at most ${most}` : ''}`;
    throw new Problem('invalid-request', `A coverage of ${coverage} ${detail}.`, {
      errors: [{ pointer: '#/intervalCoverage', detail, got: coverage }],
    });
  }

  /** Starts a stopped or failed deployment; one that runs already is left as it is. */
  async start(scope: Scope, id: string): Promise<Deployment> {
    const deployment = await this.require(scope, id);
    const runs = deployment.desiredState === 'running' && deployment.observedState !== 'failed';
    if (runs) return deployment;
    const change = {
      desiredState: 'running' as const,
      observedState: 'starting' as const,
      failureReason: null,
      lastLogLines: [],
      probes: freshProbes(),
      restartCount: 0,
      consecutiveFailures: 0,
      nextAttemptAt: null,
      attemptStartedAt: null,
    };
    // A deployment that failed still counts as wanted, so that its own start is not refused for itself.
    await this.deployments.setDesired(scope, id, change, this.limit, (manager) =>
      this.lookAtAll(id, manager),
    );
    return this.require(scope, id);
  }

  async stop(scope: Scope, id: string): Promise<Deployment> {
    const deployment = await this.require(scope, id);
    if (deployment.desiredState === 'stopped') return deployment;
    const failed = deployment.observedState === 'failed';
    const change = {
      desiredState: 'stopped' as const,
      observedState: failed ? ('stopped' as const) : ('stopping' as const),
    };
    await this.deployments.setDesired(scope, id, change, null, (manager) => this.lookAtAll(id, manager));
    crashpoint('deploy.stop_written');
    return this.require(scope, id);
  }

  /** The row goes at once; its container, sockets and files follow. */
  async delete(scope: Scope, id: string): Promise<void> {
    const deleted = await this.deployments.delete(scope, id, async (manager, serverIds) => {
      for (const serverId of serverIds) await this.lookAt(serverId, manager);
    });
    if (!deleted)
      throw new Problem('deployment-not-found', `There is no deployment ${id}, or you may not see it.`);
  }

  predictUrl(slug: string): string {
    return `${this.config.http.publicUrl}/api/deployments/${slug}/predict`;
  }

  /** What the request names: a version by its id, or by an alias that is read now and not again. */
  async chosenVersion(
    scope: Scope,
    {
      modelVersionId,
      model,
    }: { readonly modelVersionId?: string | undefined; readonly model?: string | undefined },
  ): Promise<{ readonly modelVersionId: string; readonly alias: string | null }> {
    if (modelVersionId !== undefined) return { modelVersionId, alias: null };
    return this.models.resolveAlias(scope, model ?? '');
  }

  private get limit(): number {
    return this.config.deployments.maxActivePerProject;
  }

  private async lookAtAll(id: string, manager: EntityManager): Promise<void> {
    await this.lookAt(id, manager);
    for (const target of await manager.findBy(DeploymentTarget, { deploymentId: id }))
      await this.lookAt(target.id, manager);
  }

  private lookAt(id: string, manager: EntityManager): Promise<void> {
    return this.queue.enqueue(RECONCILE, id, { manager });
  }
}

/** A number has no probability that could be too low. */
function refuseAbstaining(abstainBelow: number | null, { output }: ModelContract): void {
  if (abstainBelow === null || output.kind === 'class') return;
  const detail = 'is for models of classes; this one predicts a number';
  throw new Problem('invalid-request', 'This model has no probabilities to abstain by.', {
    errors: [{ pointer: '#/abstainBelow', detail }],
  });
}

/** The contract says which columns there are to mask (M12). */
function refuseUnknownColumns(columns: readonly string[], { inputs }: ModelContract): void {
  const known = inputs.map(({ name }) => name);
  const errors = columns.flatMap((column, index) => {
    if (known.includes(column)) return [];
    const suggestion = nearestName(column, known);
    const detail = 'is no input of this model';
    return [
      { pointer: `#/maskedColumns/${index}`, detail, got: column, ...(suggestion ? { suggestion } : {}) },
    ];
  });
  if (errors.length > 0)
    throw new Problem('invalid-request', 'Only inputs of the model can be masked in its log.', { errors });
}
