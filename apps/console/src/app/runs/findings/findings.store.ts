import { Injectable, computed, inject, resource } from '@angular/core';
import { listRunFindings, waiveFinding, withdrawWaiver } from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { reloadOn } from '../../shared/realtime/realtime';
import { RunStore } from '../run.store';

/** Doubts about the data of the shown run, and what was decided on them. */
@Injectable()
export class FindingsStore {
  private readonly run = inject(RunStore);

  readonly source = resource({
    params: () => this.run.id() || undefined,
    loader: ({ params, abortSignal }) =>
      call(listRunFindings({ path: { runId: params }, signal: abortSignal })),
  });
  readonly items = computed(() => (this.source.hasValue() ? this.source.value().items : []));
  readonly openBlocking = computed(() => (this.source.hasValue() ? this.source.value().openBlocking : 0));

  constructor() {
    reloadOn(this.source, (event) => event.entity.id === this.run.id());
  }

  async waive(findingId: string, reason: string): Promise<void> {
    await call(waiveFinding({ path: { runId: this.run.id(), findingId }, body: { reason } }));
    this.source.reload();
  }

  async withdraw(findingId: string): Promise<void> {
    await call(withdrawWaiver({ path: { runId: this.run.id(), findingId }, body: {} }));
    this.source.reload();
  }
}
