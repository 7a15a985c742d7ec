import { Injectable } from '@nestjs/common';
import { DeploymentsService } from '../deployments/deployments.service.js';
import { ModelsService } from '../models/models.service.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { LiveMeasurements } from './performance/live-figures.js';

const MINUTE_MS = 60_000;

/** Main figure of a deployment over outcomes that came in a stretch of time, beside that of the held-out rows. */
export interface LiveAccuracy {
  /** Share of right answers, or R² of numbers. */
  readonly value: number | null;
  /** How much worse than on held-out rows: points of accuracy, or the share by which RMSE is greater. */
  readonly drop: number | null;
}

/** For rooms that watch deployments. Labels come late, so the window is that in which they came. */
@Injectable()
export class LiveAccuracies {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly models: ModelsService,
    private readonly measurements: LiveMeasurements,
  ) {}

  /**
   * Of the version that answers now.
   * @param minimumRows with fewer outcomes nothing is said
   */
  async read(
    projectId: string,
    deploymentId: string,
    windowMinutes: number,
    minimumRows: number,
  ): Promise<LiveAccuracy> {
    const scope = SystemScope.forBackgroundWork(projectId);
    const { modelVersionId } = await this.deployments.require(scope, deploymentId);
    const { contract, evaluation } = await this.models.getJudged(scope, modelVersionId);
    if (contract.target === null) return { value: null, drop: null };
    const from = new Date(Date.now() - windowMinutes * MINUTE_MS);
    const window = { deploymentId, modelVersionId, from, by: 'received_at' as const };
    const { metrics } = await this.measurements.measure(window, contract, evaluation);
    const of = (name: string) => {
      const metric = metrics.find((one) => one.name === name);
      return metric && metric.rows >= minimumRows ? metric : undefined;
    };
    if (contract.output.kind === 'class') {
      const accuracy = of('accuracy');
      return {
        value: accuracy?.value ?? null,
        drop: differenceOf(accuracy?.holdout?.value, accuracy?.value),
      };
    }
    const rmse = of('rmse');
    const kept = rmse?.holdout?.value;
    return {
      value: of('r2')?.value ?? null,
      drop: kept === undefined || kept <= 0 || rmse?.value == null ? null : rmse.value / kept - 1,
    };
  }
}

function differenceOf(before: number | undefined, now: number | null | undefined): number | null {
  return before === undefined || now === null || now === undefined ? null : before - now;
}
