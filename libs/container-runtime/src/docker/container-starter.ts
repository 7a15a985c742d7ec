import { setTimeout as delay } from 'node:timers/promises';

import type Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';

import { containerIdOf, LABELS } from '../container-name.js';
import { ContainerRuntimeError, imageIsMissing } from '../container-runtime-error.js';
import type { CallOptions, ContainerId, ContainerSpec } from '../container.types.js';
import { createOptions } from './create-options.js';
import { isAnswer, type EngineCalls } from './engine-calls.js';
import { resolveMount } from './mount-roots.js';
import { postureFindings } from './posture.js';
import { DEFAULT_EXECUTION_NETWORK, type ExecutionNetwork } from './sandbox-network.js';

const VISIBLE_ATTEMPTS = 60;
const VISIBLE_PAUSE_MS = 50;

export interface StarterOptions {
  installationId: string;
  image: string;
  allowedMountRoots: readonly string[];
}

/** Brings one container from a specification to a running process, or leaves nothing behind. */
export class ContainerStarter {
  constructor(
    private readonly docker: Docker,
    private readonly calls: EngineCalls,
    private readonly network: ExecutionNetwork,
    private readonly options: StarterOptions,
  ) {}

  /** @returns the engine's view of the container once its process runs (or had run already) */
  async start(spec: ContainerSpec, call?: CallOptions): Promise<ContainerInspectInfo> {
    const id = containerIdOf(spec);
    const existing = (await this.inspect(id, call)) ?? (await this.create(spec, call));
    if (existing.Config.Labels[LABELS.installation] !== this.options.installationId) {
      throw new ContainerRuntimeError(
        'container-conflict',
        `The name ${id} is taken by a container of another installation.`,
      );
    }
    // A crash between create and start leaves a container that never ran.
    if (existing.State.Status !== 'created') return existing;
    await this.refuseWeakPosture(id, existing, spec);
    await this.run(id, call);
    return (await this.inspect(id, call)) ?? existing;
  }

  private async create(spec: ContainerSpec, call?: CallOptions): Promise<ContainerInspectInfo> {
    const id = containerIdOf(spec);
    const roots = this.options.allowedMountRoots;
    const mounts = await Promise.all(spec.mounts.map((mount) => resolveMount(mount, roots)));
    const body = createOptions(
      { ...spec, mounts },
      {
        installationId: this.options.installationId,
        imageId: await this.imageId(call),
        networkMode: await this.networkMode(spec, call),
        cutNameService: spec.network !== 'execution' || this.network.name === DEFAULT_EXECUTION_NETWORK,
      },
    );
    try {
      await this.calls.call('create a container', call, (abortSignal) => {
        // The client would else put the whole body into the address as well.
        const request = { _query: { name: id }, _body: body, abortSignal };
        return this.docker.createContainer(request);
      });
    } catch (error) {
      // 409: another replica made it meanwhile.
      if (isAnswer(error, 400))
        throw new ContainerRuntimeError('invalid-spec', `The engine refused ${id}: ${error.message}`);
      if (!isAnswer(error, 409)) throw error;
    }
    return this.awaitCreated(id, call);
  }

  /** The engine reserves a name before the container of that name can be seen. */
  private async awaitCreated(id: ContainerId, call?: CallOptions): Promise<ContainerInspectInfo> {
    for (let attempt = 0; attempt < VISIBLE_ATTEMPTS; attempt += 1) {
      const created = await this.inspect(id, call);
      if (created) return created;
      await delay(VISIBLE_PAUSE_MS, undefined, { signal: call?.signal });
    }
    throw new ContainerRuntimeError(
      'container-conflict',
      `The engine holds the name ${id} but shows no container.`,
    );
  }

  private async run(id: ContainerId, call?: CallOptions): Promise<void> {
    try {
      await this.calls.call('start a container', call, (abortSignal) =>
        this.docker.getContainer(id).start({ abortSignal }),
      );
    } catch (error) {
      // 304: it runs already, another replica was faster.
      if (isAnswer(error, 304)) return;
      await this.discard(id);
      if (isAnswer(error, 400, 404, 409)) {
        throw new ContainerRuntimeError(
          'engine-error',
          `Container ${id} could not be started: ${error.message}`,
        );
      }
      throw error;
    }
  }

  /** Engines drop fields that they do not know, in silence: what was asked for is compared with what is there. */
  private async refuseWeakPosture(
    id: ContainerId,
    made: ContainerInspectInfo,
    spec: ContainerSpec,
  ): Promise<void> {
    const findings = [...postureFindings(made), ...limitFindings(made, spec)];
    if (findings.length === 0) return;
    await this.discard(id);
    throw new ContainerRuntimeError(
      'posture-refused',
      `This engine does not hold containers safely, so ${id} was not started: ${findings.join('; ')}.`,
    );
  }

  /** Cleans up after a failed start; what cannot be removed now is an orphan for the caller's sweep. */
  private async discard(id: ContainerId): Promise<void> {
    await this.calls
      .call('remove a container', undefined, (abortSignal) =>
        this.docker.getContainer(id).remove({ force: true, abortSignal }),
      )
      .catch(() => undefined);
  }

  private async imageId(call?: CallOptions): Promise<string> {
    const { image } = this.options;
    try {
      const found = await this.calls.call('look at an image', call, () =>
        this.docker.getImage(image).inspect(),
      );
      return found.Id;
    } catch (error) {
      if (!isAnswer(error, 404)) throw error;
      throw new ContainerRuntimeError('image-not-found', imageIsMissing(image));
    }
  }

  private async networkMode(spec: ContainerSpec, call?: CallOptions): Promise<string> {
    if (spec.network !== 'execution') return 'none';
    const { name, networkId, findings } = await this.network.ensure(call);
    if (name === DEFAULT_EXECUTION_NETWORK && findings.length > 0) {
      throw new ContainerRuntimeError(
        'posture-refused',
        `Network ${name} exists but is not tight: it ${findings.join(', ')}. Remove it (docker network rm ${name}); it is then made anew.`,
      );
    }
    return networkId;
  }

  private async inspect(id: ContainerId, call?: CallOptions): Promise<ContainerInspectInfo | null> {
    try {
      return await this.calls.call('look at a container', call, (abortSignal) =>
        this.docker.getContainer(id).inspect({ abortSignal }),
      );
    } catch (error) {
      if (isAnswer(error, 404)) return null;
      throw error;
    }
  }
}

/** Whether the numbers of the specification are the ones in force. */
function limitFindings(
  { HostConfig: host, Config: config }: ContainerInspectInfo,
  spec: ContainerSpec,
): string[] {
  const MIB = 1024 * 1024;
  const { limits } = spec;
  const wanted: [string, unknown, unknown][] = [
    ['memory', host.Memory, limits.memoryMb * MIB],
    ['cpu', host.NanoCpus, limits.cpuPercent * 10_000_000],
    ['pids', host.PidsLimit, limits.pids],
    ['network', host.NetworkMode === 'none', spec.network !== 'execution'],
    ['mounts', host.Mounts?.length ?? 0, spec.mounts.length],
    ['owner', config.Labels[LABELS.owner], spec.ownerId],
    ['project', config.Labels[LABELS.project], spec.projectId],
  ];
  return wanted
    .filter(([, actual, asked]) => actual !== asked)
    .map(([name]) => `${name} is not as asked for`);
}
