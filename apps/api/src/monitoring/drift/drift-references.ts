import { Injectable } from '@nestjs/common';
import { HeldOutPredictions } from '../../models/held-out-predictions.js';
import { ModelsService } from '../../models/models.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { DriftCounter } from './drift-counter.js';
import { layoutOf, predictionOf } from './drift-layout.js';
import { DriftRepository } from './drift.repository.js';

const MAX_KNOWN = 2_000;

/** The bins of model versions, made when the first call of a version is counted, and kept. */
@Injectable()
export class DriftReferences {
  private readonly counters = new Map<string, Promise<DriftCounter>>();

  constructor(
    private readonly repository: DriftRepository,
    private readonly models: ModelsService,
    private readonly heldOut: HeldOutPredictions,
  ) {}

  /** @throws Problem `model-not-found` when the version was deleted */
  counterOf(projectId: string, modelVersionId: string): Promise<DriftCounter> {
    const known = this.counters.get(modelVersionId);
    if (known) return known;
    if (this.counters.size >= MAX_KNOWN) this.counters.clear();
    const counter = this.load(projectId, modelVersionId);
    this.counters.set(modelVersionId, counter);
    // What failed is tried again with the next call.
    counter.catch(() => this.counters.delete(modelVersionId));
    return counter;
  }

  private async load(projectId: string, modelVersionId: string): Promise<DriftCounter> {
    const kept = await this.repository.layout(modelVersionId);
    if (kept) return new DriftCounter(kept);
    const scope = SystemScope.forBackgroundWork(projectId);
    const { contract } = await this.models.getServable(scope, modelVersionId);
    const heldOut = await this.heldOut.read(scope, modelVersionId);
    const layout = layoutOf(contract, predictionOf(contract, heldOut));
    return new DriftCounter(await this.repository.keepLayout(modelVersionId, layout));
  }
}
