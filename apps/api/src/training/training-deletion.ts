import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { SystemScope } from '../platform/authorization/project-scope.js';
import type { ProjectDeletion } from '../platform/facts/facts-registry.js';
import { RunRepository } from './run.repository.js';
import { OutputStore } from './supervise/output-store.js';
import { RunFinisher } from './supervise/run-finisher.js';

/** Removes all runs of a project that is being deleted, whatever they are doing. */
@Injectable()
export class TrainingDeletion implements ProjectDeletion {
  readonly rank = 20;

  constructor(
    private readonly runs: RunRepository,
    private readonly finisher: RunFinisher,
    private readonly outputs: OutputStore,
    private readonly runtime: ContainerRuntime,
  ) {}

  async deleteProject(projectId: string): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    for (const runId of await this.runs.idsOf(scope)) {
      // Ended first, so that whoever follows the run lets go of it.
      await this.finisher.cancel(scope, runId);
      await this.removeContainers(runId);
      await this.runs.deleteForProject(scope, runId);
      await this.outputs.remove(runId);
      await this.finisher.cleanUp({ id: runId });
    }
  }

  /** A container that cannot be reached now is an orphan later, and removed then. */
  private async removeContainers(runId: string): Promise<void> {
    try {
      for (const { id } of await this.runtime.list({ kind: 'training', ownerId: runId }))
        await this.runtime.remove(id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
    }
  }
}
