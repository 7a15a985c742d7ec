import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerRuntime, ContainerRuntimeError, type ContainerSpec } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { ModelsService } from '../../models/models.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { isOutOfSpace } from '../../platform/problems/out-of-space.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Deployment, Probe } from '../deployment.entity.js';
import { DeploymentsRepository } from '../deployments.repository.js';
import { ModelServers } from '../../serving/model-servers.js';
import { REFUSED, REFUSED_EXIT_CODE, servingContainer } from '../../serving/serving-container.js';
import { allDone, freshProbes, START_STEPS, withStep, type StartStep } from './probes.js';
import { READY_WITHIN_SECONDS } from './restart-policy.js';
import { ServerWatch } from './server-watch.js';
import { ServingFolders } from '../../serving/serving-folders.js';

export type StartResult =
  | { readonly outcome: 'ready'; readonly probes: Probe[] }
  /** It will not work: not tried again by itself. */
  | {
      readonly outcome: 'failed';
      readonly reason: string;
      readonly containerId: string | null;
      readonly probes: Probe[];
    }
  /** It ended or could not be started this time: tried again later. */
  | {
      readonly outcome: 'ended';
      readonly reason: string;
      readonly containerId: string | null;
      readonly probes: Probe[];
    }
  /** Something else is wanted by now, or this process ends; whoever comes next goes on. */
  | { readonly outcome: 'interrupted' };

const [CHECK, START, CONNECT, LOAD] = START_STEPS;
const DISK_FULL =
  'The disk of the installation is full, so the model could not be laid out for its server. Make room.';

const PROBE_EVERY_MS = 100;
const PROBE_DEADLINE_MS = 500;
const LOOK_AT_CONTAINER_MS = 500;

/** One start of one model server, from the artifact to the first prediction. */
@Injectable()
export class ServerStart {
  constructor(
    private readonly config: AppConfig,
    private readonly deployments: DeploymentsRepository,
    private readonly models: ModelsService,
    private readonly runtime: ContainerRuntime,
    private readonly servers: ModelServers,
    private readonly watch: ServerWatch,
    private readonly folders: ServingFolders,
  ) {}

  /** Claims the next generation; nothing when somebody was faster or the deployment is not wanted any more. */
  async begin(deployment: Deployment): Promise<Deployment | undefined> {
    const claimed = {
      generation: deployment.generation + 1,
      observedState: 'starting' as const,
      attemptStartedAt: new Date(),
      nextAttemptAt: null,
      restartCount:
        deployment.generation === 0 || deployment.consecutiveFailures === 0
          ? deployment.restartCount
          : deployment.restartCount + 1,
      probes: withStep(freshProbes(), CHECK, 'running'),
    };
    return (await this.deployments.advance(deployment, claimed)) ? { ...deployment, ...claimed } : undefined;
  }

  async run(deployment: Deployment, signal: AbortSignal): Promise<StartResult> {
    try {
      const modelFolder = await this.folders.makeModelFolder(deployment.id, deployment.generation);
      const scope = SystemScope.forBackgroundWork(deployment.projectId);
      await this.models.materialiseArtifact(scope, deployment.modelVersionId, modelFolder);
      crashpoint('deploy.artifact_ready');
      deployment.probes = await this.note(deployment, START);
      await this.servers.open(deployment.id);
      const containerId = await this.runtime.start(await this.specOf(deployment, modelFolder));
      crashpoint('deploy.container_started');
      this.watch.follow(deployment.id, containerId);
      deployment.probes = await this.note(deployment, CONNECT);
    } catch (error) {
      // What was copied so far is of no use, and may be what fills the disk.
      await this.folders.removeGeneration(deployment.id, deployment.generation);
      return this.refused(deployment, error);
    }
    return this.waitUntilReady(deployment, signal);
  }

  /** Looks until the server is ready, has ended, or its 60 seconds are over (M7). */
  async waitUntilReady(deployment: Deployment, signal: AbortSignal): Promise<StartResult> {
    const deadline = (deployment.attemptStartedAt?.getTime() ?? Date.now()) + READY_WITHIN_SECONDS * 1000;
    let connected = false;
    let lookedAt = Date.now();
    while (Date.now() < deadline) {
      if (signal.aborted) return { outcome: 'interrupted' };
      const readiness = await this.servers.readiness(deployment.id, PROBE_DEADLINE_MS);
      if (readiness.ready) {
        crashpoint('deploy.ready');
        return { outcome: 'ready', probes: allDone(deployment.probes) };
      }
      if (readiness.answered && !connected) {
        connected = true;
        deployment.probes = await this.note(deployment, LOAD, readiness.detail);
      }
      if (Date.now() - lookedAt >= LOOK_AT_CONTAINER_MS) {
        const ended = await this.endedOrUnwanted(deployment);
        if (ended) return ended;
        lookedAt = Date.now();
      }
      await sleep(PROBE_EVERY_MS);
    }
    const probes = withStep(deployment.probes, connected ? LOAD : CONNECT, 'failed');
    const reason = `The model server was not ready within ${READY_WITHIN_SECONDS} s.`;
    return { outcome: 'failed', reason, containerId: await this.containerOf(deployment), probes };
  }

  private async endedOrUnwanted(deployment: Deployment): Promise<StartResult | undefined> {
    const now = await this.deployments.findForSupervisor(deployment.id);
    if (now?.desiredState !== 'running' || now.generation !== deployment.generation)
      return { outcome: 'interrupted' };
    const containerId = await this.containerOf(deployment);
    const probes = withStep(deployment.probes, CONNECT, 'failed');
    if (containerId === null)
      return { outcome: 'ended', reason: 'The container was removed while it started.', containerId, probes };
    const status = await this.runtime.inspect(containerId);
    if (status.state !== 'exited') return undefined;
    if (status.exit?.exitCode === REFUSED_EXIT_CODE)
      return { outcome: 'failed', reason: REFUSED, containerId, probes };
    return {
      outcome: 'ended',
      reason: status.exit?.message ?? 'The model server ended.',
      containerId,
      probes,
    };
  }

  private async containerOf(deployment: Deployment): Promise<string | null> {
    const containers = await this.runtime.list({ kind: 'serving', ownerId: deployment.id });
    return containers.find((container) => container.generation === deployment.generation)?.id ?? null;
  }

  private async note(
    deployment: Deployment,
    step: StartStep,
    detail: string | null = null,
  ): Promise<Probe[]> {
    const probes = withStep(deployment.probes, step, 'running', detail);
    await this.deployments.advance(deployment, { probes });
    return probes;
  }

  private refused(deployment: Deployment, error: unknown): StartResult {
    const probes = deployment.probes.map((probe) =>
      probe.status === 'running' ? { ...probe, status: 'failed' as const } : probe,
    );
    if (error instanceof Problem)
      return { outcome: 'failed', reason: error.detail, containerId: null, probes };
    if (isOutOfSpace(error)) return { outcome: 'ended', reason: DISK_FULL, containerId: null, probes };
    if (!(error instanceof ContainerRuntimeError)) throw error;
    const later = error.code === 'runtime-unreachable' || error.code === 'image-not-found';
    return { outcome: later ? 'ended' : 'failed', reason: error.message, containerId: null, probes };
  }

  private async specOf(deployment: Deployment, modelFolder: string): Promise<ContainerSpec> {
    return servingContainer(this.config, {
      kind: 'serving',
      ownerId: deployment.id,
      projectId: deployment.projectId,
      generation: deployment.generation,
      modelFolder,
      socketFolder: await this.folders.makeSocketFolder(deployment.id),
      manifestSha256: await this.folders.manifestSha256(modelFolder),
    });
  }
}
