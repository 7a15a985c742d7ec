import { Injectable } from '@nestjs/common';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import type { ProjectOverviewResponse } from './overview.dto.js';
import { drawOverview } from './overview.js';

/** Asks every room what it has and draws one picture. */
@Injectable()
export class OverviewService {
  constructor(private readonly registry: FactsRegistry) {}

  async draw(scope: ProjectScope): Promise<ProjectOverviewResponse> {
    // If one room cannot answer, so cannot this: half a picture would be taken for the whole one.
    return drawOverview(await Promise.all(this.registry.facts.map((room) => room.of(scope))));
  }
}
