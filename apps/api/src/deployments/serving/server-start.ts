import { setTimeout as sleep } from 'node:timers/promises';
import {
  ContainerRuntime,
  ContainerRuntimeError,
  imageIsMissing,
  type ContainerSpec,
} from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { ModelsService } from '../../models/models.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { crashpoint } from '../../platform/crashpoints/crashpoint.js';
import { isOutOfSpace } from '../../platform/problems/out-of-space.js';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers } from '../../serving/model-servers.js';
import { REFUSED, REFUSED_EXIT_CODE, servingContainer } from '../../serving/serving-container.js';
import { allDone, freshProbes, START_STEPS, withStep, type StartStep } from './probes.js';
import type { Probe } from './model-server-state.js';
import { READY_WITHIN_SECONDS } from './restart-policy.js';
import { ServerWatch } from './server-watch.js';
import { ServingClock } from './serving-clock.js';
import { ServingUnits, type ServingUnit } from './serving-units.js';
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
  /** It was not ready in time (M7). */
  | {
      readonly outcome: 'late';
      readonly reason: string;
      readonly containerId: string | null;
      readonly probes: Probe[];
    }
  /** What a start needs is not there, through no fault of this server: tried again until it is. */
  | { readonly outcome: 'waiting'; readonly reason: string; readonly probes: Probe[] }
  /** Something else is wanted by now, or this process ends; whoever comes next goes on. */
  | { readonly outcome: 'interrupted' };

const [CHECK, START, CONNECT, LOAD] = START_STEPS;
const DISK_FULL =
  'The disk of the installation is full, so the model could not be laid out for its server. Make room.';

/** Of an assignment that was not heard, or not answered. */
const PASSING: ReadonlySet<string> = new Set(['deployment-unavailable', 'prediction-timeout', 'overloaded']);

const PROBE_EVERY_MS = 100;
const PROBE_DEADLINE_MS = 500;
const LOOK_AT_CONTAINER_MS = 500;

/** One start of one model server, from the artifact to the first prediction. */
@Injectable()
export class ServerStart {
  constructor(
    private readonly config: AppConfig,
    private readonly units: ServingUnits,
    private readonly models: ModelsService,
    private readonly runtime: ContainerRuntime,
    private readonly servers: ModelServers,
    private readonly watch: ServerWatch,
    private readonly folders: ServingFolders,
    private readonly clock: ServingClock,
  ) {}

  /** Claims the next generation; nothing when somebody was faster or the deployment is not wanted any more. */
  async begin(unit: ServingUnit): Promise<ServingUnit | undefined> {
    const claimed = {
      generation: unit.generation + 1,
      observedState: 'starting' as const,
      attemptStartedAt: new Date(this.clock.now()),
      nextAttemptAt: null,
      restartCount:
        unit.generation === 0 || unit.consecutiveFailures === 0 ? unit.restartCount : unit.restartCount + 1,
      probes: withStep(freshProbes(), CHECK, 'running'),
    };
    return (await this.units.advance(unit, claimed)) ? { ...unit, ...claimed } : undefined;
  }

  async run(unit: ServingUnit, signal: AbortSignal): Promise<StartResult> {
    try {
      const modelFolder = await this.layOut(unit);
      crashpoint('deploy.artifact_ready');
      unit.probes = await this.note(unit, START);
      await this.servers.open(unit.serverId);
      const containerId = await this.runtime.start(await this.specOf(unit, modelFolder));
      crashpoint('deploy.container_started');
      this.watch.follow(unit.serverId, containerId);
      unit.probes = await this.note(unit, CONNECT);
    } catch (error) {
      // What was copied so far is of no use, and may be what fills the disk.
      await this.folders.removeGeneration(unit.serverId, unit.generation);
      return this.refused(unit, error);
    }
    return this.waitUntilReady(unit, signal, true);
  }

  /** Why no server can be started at present, if so. @throws ContainerRuntimeError `runtime-unreachable` */
  async missing(): Promise<string | undefined> {
    const { present, reference } = await this.runtime.imageStatus();
    return present ? undefined : imageIsMissing(reference);
  }

