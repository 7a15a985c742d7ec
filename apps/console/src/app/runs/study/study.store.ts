import { Injectable, computed, inject, resource } from '@angular/core';
import { type Run, applyTrial, listTrials } from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { idempotencyKey } from '../../shared/api/idempotency-key';
import { reloadOn } from '../../shared/realtime/realtime';
import { RunStore } from '../run.store';

const MOST_TRIALS = 2_000;

/** Trials of the shown study, up to date with its events. */
@Injectable()
export class StudyStore {
  private readonly run = inject(RunStore);

  readonly source = resource({
    params: () => (this.run.run()?.kind === 'study' ? this.run.id() : undefined),
    loader: ({ params, abortSignal }) =>
      call(listTrials({ path: { runId: params }, query: { limit: MOST_TRIALS }, signal: abortSignal })),
  });
  readonly trials = computed(() => (this.source.hasValue() ? this.source.value().items : []));
  readonly best = computed(() => this.trials().find((trial) => trial.best));

  constructor() {
    reloadOn(this.source, (event) => event.entity.id === this.run.id());
  }

  /** @returns the new run, whose model has the hyperparameters of the trial */
  apply(number: number): Promise<Run> {
    return call(
      applyTrial({
        path: { runId: this.run.id(), number },
        body: {},
        headers: { 'Idempotency-Key': idempotencyKey() },
      }),
    );
  }
}
