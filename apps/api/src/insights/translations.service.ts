import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { CompiledForms } from '../models/compiled-forms.service.js';
import { ModelUsageRegistry } from '../models/model-usage.js';
import { ModelsService } from '../models/models.service.js';
import { SystemScope, type ProjectScope, type Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { AnalysisAsking } from './analysis-asking.js';
import type { CompiledFormResponse } from './analysis.dto.js';
import { AnalysisRepository } from './analysis.repository.js';
import { InsightsService } from './insights.service.js';
import { TRANSLATION } from './translation.js';

/** Settled versions that are remembered; a look into the store for one that was forgotten costs a small file. */
const MOST_SETTLED = 10_000;

/** Compiled forms of versions whose training left none: asked for by people, and for versions that are deployed. */
@Injectable()
export class Translations {
  /** Versions that need no translation of their own accord: they have a form, or can have none. */
  private readonly settled = new Set<string>();

  constructor(
    private readonly analyses: AnalysisRepository,
    private readonly asking: AnalysisAsking,
    private readonly insights: InsightsService,
    private readonly models: ModelsService,
    private readonly forms: CompiledForms,
    private readonly usage: ModelUsageRegistry,
  ) {}

  /** @throws Problem `model-not-found` */
  async describe(scope: ProjectScope, modelVersionId: string): Promise<CompiledFormResponse> {
    const form = await this.forms.read(scope, modelVersionId);
    const row = await this.analyses.findTranslation(scope, modelVersionId);
    const translation = row && (await this.insights.getSummary(scope, row));
    const absence = 'bytes' in form ? null : form;
    return {
      modelVersionId,
      isCompiled: absence === null,
      reason: absence?.reason ?? null,
      canTranslate: absence?.canTranslate ?? false,
      translation,
    };
  }

  /**
   * Translates a version that has no compiled form. One that is translated just now goes on.
   * @throws Problem `model-not-found`, `analysis-not-applicable` when it has one or cannot have one
   */
  async request(scope: ProjectScope, modelVersionId: string, id: string): Promise<CompiledFormResponse> {
    const form = await this.forms.read(scope, modelVersionId);
    if ('bytes' in form)
      throw new Problem(
        'analysis-not-applicable',
        'This version has a compiled form already. There is nothing to translate.',
      );
    if (!form.canTranslate)
      throw new Problem('analysis-not-applicable', `This version cannot be translated. ${form.reason}`);
    await this.ask(scope, modelVersionId, id, false);
    return this.describe(scope, modelVersionId);
  }

  /** Asks once for every version that answers calls and might have a compiled form; what came of it is left alone. */
  async askForServed(): Promise<void> {
    const served = (await this.usage.servedVersions()).filter(({ id }) => !this.settled.has(id));
    const ids = served.map(({ id }) => id);
    const asked = await this.analyses.withTranslation(ids);
    const known = await this.forms.translatedLater(ids);
    for (const { id, projectId } of served) {
      if (asked.has(id)) continue;
      const scope = SystemScope.forBackgroundWork(projectId);
      const absence = known.has(id) ? null : await this.forms.absence(scope, id);
      if (absence?.canTranslate) await this.ask(scope, id, uuid(), true);
      else this.settle(id);
    }
  }

  private async ask(scope: Scope, modelVersionId: string, id: string, automatic: boolean): Promise<void> {
    const model = await this.models.getServable(scope, modelVersionId);
    await this.asking.ask(scope, model, { kind: TRANSLATION, options: {}, id, automatic });
  }

  private settle(modelVersionId: string): void {
    if (this.settled.size >= MOST_SETTLED) this.settled.clear();
    this.settled.add(modelVersionId);
  }
}