  /** Looks until the server is ready, has ended, or its 60 seconds are over (M7). */
  async waitUntilReady(unit: ServingUnit, signal: AbortSignal, isLaidOut = false): Promise<StartResult> {
    const deadline = (unit.attemptStartedAt?.getTime() ?? this.clock.now()) + READY_WITHIN_SECONDS * 1000;
    let connected = false;
    let isAssigned = false;
    let lookedAt = Date.now();
    // Once also after the deadline: nobody may have looked while it became ready.
    do {
      if (signal.aborted) return { outcome: 'interrupted' };
      const readiness = await this.servers.readiness(unit.serverId, PROBE_DEADLINE_MS);
      if (readiness.ready) {
        crashpoint('deploy.ready');
        return { outcome: 'ready', probes: allDone(unit.probes) };
      }
      if (readiness.isWaiting && !isAssigned) {
        const refused = await this.assign(unit, isLaidOut);
        if (refused) return refused;
        isLaidOut = true;
        isAssigned = true;
        continue;
      }
      // It may not have heard.
      isAssigned = false;
      if (!readiness.isWaiting && readiness.answered && !connected) {
        connected = true;
        unit.probes = await this.note(unit, LOAD, readiness.detail);
      }
      if (Date.now() - lookedAt >= LOOK_AT_CONTAINER_MS) {
        const ended = await this.endedOrUnwanted(unit);
        if (ended) return ended;
        lookedAt = Date.now();
      }
      await sleep(PROBE_EVERY_MS);
    } while (this.clock.now() < deadline);
    const probes = withStep(unit.probes, connected ? LOAD : CONNECT, 'failed');
    const reason = `The model server was not ready within ${READY_WITHIN_SECONDS} s.`;
    return { outcome: 'late', reason, containerId: await this.containerOf(unit), probes };
  }

  /** A server that was started in advance is told what it serves; its files may be there already. */
  private async assign(unit: ServingUnit, isLaidOut: boolean): Promise<StartResult | undefined> {
    try {
      if (!isLaidOut) await this.layOut(unit);
      const folder = this.folders.modelFolder(unit.serverId, unit.generation);
      await this.servers.assign(unit.serverId, await this.folders.manifestSha256(folder));
      return undefined;
    } catch (error) {
      // It went away just now: what became of its container says more, and it is told again if it is back.
      if (error instanceof Problem && PASSING.has(error.code)) return undefined;
      return this.refused(unit, error);
    }
  }

  private async layOut(unit: ServingUnit): Promise<string> {
    const modelFolder = await this.folders.makeModelFolder(unit.serverId, unit.generation);
    const scope = SystemScope.forBackgroundWork(unit.projectId);
    await this.models.materialiseArtifact(scope, unit.modelVersionId, modelFolder);
    return modelFolder;
  }

  private async endedOrUnwanted(unit: ServingUnit): Promise<StartResult | undefined> {
    const now = await this.units.find(unit.id);
    const isSame = now?.serverId === unit.serverId && now.generation === unit.generation;
    if (!isSame || now.desiredState !== 'running') return { outcome: 'interrupted' };
    const containerId = await this.containerOf(unit);
    const probes = withStep(unit.probes, CONNECT, 'failed');
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

  private async containerOf(unit: ServingUnit): Promise<string | null> {
    const containers = await this.runtime.list({ kind: 'serving', ownerId: unit.serverId });
    return containers.find((container) => container.generation === unit.generation)?.id ?? null;
  }

  private async note(unit: ServingUnit, step: StartStep, detail: string | null = null): Promise<Probe[]> {
    const probes = withStep(unit.probes, step, 'running', detail);
    await this.units.advance(unit, { probes });
    return probes;
  }

  private refused(unit: ServingUnit, error: unknown): StartResult {
    const probes = unit.probes.map((probe) =>
      probe.status === 'running' ? { ...probe, status: 'failed' as const } : probe,
    );
    if (error instanceof Problem)
      return { outcome: 'failed', reason: error.detail, containerId: null, probes };
    if (isOutOfSpace(error)) return { outcome: 'ended', reason: DISK_FULL, containerId: null, probes };
    if (!(error instanceof ContainerRuntimeError)) throw error;
    const isMissing = error.code === 'runtime-unreachable' || error.code === 'image-not-found';
    if (isMissing) return { outcome: 'waiting', reason: error.message, probes };
    return { outcome: 'failed', reason: error.message, containerId: null, probes };
  }

  private async specOf(unit: ServingUnit, modelFolder: string): Promise<ContainerSpec> {
    return servingContainer(this.config, {
      kind: 'serving',
      ownerId: unit.serverId,
      projectId: unit.projectId,
      generation: unit.generation,
      modelFolder,
      socketFolder: await this.folders.makeSocketFolder(unit.serverId),
      manifestSha256: await this.folders.manifestSha256(modelFolder),
    });
  }
}
