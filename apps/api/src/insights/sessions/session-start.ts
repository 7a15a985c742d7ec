import { setTimeout as sleep } from 'node:timers/promises';
import { containerId, ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { ModelsService } from '../../models/models.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { Problem } from '../../platform/problems/problem.js';
import { Freeze } from '../../platform/system/freeze.js';
import { ModelServers } from '../../serving/model-servers.js';
import { REFUSED_EXIT_CODE, servingContainer } from '../../serving/serving-container.js';
import { SessionFolders } from './session-folders.js';
import { SessionRepository, type ModelSession } from './session.repository.js';

const READY_WITHIN_MS = 60_000;
const PROBE_EVERY_MS = 50;
const PROBE_DEADLINE_MS = 500;
const LOOK_AT_CONTAINER_MS = 500;
const STOP_GRACE_SECONDS = 2;

/** Brings the model server of a session into being, finds the one there is, and takes it down. */
@Injectable()
export class SessionStart {
  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionRepository,
    private readonly models: ModelsService,
    private readonly datasets: DatasetsService,
    private readonly runtime: ContainerRuntime,
    private readonly servers: ModelServers,
    private readonly folders: SessionFolders,
    private readonly freeze: Freeze,
  ) {}

  /**
   * Resolves when the model has predicted once. Safe to repeat, on several replicas at once.
   * @returns the session with the generation that serves
   * @throws Problem `model-session-unavailable`, `artifact-damaged`; `installation-frozen` when a container had to be started
   */
  async run(session: ModelSession): Promise<ModelSession> {
    try {
      const current = await this.withContainer(session);
      await this.waitUntilReady(current);
      return current;
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
      throw unavailable(`The model server could not be started. ${error.message}`, error);
    }
  }

  /** Stops the container and removes what it had. What cannot be stopped now is an orphan later. */
  async end(session: ModelSession): Promise<void> {
    await this.servers.close(session.modelVersionId);
    try {
      const id = containerOf(session);
      await this.runtime.stop(id, { graceSeconds: STOP_GRACE_SECONDS });
      await this.runtime.remove(id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
      if (error.code !== 'container-not-found') return;
    }
    await this.folders.removeAll(session.modelVersionId);
  }

  private async withContainer(session: ModelSession): Promise<ModelSession> {
    const state = await this.stateOf(session);
    if (state === 'running') {
      await this.servers.open(session.modelVersionId);
      return session;
    }
    if (state !== undefined) {
      await this.runtime.remove(containerOf(session));
      const renewed = await this.sessions.renew(session);
      if (!renewed) throw unavailable('The model server is being restarted; try again in a moment.');
      await this.start(renewed);
      return renewed;
    }
    await this.start(session);
    return session;
  }

  private async start(session: ModelSession): Promise<void> {
    await this.freeze.requireThawed();
    const { modelVersionId, projectId, generation } = session;
    const scope = SystemScope.forBackgroundWork(projectId);
    const background = await this.backgroundOf(scope, modelVersionId);
    const modelFolder = await this.folders.makeModelFolder(modelVersionId, generation);
    await this.models.materialiseArtifact(scope, modelVersionId, modelFolder);
    await this.servers.open(modelVersionId);
    await this.runtime.start(
      servingContainer(this.config, {
        kind: 'session',
        ownerId: modelVersionId,
        projectId,
        generation,
        modelFolder,
        socketFolder: await this.folders.makeSocketFolder(modelVersionId),
        manifestSha256: await this.folders.manifestSha256(modelFolder),
        ...(background === undefined ? {} : { background }),
      }),
    );
  }

  /** The table that explanations compare with; a version that was imported without one is compared with its contract. */
  private async backgroundOf(scope: SystemScope, modelVersionId: string): Promise<string | undefined> {
    const { trainedOn } = await this.models.getServable(scope, modelVersionId);
    if (trainedOn === null) return undefined;
    const { datasetId, datasetVersionNumber: version } = trainedOn;
    return (await this.datasets.getVersionForTraining(scope, datasetId, { version })).parquetPath;
  }

  private async waitUntilReady(session: ModelSession): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (let lookedAt = Date.now(); Date.now() < deadline;) {
      const readiness = await this.servers.readiness(session.modelVersionId, PROBE_DEADLINE_MS);
      if (readiness.ready) return;
      if (Date.now() - lookedAt >= LOOK_AT_CONTAINER_MS) {
        lookedAt = Date.now();
        if ((await this.stateOf(session)) !== 'running') throw await this.ended(session);
      }
      await sleep(PROBE_EVERY_MS);
    }
    throw unavailable(`The model server was not ready within ${READY_WITHIN_MS / 1000} s.`);
  }

  private async ended(session: ModelSession): Promise<Problem> {
    try {
      const { exit } = await this.runtime.inspect(containerOf(session));
      if (exit?.exitCode === REFUSED_EXIT_CODE)
        return unavailable('The model server refused the model: it cannot be loaded or predict its example.');
      return unavailable(`The model server ended while it started. ${exit?.message ?? ''}`.trim());
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
      return unavailable('The model server was removed while it started; try again.', error);
    }
  }

  private async stateOf(session: ModelSession) {
    try {
      return (await this.runtime.inspect(containerOf(session))).state;
    } catch (error) {
      if (isContainerRuntimeError(error, 'container-not-found')) return undefined;
      throw error;
    }
  }
}

function containerOf({ modelVersionId, generation }: ModelSession): string {
  return containerId('session', modelVersionId, generation);
}

export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('model-session-unavailable', detail, { cause, retryAfterSeconds: 3 });
}
