import { Injectable, StreamableFile } from '@nestjs/common';
import { InsightsService } from '../../insights/insights.service.js';
import { ModelsService } from '../../models/models.service.js';
import { ModelRegistry } from '../../models/registry/registry.service.js';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { TrainingOutputs } from '../../training/training-outputs.service.js';
import { cardOf, type CardRun, type CardVersion } from './card-content.js';
import { cardHtml } from './card-html.js';
import { cardPdf } from './card-pdf.js';
import type { CardTrust } from './card-trust.js';

/** Cards of model versions, written when they are asked for. */
@Injectable()
export class ModelCards {
  constructor(
    private readonly models: ModelsService,
    private readonly registry: ModelRegistry,
    private readonly insights: InsightsService,
    private readonly outputs: TrainingOutputs,
  ) {}

  /** @throws Problem `model-not-found` */
  async get(scope: ProjectScope, modelVersionId: string, format: 'html' | 'pdf'): Promise<StreamableFile> {
    const version = await this.models.getModelVersion(scope, modelVersionId);
    const [{ description }, run, trust] = await Promise.all([
      this.models.getModel(scope, version.modelId),
      this.runOf(scope, version),
      this.trustIn(scope, modelVersionId),
    ]);
    const card = cardOf(version, run, trust, description, new Date());
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

  private async trustIn(scope: ProjectScope, modelVersionId: string): Promise<CardTrust> {
    const [promotion, analyses] = await Promise.all([
      this.registry.promotion(scope, modelVersionId, 'champion'),
      this.insights.answersOf(scope, modelVersionId, ['segments', 'fairness']),
    ]);
    return { required: promotion.checks, analyses };
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
