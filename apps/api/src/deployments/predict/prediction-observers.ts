import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { messageOf } from '../../platform/database/data-source.js';
import type { PredictionEntry } from './prediction-entry.js';

/**
 * Sees every logged call exactly once: in the transaction that stores it, off the path of the reply. What it writes with
 * the given manager is there if and only if the calls are. Its faults cost its own figures, never the log (M12).
 */
export interface PredictionObserver {
  /** Before the transaction: fetch what counting these calls will need. */
  prepare?(calls: readonly PredictionEntry[]): Promise<void>;
  /** @param calls only those that were not stored before */
  stored(calls: readonly PredictionEntry[], manager: EntityManager): Promise<void>;
}

/** Higher rooms register here in `onModuleInit`. */
@Injectable()
export class PredictionObservers {
  private readonly log = new Logger('PredictionObservers');
  private readonly observers: PredictionObserver[] = [];
  private readonly failing = new Set<PredictionObserver>();

  register(observer: PredictionObserver): void {
    this.observers.push(observer);
  }

  async prepare(calls: readonly PredictionEntry[]): Promise<void> {
    for (const observer of this.observers)
      await this.guarded(observer, async () => observer.prepare?.(calls));
  }

  async stored(calls: readonly PredictionEntry[], manager: EntityManager): Promise<void> {
    if (calls.length === 0) return;
    for (const observer of this.observers)
      // A transaction in a transaction is a savepoint: what fails in it leaves the rest as it was.
      await this.guarded(observer, () => manager.transaction((inner) => observer.stored(calls, inner)));
  }

  /** Said once per outage. */
  private async guarded(observer: PredictionObserver, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.failing.delete(observer);
    } catch (error) {
      if (!this.failing.has(observer))
        this.log.warn(`Logged calls could not be counted for monitoring: ${messageOf(error)}`);
      this.failing.add(observer);
    }
  }
}
