import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../../platform/config/app-config.js';
import { messageOf } from '../../platform/database/data-source.js';
import { ModelSessions } from './model-sessions.js';
import { SessionFolders } from './session-folders.js';
import { SessionRepository } from './session.repository.js';

const EVERY_MS = 15_000;

/** Ends idle sessions, and removes containers and folders that belong to none. */
@Injectable()
export class SessionSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Insights');
  private isBusy = false;

  constructor(
    private readonly sessions: ModelSessions,
    private readonly repository: SessionRepository,
    private readonly runtime: ContainerRuntime,
    private readonly folders: SessionFolders,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    void this.sweep();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.config.deployments.stopOnShutdown && this.config.execution.dockerEnabled)
      await this.trying(() => this.sessions.endAll());
  }

  @Interval('model-sessions', EVERY_MS)
  async sweep(): Promise<void> {
    if (this.isBusy || !this.config.execution.dockerEnabled) return;
    this.isBusy = true;
    await this.trying(async () => {
      await this.sessions.endIdle();
      await this.removeOrphans();
    });
    this.isBusy = false;
  }

  private async removeOrphans(): Promise<void> {
    const containers = await this.runtime.list({ kind: 'session' });
    const present = await this.folders.list();
    const generations = await this.repository.generations();
    for (const { id, ownerId, generation } of containers)
      if (generations.get(ownerId) !== generation) await this.runtime.remove(id);
    for (const id of present) if (!generations.has(id)) await this.folders.removeAll(id);
  }

  private async trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const engine = isContainerRuntimeError(error) ? 'The engine is away. ' : '';
      this.logger.warn(`${engine}Model sessions could not be looked after: ${messageOf(error)}`);
    }
  }
}
