import { Injectable } from '@nestjs/common';
import type { Deployment } from '../deployment.entity.js';
import { CompiledModels } from '../predict/compiled-models.js';
import { isTarget, type ServingUnit } from './serving-units.js';

/** Whether a model server has to run just now, or is started when somebody needs it. */
@Injectable()
export class ContainerNeed {
  constructor(private readonly compiled: CompiledModels) {}

  /** Whether predictions are answered without a container. */
  async isCompiled(unit: ServingUnit): Promise<boolean> {
    return (await this.compiled.formOf(unit.projectId, unit.modelVersionId)).path === 'compiled';
  }

  async isNeeded(unit: ServingUnit, now = Date.now()): Promise<boolean> {
    const compiled = await this.isCompiled(unit);
    // A further version is not explained: its container is there for its predictions only.
    if (isTarget(unit)) return !compiled;
    if (!runsOnDemand(unit, compiled)) return true;
    // What cannot answer without it is started once, so that its first caller does not have to wait.
    const neededAt = unit.lastNeededAt ?? (compiled ? null : unit.createdAt);
    return neededAt !== null && now - neededAt.getTime() < unit.idleAfterMinutes * 60_000;
  }
}

export function runsOnDemand(
  { containerMode }: Pick<Deployment, 'containerMode'>,
  compiled: boolean,
): boolean {
  return containerMode === 'on-demand' || (containerMode === 'automatic' && compiled);
}
