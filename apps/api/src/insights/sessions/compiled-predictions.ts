import type { CellValue } from '@modelwright/contracts';
import { Injectable, Logger } from '@nestjs/common';
import { CompiledForms } from '../../models/compiled-forms.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { compiledAnswers } from '../../serving/compiled-answers.js';
import type { ModelServerAnswer } from '../../serving/model-servers.js';

/** People look at one or two models at a time; a model may have 80 MiB. */
const MOST_MODELS = 4;

type Ask = ReturnType<typeof compiledAnswers>;

/** Answers of versions that were compiled: at once and in this process, where a model server would have to be started. */
@Injectable()
export class CompiledPredictions {
  private readonly logger = new Logger(CompiledPredictions.name);
  /** By version, longest unused first; null for those without a compiled form. A version never changes. */
  private readonly models = new Map<string, Promise<Ask | null>>();

  constructor(private readonly forms: CompiledForms) {}

  /**
   * @param rows that fit the contract; few, as other callers wait for them
   * @returns undefined when the version has no compiled form
   * @throws Problem `prediction-failed` when the model has no answer to a row
   */
  async answer(
    scope: Scope,
    modelVersionId: string,
    rows: readonly Record<string, CellValue>[],
  ): Promise<ModelServerAnswer | undefined> {
    const ask = await this.modelOf(scope, modelVersionId);
    if (!ask) return undefined;
    const predictions = ask(rows).map((answer) => {
      if ('refused' in answer) throw new Problem('prediction-failed', answer.refused);
      return answer;
    });
    return { predictions };
  }

  private async modelOf(scope: Scope, modelVersionId: string): Promise<Ask | null> {
    const known = this.models.get(modelVersionId) ?? this.load(scope, modelVersionId);
    this.models.delete(modelVersionId);
    this.models.set(modelVersionId, known);
    for (const oldest of this.models.keys()) {
      if (this.models.size <= MOST_MODELS) break;
      this.models.delete(oldest);
    }
    return known;
  }

  /** Never fails: whatever is wrong with a compiled form, a model server can answer. */
  private async load(scope: Scope, modelVersionId: string): Promise<Ask | null> {
    try {
      const form = await this.forms.read(scope, modelVersionId);
      return 'bytes' in form ? compiledAnswers(form.bytes) : null;
    } catch (error) {
      this.logger.warn(
        { err: error, modelVersionId },
        'A compiled model cannot be used; a model server answers.',
      );
      // Perhaps the disk is away for a moment: the next question tries again.
      this.models.delete(modelVersionId);
      return null;
    }
  }
}
