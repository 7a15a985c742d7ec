import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import type { InsightEvent } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { CompiledForms } from '../../models/compiled-forms.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import type { AnalysisEntity } from '../analysis.entity.js';
import { AnalysisRepository } from '../analysis.repository.js';
import type { AnalysisOutcome } from './analysis-outcome.js';
import { AnalysisWorkspaces } from './analysis-workspaces.js';
import type { TranslationOutcome } from './translation-outcome.js';

const MAX_STEP = 200;
const MAX_REASON = 1000;

/** Writes down how an analysis goes and how it ended, tells it, and clears up behind it. */
@Injectable()
export class AnalysisFinisher {
  constructor(
    private readonly analyses: AnalysisRepository,
    private readonly workspaces: AnalysisWorkspaces,
    private readonly runtime: ContainerRuntime,
    private readonly events: DomainEvents,
    private readonly forms: CompiledForms,
  ) {}

  async progress(
    scope: Scope,
    analysis: AnalysisEntity,
    seen: { offset: number; progress: InsightEvent | undefined },
  ): Promise<void> {
    if (seen.offset === analysis.eventOffset) return;
    const { progress } = seen;
    const told =
      progress?.type === 'progress'
        ? { progress: progress.share, step: progress.step.slice(0, MAX_STEP) }
        : {};
    await this.analyses.transaction(async (manager) => {
      const patch = { status: 'running', eventOffset: seen.offset, ...told } as const;
      if ((await this.analyses.move(scope, analysis.id, ['running'], patch, manager)) && progress)
        await this.events.publish(eventOf(scope, analysis.id), manager);
    });
  }

  async end(scope: Scope, analysisId: string, outcome: AnalysisOutcome): Promise<void> {
    await this.analyses.transaction(async (manager) => {
      const patch = {
        status: outcome.status,
        finishedAt: new Date(),
        step: null,
        result: outcome.status === 'succeeded' ? outcome.result : null,
        reason: outcome.status === 'failed' ? storable(outcome.reason) : null,
        ...(outcome.status === 'succeeded' ? { progress: 1 } : {}),
      };
      if (await this.analyses.move(scope, analysisId, ['running'], patch, manager))
        await this.events.publish(eventOf(scope, analysisId), manager);
    });
  }

  /** The form is stored first: a row that names it is only written when its bytes are safe. */
  async endTranslation(
    scope: Scope,
    { id, modelVersionId }: Pick<AnalysisEntity, 'id' | 'modelVersionId'>,
    outcome: TranslationOutcome,
  ): Promise<void> {
    if (outcome.status !== 'succeeded') return this.end(scope, id, outcome);
    const { bytes, report } = outcome;
    const file = bytes && (await this.forms.store(scope, modelVersionId, bytes));
    await this.analyses.transaction(async (manager) => {
      const patch = { status: 'succeeded', progress: 1, step: null, finishedAt: new Date() } as const;
      if (!(await this.analyses.move(scope, id, ['running'], patch, manager))) return;
      await this.forms.note(scope, modelVersionId, { file, report }, manager);
      await this.events.publish(eventOf(scope, id), manager);
    });
  }

  /** What cannot be removed now is an orphan later, and removed then. */
  async cleanUp(analysisId: string): Promise<void> {
    try {
      for (const { id } of await this.runtime.list({ kind: 'insight', ownerId: analysisId }))
        await this.runtime.remove(id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
      return;
    }
    await this.workspaces.remove(analysisId);
  }
}

function eventOf(scope: Scope, analysisId: string) {
  return {
    type: 'analysis.updated',
    projectId: scope.projectId,
    entity: { kind: 'analysis', id: analysisId },
  } as const;
}

/** Without what Postgres cannot keep. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '').slice(0, MAX_REASON);
}
