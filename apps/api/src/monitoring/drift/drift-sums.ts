import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { PredictionEntry } from '../../deployments/predict/prediction-entry.js';
import {
  PredictionObservers,
  type PredictionObserver,
} from '../../deployments/predict/prediction-observers.js';
import { Problem } from '../../platform/problems/problem.js';
import type { DriftCounter } from './drift-counter.js';
import { DriftReferences } from './drift-references.js';
import { DriftTally } from './drift-tally.js';
import { DriftRepository } from './drift.repository.js';

/** A change of the segment columns holds for calls from so much later on, on every replica. */
const SETTINGS_BELIEVED_MS = 5_000;
const MAX_READY = 2_000;

/**
 * Counts each predicted row into the bins of its version, in the transaction that stores its call: exactly once, on
 * whatever replica, within a second of the reply. Logs are never read again.
 */
@Injectable()
export class DriftSums implements PredictionObserver, OnModuleInit {
  private readonly ready = new Map<string, DriftCounter>();
  private readonly segmentColumns = new Map<string, { columns: readonly string[]; until: number }>();

  constructor(
    private readonly observers: PredictionObservers,
    private readonly references: DriftReferences,
    private readonly repository: DriftRepository,
  ) {}

  onModuleInit(): void {
    this.observers.register(this);
  }

  async prepare(calls: readonly PredictionEntry[]): Promise<void> {
    const versions = new Map(calls.map((call) => [call.modelVersionId, call.projectId]));
    if (this.ready.size > MAX_READY) this.ready.clear();
    for (const [modelVersionId, projectId] of versions) {
      const counter = await this.counterOf(projectId, modelVersionId);
      if (counter) this.ready.set(modelVersionId, counter);
    }
    const now = Date.now();
    const ids = [...new Set(calls.map((call) => call.deploymentId))];
    const stale = ids.filter((id) => (this.segmentColumns.get(id)?.until ?? 0) <= now);
    if (stale.length === 0) return;
    if (this.segmentColumns.size > 10_000) this.segmentColumns.clear();
    for (const [id, { segmentColumns }] of await this.repository.settings(stale))
      this.segmentColumns.set(id, { columns: segmentColumns, until: now + SETTINGS_BELIEVED_MS });
  }

  async stored(calls: readonly PredictionEntry[], manager: EntityManager): Promise<void> {
    const tallies = new Map<string, DriftTally>();
    for (const call of calls) {
      if (call.status >= 400) continue;
      const key = call.deploymentId + call.modelVersionId;
      const tally = tallies.get(key) ?? this.tallyOf(call);
      if (!tally) continue;
      tallies.set(key, tally);
      tally.add(call);
    }
    await this.repository.add(
      manager,
      [...tallies.values()].flatMap((tally) => tally.sums()),
    );
  }

  private tallyOf({ deploymentId, modelVersionId }: PredictionEntry): DriftTally | undefined {
    const counter = this.ready.get(modelVersionId);
    const columns = this.segmentColumns.get(deploymentId)?.columns ?? [];
    return counter && new DriftTally(deploymentId, modelVersionId, counter, columns);
  }

  /** Calls of a version that was deleted meanwhile are stored, if their deployment is still there, and not counted. */
  private async counterOf(projectId: string, modelVersionId: string): Promise<DriftCounter | undefined> {
    try {
      return await this.references.counterOf(projectId, modelVersionId);
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }
}
