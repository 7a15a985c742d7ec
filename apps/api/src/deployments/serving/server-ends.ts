import {
  ContainerRuntime,
  ContainerRuntimeError,
  type ContainerSummary,
} from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { ModelServers } from '../../serving/model-servers.js';
import { ServingFolders } from '../../serving/serving-folders.js';
import { WarmServers } from './warm-servers.js';
import { ServingUnits, type ServingUnit } from './serving-units.js';

const STOP_GRACE_SECONDS = 5;
const LAST_LINES = 30;

/** How model servers end: stopped, forgotten with all they had, or left behind by somebody. */
@Injectable()
export class ServerEnds {
  constructor(
    private readonly units: ServingUnits,
    private readonly runtime: ContainerRuntime,
    private readonly servers: ModelServers,
    private readonly folders: ServingFolders,
    private readonly warm: WarmServers,
  ) {}

  async stop(unit: ServingUnit): Promise<void> {
    if (unit.observedState === 'stopped' || unit.observedState === 'failed')
      return this.removeContainers(unit.serverId);
    await this.units.advance(unit, { observedState: 'stopping' });
    await this.stopContainers(unit.serverId);
    await this.servers.close(unit.serverId);
    await this.units.advance(unit, {
      observedState: 'stopped',
      nextAttemptAt: null,
      failureReason: null,
      readyAt: null,
    });
  }

  /** Every serving container of the installation. */
  async stopAll(): Promise<void> {
    const containers = await this.runtime.list({ kind: 'serving' });
    const running = containers.filter((container) => container.state === 'running');
    await Promise.all(running.map((container) => this.stopAndRemove(container.id)));
  }

  async stopContainers(serverId: string): Promise<void> {
    for (const container of await this.runtime.list({ kind: 'serving', ownerId: serverId }))
      await this.stopAndRemove(container.id);
  }

  /** Nobody owns the server any more: nothing of it stays. */
  async forget(serverId: string): Promise<void> {
    await this.removeContainers(serverId);
    await this.servers.close(serverId);
    await this.folders.removeAll(serverId);
  }

  /** Containers of this installation that nobody knows, or of an earlier start; and lines to servers that are gone. */
  async removeOrphans(): Promise<void> {
    await this.servers.closeExcept(
      () => this.units.serverIds(),
      (serverId) => this.warm.keeps(serverId),
    );
    const containers = await this.runtime.list({ kind: 'serving' });
    if (containers.length === 0) return;
    const generations = await this.units.generations();
    for (const container of containers) {
      const wanted = generations.get(container.ownerId);
      if (wanted === undefined ? this.mayGo(container) : container.generation < wanted)
        await this.runtime.remove(container.id);
    }
  }

  /** One that waits for a model belongs to the replica that started it; without one it ends by itself. */
  private mayGo(container: ContainerSummary): boolean {
    if (this.warm.keeps(container.ownerId)) return false;
    return !this.warm.isWarm(container) || container.state === 'exited';
  }

  async lastLines(containerId: string | null): Promise<string[]> {
    if (containerId === null) return [];
    const lines: string[] = [];
    try {
      for await (const line of this.runtime.logs(containerId, { tail: LAST_LINES })) lines.push(line.text);
    } catch (error) {
      if (!(error instanceof ContainerRuntimeError)) throw error;
      lines.push(`(the log could not be read: ${error.message})`);
    }
    return lines;
  }

  private async stopAndRemove(containerId: string): Promise<void> {
    await this.runtime.stop(containerId, { graceSeconds: STOP_GRACE_SECONDS });
    await this.runtime.remove(containerId);
  }

  private async removeContainers(serverId: string): Promise<void> {
    for (const container of await this.runtime.list({ kind: 'serving', ownerId: serverId }))
      await this.runtime.remove(container.id);
  }
}
