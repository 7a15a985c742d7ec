import { Injectable, StreamableFile } from '@nestjs/common';
import { ModelsService } from '../../models/models.service.js';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { TrainingOutputs } from '../../training/training-outputs.service.js';
import { cardOf, type CardRun, type CardVersion } from './card-content.js';
import { cardHtml } from './card-html.js';
import { cardPdf } from './card-pdf.js';

/** Cards of model versions, written when they are asked for. */
@Injectable()
export class ModelCards {
  constructor(
    private readonly models: ModelsService,
    private readonly outputs: TrainingOutputs,
  ) {}

  /** @throws Problem `model-not-found` */
  async get(scope: ProjectScope, modelVersionId: string, format: 'html' | 'pdf'): Promise<StreamableFile> {
    const version = await this.models.getModelVersion(scope, modelVersionId);
    const [{ description }, run] = await Promise.all([
      this.models.getModel(scope, version.modelId),
      this.runOf(scope, version),
    ]);
    const card = cardOf(version, run, description, new Date());
    const name = `${version.modelName}-v${version.number}-card`
      .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
      .slice(0, 120);
    const bytes = format === 'pdf' ? await cardPdf(card) : Buffer.from(cardHtml(card));
    return new StreamableFile(bytes, {
      type: format === 'pdf' ? 'application/pdf' : 'text/html; charset=utf-8',
      // Never shown as a page of ours: the console frames it, everybody else saves it.
      disposition: `attachment; filename="${name}.${format}"`,
    });
  }

  private async runOf(scope: ProjectScope, { runId }: CardVersion): Promise<CardRun | null> {
    if (runId === null) return null;
    const { spec, candidates } = await this.outputs.replayFacts(scope, runId);
    return {
      validation: spec.validation.strategy,
      folds: spec.validation.folds,
      holdoutFraction: spec.holdoutFraction,
      excluded: spec.excludedColumns,
      candidates: candidates.filter(({ status }) => status === 'succeeded').length,
      budgetSeconds: spec.budgetSeconds,
    };
  }
}
