import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { Scope } from '../../platform/authorization/project-scope.js';
import type { StreamContext, StreamEvent } from '../../platform/http/sse.js';
import { RunEventRepository } from '../run-event.repository.js';
import { RunSignals } from '../run-signals.js';
import { isTerminal } from '../run-status.js';
import { RunViews } from '../run-views.js';
import type { RunEntity } from '../run.entity.js';
import type { RunResponse } from '../run.dto.js';
import { RunRepository } from '../run.repository.js';
import { runNotFound } from '../run-problems.js';

const BATCH = 500;
/** Should a signal ever be lost, the stream is behind by no more than this. */
const LOOK_AGAIN_MS = 5_000;

/** The live view of a run: a snapshot, then every event in order, from any number on (R3). */
@Injectable()
export class RunStreamService {
  constructor(
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly views: RunViews,
    private readonly signals: RunSignals,
  ) {}

  /** @throws Problem `run-not-found` before anything is sent */
  async open(
    scope: Scope,
    runId: string,
    afterSeq: number | undefined,
    { lastEventId, signal }: StreamContext,
  ): Promise<AsyncIterable<StreamEvent>> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    const seen = sequenceOf(lastEventId) ?? afterSeq ?? run.lastSeq;
    return this.follow(scope, run, seen, signal);
  }

  private async *follow(
    scope: Scope,
    first: RunEntity,
    afterSeq: number,
    signal: AbortSignal,
  ): AsyncGenerator<StreamEvent> {
    const wake = new Wake();
    const subscription = this.signals.of(first.id).subscribe(() => wake.ring());
    try {
      const snapshot = await this.views.snapshot(scope, first);
      yield { event: 'snapshot', data: snapshot };
      let shown = fingerprint(snapshot.run);
      let seq = afterSeq;
      for (;;) {
        // The row first: events that it counts are there, so that nothing is missing when it says "ended".
        const run = await this.runs.find(scope, first.id);
        for await (const event of this.replay(scope, first.id, seq)) {
          yield { id: event.seq, event: event.type, data: event };
          seq = event.seq;
        }
        if (!run) {
          yield { event: 'end', data: { status: 'deleted' } };
          return;
        }
        const view = await this.views.one(scope, run);
        if (fingerprint(view) !== shown) {
          shown = fingerprint(view);
          yield { event: 'run', data: view };
        }
        if (isTerminal(run.status)) {
          yield { event: 'end', data: { status: run.status } };
          return;
        }
        await wake.wait(LOOK_AGAIN_MS, signal);
        if (signal.aborted) return;
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  private async *replay(scope: Scope, runId: string, afterSeq: number) {
    for (let seq = afterSeq; ;) {
      const batch = await this.events.after(scope, runId, seq, BATCH);
      yield* batch;
      seq = batch.at(-1)?.seq ?? seq;
      if (batch.length < BATCH) return;
    }
  }
}

/** A bell that is remembered when it rings while nobody waits. */
class Wake {
  private readonly bell = new Subject<void>();
  private rung = false;

  ring(): void {
    this.rung = true;
    this.bell.next();
  }

  async wait(mostMs: number, signal: AbortSignal): Promise<void> {
    if (!this.rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          subscription.unsubscribe();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, mostMs);
        const subscription = this.bell.subscribe(done);
        signal.addEventListener('abort', done, { once: true });
      });
    }
    this.rung = false;
  }
}

/** What about a run is worth telling: everything but the clock and the numbers that the events carry themselves. */
function fingerprint(run: RunResponse): string {
  return JSON.stringify({ ...run, elapsedSeconds: 0, lastSeq: 0 });
}

function sequenceOf(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || !/^\d{1,15}$/.test(lastEventId)) return undefined;
  return Number(lastEventId);
}
