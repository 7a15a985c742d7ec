import type { Run } from '@modelwright/sdk';
import type { RunEvent } from '@modelwright/contracts';
import { type LiveRun, applyTrainerEvent } from './live-run';

/** Events between two states that are kept, so that a jump back does not begin at the start. */
const KEEP_EVERY = 200;
/** Ticks that change nothing on the board are no steps of the scrubber. */
const NO_STEPS: readonly RunEvent['type'][] = ['clock', 'resources', 'log'];

/** The run as it was at any of its events, computed from the events alone. */
export class Replay {
  private readonly kept = new Map<number, LiveRun>();
  /** Positions in `events` at which something on the board changed. */
  readonly steps: readonly number[];
  private readonly startMs: number;

  /** @param events all of them, in order */
  constructor(
    private readonly run: Run,
    private readonly events: readonly RunEvent[],
  ) {
    this.steps = events.flatMap((event, index) => (NO_STEPS.includes(event.type) ? [] : [index]));
    this.startMs = Date.parse(run.startedAt ?? events[0]?.at ?? '');
  }

  /** Step that shows the run as it was after the event with this number; the last one before it otherwise. */
  stepOf(seq: number): number {
    const after = this.steps.findIndex((index) => (this.events[index]?.seq ?? 0) > seq);
    return after < 0 ? this.steps.length - 1 : Math.max(0, after - 1);
  }

  seqAt(step: number): number {
    return this.events[this.steps[step] ?? -1]?.seq ?? 0;
  }

  /** Seconds since the start, by the clock on the wall. */
  secondsAt(step: number): number {
    const at = this.events[this.steps[step] ?? -1]?.at;
    return at === undefined ? 0 : Math.max(0, (Date.parse(at) - this.startMs) / 1000);
  }

  stateAt(step: number): LiveRun {
    const index = this.steps[step] ?? -1;
    const from = Math.floor((index + 1) / KEEP_EVERY) * KEEP_EVERY;
    let state = this.keptAt(from);
    for (let next = from; next <= index; next++) {
      const event = this.events[next];
      if (event) state = applyTrainerEvent(state, event);
    }
    const elapsedSeconds = this.secondsAt(step);
    return { ...state, run: { ...state.run, elapsedSeconds } };
  }

  private keptAt(count: number): LiveRun {
    const known = this.kept.get(count);
    if (known) return known;
    if (count === 0) return blank(this.run);
    let state = this.keptAt(count - KEEP_EVERY);
    for (const event of this.events.slice(count - KEEP_EVERY, count)) state = applyTrainerEvent(state, event);
    this.kept.set(count, state);
    return state;
  }
}

/** A run about which nothing is known yet. */
function blank(run: Run): LiveRun {
  return {
    run: {
      ...run,
      status: 'running',
      stage: null,
      bestScore: null,
      bestCandidateId: null,
      baselineScore: null,
      holdoutScore: null,
      winnerCandidateId: null,
      candidatesDone: 0,
      candidatesTotal: 0,
      elapsedSeconds: 0,
      pausedSeconds: 0,
      stopRequestedAt: null,
      cancelRequestedAt: null,
      pauseRequestedAt: null,
      continueRequestedAt: null,
    },
    candidates: [],
    best: [],
    logs: [],
    resources: [],
    lastSeq: 0,
  };
}
