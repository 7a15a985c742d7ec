import { Injectable } from '@nestjs/common';
import { filter, merge, map, type Observable } from 'rxjs';
import type { EntityManager } from 'typeorm';
import { Notifier } from '../platform/events/domain-events.js';

const CHANNEL = 'run';

/** Wake-ups across replicas: something about a run has changed, look. */
@Injectable()
export class RunSignals {
  constructor(private readonly notifier: Notifier) {}

  async changed(runId: string, manager?: EntityManager): Promise<void> {
    await this.notifier.notify(CHANNEL, runId, manager);
  }

  /** Emits when the run may have changed, also when signals may have been lost. */
  of(runId: string): Observable<void> {
    const own = this.notifier.listen(CHANNEL).pipe(filter((id) => id === runId));
    return merge(own, this.notifier.reconnected).pipe(map(() => undefined));
  }
}
