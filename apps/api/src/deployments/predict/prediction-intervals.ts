import type { ModelContract } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { ModelsService } from '../../models/models.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import type { PredictionIntervalRule } from './answer-rules.js';

export interface CalibratedInterval extends PredictionIntervalRule {
  /** Held-out rows that the width comes from. */
  readonly rows: number;
}

const MAX_KNOWN = 5_000;

/**
 * Half the width of intervals around numbers that hold with a stated probability. Split conformal prediction (Vovk et al.
 * 2005; Lei et al. 2018): the ⌈(n+1)·coverage⌉-th smallest |actual − predicted| over n held-out rows that the model was
 * not fitted on. Holds for rows that come from where the held-out ones came from.
 * @returns undefined when there are too few rows for such a coverage
 */
export function conformalRadius(sortedResiduals: readonly number[], coverage: number): number | undefined {
  const rank = Math.ceil((sortedResiduals.length + 1) * coverage);
  return sortedResiduals[rank - 1];
}

/** Prediction intervals of model versions, from what their evaluation keeps of the held-out rows. */
@Injectable()
export class PredictionIntervals {
  private readonly residuals = new Map<string, readonly number[]>();

  constructor(private readonly models: ModelsService) {}

  async of(
    projectId: string,
    modelVersionId: string,
    { output }: ModelContract,
    coverage: number | null,
  ): Promise<CalibratedInterval | null> {
    if (output.kind !== 'number' || coverage === null) return null;
    const residuals = await this.residualsOf(projectId, modelVersionId);
    const radius = conformalRadius(residuals, coverage);
    return radius === undefined ? null : { coverage, radius, rows: residuals.length };
  }

  /** A version never changes, so it is asked for once. */
  private async residualsOf(projectId: string, modelVersionId: string): Promise<readonly number[]> {
    const known = this.residuals.get(modelVersionId);
    if (known) return known;
    const scope = SystemScope.forBackgroundWork(projectId);
    const residuals = (await this.models.heldOutResiduals(scope, modelVersionId)).map(Math.abs);
    const sorted = residuals.filter(Number.isFinite).sort((one, other) => one - other);
    if (this.residuals.size >= MAX_KNOWN) this.residuals.clear();
    this.residuals.set(modelVersionId, sorted);
    return sorted;
  }
}
