import { metricNamed } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import type { ProjectFacts, RoomFacts } from '../platform/facts/project-facts.js';
import { estimateOf } from './model-checks.js';
import type { ModelVersionEntity } from './model.entity.js';
import { ModelsRepository } from './models.repository.js';

const RECENT = 10;

/** What the overview of a project says about models. */
@Injectable()
export class ModelFacts implements ProjectFacts {
  constructor(private readonly repository: ModelsRepository) {}

  async of(scope: Scope): Promise<RoomFacts> {
    const [count, models] = await Promise.all([
      this.repository.countOf(scope),
      this.repository.list(scope, { limit: RECENT }),
    ]);
    const versions = await this.repository.latestVersions(
      scope,
      models.map(({ id }) => id),
    );
    return {
      counts: { models: count.models, modelVersions: count.versions },
      recent: models.slice(0, RECENT).map((model) => {
        const latest = versions.get(model.id)?.latest;
        return {
          kind: 'model',
          id: model.id,
          name: model.name,
          status: latest ? `v${latest.number}` : 'empty',
          updatedAt: model.updatedAt,
          ...(latest ? { detail: headline(latest) } : {}),
        };
      }),
      needsYou: [],
    };
  }
}

/** As in "ROC AUC 0.846". */
function headline({ evaluation }: ModelVersionEntity): string {
  const heldOut = estimateOf(evaluation)?.value;
  const value = Number((heldOut ?? evaluation.crossValidation.mean).toPrecision(3));
  const rows = heldOut === undefined ? 'over the folds' : 'on held-out rows';
  return `${metricNamed(evaluation.metric.name).label} ${value} ${rows}`;
}
