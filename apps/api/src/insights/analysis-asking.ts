import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ServableModel } from '../models/models.service.js';
import { ProjectScope, type Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { optionsHash } from './analysis-options.js';
import type { AnalysisEntity } from './analysis.entity.js';
import { AnalysisRepository } from './analysis.repository.js';
import { DISPATCH } from './supervise/work-kinds.js';
import { TRANSLATION, type WorkKind } from './translation.js';

/** Ended analyses that are kept for a model version. */
const KEPT = 200;

/** Puts a question into the queue, once. */
@Injectable()
export class AnalysisAsking {
  constructor(
    private readonly analyses: AnalysisRepository,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
  ) {}

  /** @returns id of the row: the one there is, or a new one. One that failed or was cancelled starts again. */
  async ask(
    scope: Scope,
    model: ServableModel,
    question: {
      kind: WorkKind;
      options: Record<string, unknown>;
      id: string;
      automatic?: boolean;
    },
  ): Promise<string> {
    const { runtimeVersion } = model.manifest;
    const hash = optionsHash(question.kind, question.options, {
      artifactSha256: model.artifactSha256,
      runtimeVersion,
    });
    return this.analyses.transaction(async (manager) => {
      const { modelVersionId } = model;
      const createdBy = scope instanceof ProjectScope ? scope.userId : null;
      const row = { automatic: false, ...question, modelVersionId, optionsHash: hash, createdBy };
      const isNew = await this.analyses.insert(scope, row, manager);
      const known = await this.analyses.lockQuestion(scope, modelVersionId, hash, manager);
      if (!known) throw analysisNotFound();
      if (!isNew && !(await this.again(scope, known, question.automatic === true, manager))) return known.id;
      await this.analyses.prune(scope, modelVersionId, KEPT, manager);
      await this.queue.enqueue(DISPATCH, known.id, { manager });
      await this.tell(scope, known.id, manager);
      return known.id;
    });
  }

  /** Starts a question again that got no answer. @returns whether it was started */
  private async again(
    scope: Scope,
    known: AnalysisEntity,
    automatic: boolean,
    manager: EntityManager,
  ): Promise<boolean> {
    // Asked for by a person now, so it no longer waits behind what nobody asked for; and the other way round.
    if (known.automatic !== automatic && (automatic || known.status === 'queued'))
      await this.analyses.update(scope, known.id, { automatic }, manager);
    if (automatic) return false;
    return this.analyses.move(
      scope,
      known.id,
      // A translation that was refused or whose form was damaged is tried anew; whoever asks has looked.
      known.kind === TRANSLATION ? ['failed', 'cancelled', 'succeeded'] : ['failed', 'cancelled'],
      {
        status: 'queued',
        generation: known.generation + 1,
        progress: 0,
        step: null,
        eventOffset: 0,
        reason: null,
        queuedAt: new Date(),
        startedAt: null,
        finishedAt: null,
        cancelRequestedAt: null,
      },
      manager,
    );
  }

  /** Publish last in the transaction. */
  async tell(scope: Scope, analysisId: string, manager: EntityManager): Promise<void> {
    await this.events.publish(
      {
        type: 'analysis.updated',
        projectId: scope.projectId,
        entity: { kind: 'analysis', id: analysisId },
      },
      manager,
    );
  }
}

export function analysisNotFound(): Problem {
  return new Problem('analysis-not-found', 'There is no analysis with this id that you can see.');
}
