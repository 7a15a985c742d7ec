import { Problem } from '../platform/problems/problem.js';
import type { ModelPrediction } from './model-prediction.js';
import { WaitingCall, type CallOptions, type RowsText } from './waiting-call.js';

/** Calls that wait for one server; the next is refused, because its wait would only grow. */
export const MAX_WAITING_CALLS = 256;
const MAX_WAITING_CHARACTERS = 32 * 1024 * 1024;
/** Of one merged call: enough to spread what a call costs, little enough that the first of it does not wait for a crowd. */
export const MAX_MERGED_ROWS = 1_024;
const MAX_MERGED_CHARACTERS = 1024 * 1024;
/** Callers that were answered together ask again within moments; the server is kept free for them this long at most. */
const MAX_GATHER_MS = 2;
/** Nor longer than this share of what their call took: a server that is quicker is simply asked again. */
const GATHER_SHARE = 0.2;
const SHORTEST_TIMER_MS = 1;

/**
 * Sends rows to a model server.
 * @param rows of one call or of several
 * @throws Problem
 */
export type SendRows = (rows: RowsText, deadlineMs: number) => Promise<readonly ModelPrediction[]>;

/**
 * Predictions of one model server. While a call is with the server further ones wait, and then go together: most of what
 * a call costs is the same for one row and for a hundred. In order of arrival; every caller gets its own rows only.
 * After a crowd was answered the next call is held for a moment, until as many have come again: otherwise the first of
 * them would go alone, and all others would wait for it.
 */
export class MergedCalls {
  private waiting: WaitingCall[] = [];
  private waitingCharacters = 0;
  private isBusy = false;
  /** How many callers there were when the server was last done, and until when they are expected back. */
  private crowd = { size: 0, until: 0 };
  private gathering: NodeJS.Timeout | undefined;

  constructor(private readonly send: SendRows) {}

  /** @throws Problem `overloaded`, `prediction-timeout`, and what `send` throws; the reason of the signal */
  async predict(rows: RowsText, options: CallOptions): Promise<readonly ModelPrediction[]> {
    options.signal?.throwIfAborted();
    if (this.isFull(rows)) this.dropLeft();
    if (this.isFull(rows)) throw overloaded(this.waiting.length);
    const call = new WaitingCall(rows, options);
    this.waiting.push(call);
    this.waitingCharacters += rows.text.length;
    this.begin();
    return call.answer;
  }

  /** Ends the wait of everybody who is in line. */
  end(problem: Problem): void {
    for (const call of this.takeAll()) call.fail(problem);
  }

  private isFull(rows: RowsText): boolean {
    return (
      this.waiting.length >= MAX_WAITING_CALLS ||
      this.waitingCharacters + rows.text.length > MAX_WAITING_CHARACTERS
    );
  }

  /** Callers that have gone make room. */
  private dropLeft(): void {
    this.waiting = this.waiting.filter((call) => !call.isSettled);
    this.waitingCharacters = this.waiting.reduce((sum, { rows }) => sum + rows.text.length, 0);
  }

  /** Asks the server what waits, or, after a crowd, in the moment that it is back. */
  private begin(): void {
    if (this.isBusy || this.waiting.length === 0) return;
    const leftMs = this.crowd.until - performance.now();
    if (this.waiting.length < this.crowd.size && leftMs > 0 && !this.hasWholeCall()) {
      this.gathering ??= setTimeout(() => void this.work(), leftMs);
    } else void this.work();
  }

  /** Whether so much waits that nobody who came now could go with it. */
  private hasWholeCall(): boolean {
    let rows = 0;
    for (const call of this.waiting) if (!call.isSettled) rows += call.rows.count;
    return rows >= MAX_MERGED_ROWS || this.waitingCharacters >= MAX_MERGED_CHARACTERS;
  }

  private async work(): Promise<void> {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    const calls = this.takeNext();
    if (calls.length === 0) return;
    this.isBusy = true;
    const startedAt = performance.now();
    await this.ask(calls);
    this.isBusy = false;
    this.expectBack(calls.length, performance.now() - startedAt);
    this.begin();
  }

  private expectBack(answered: number, tookMs: number): void {
    const waitMs = Math.min(MAX_GATHER_MS, tookMs * GATHER_SHARE);
    const isWorthIt = answered > 1 && waitMs >= SHORTEST_TIMER_MS;
    const size = isWorthIt ? answered + this.waiting.length : 0;
    this.crowd = { size, until: performance.now() + waitMs };
  }

  /** The calls that go next, in order: one whatever its size, and as many as may go with it. */
  private takeNext(): WaitingCall[] {
    const calls: WaitingCall[] = [];
    let [rows, characters, seen] = [0, 0, 0];
    for (const call of this.waiting) {
      if (!call.isSettled) {
        rows += call.rows.count;
        characters += call.rows.text.length;
        const isTooMuch = rows > MAX_MERGED_ROWS || characters > MAX_MERGED_CHARACTERS;
        if (calls.length > 0 && isTooMuch) break;
        calls.push(call);
      }
      this.waitingCharacters -= call.rows.text.length;
      seen += 1;
    }
    this.waiting.splice(0, seen);
    return calls;
  }

  private takeAll(): WaitingCall[] {
    this.waitingCharacters = 0;
    return this.waiting.splice(0);
  }

  private async ask(calls: readonly WaitingCall[]): Promise<void> {
    try {
      const predictions = await this.send(together(calls), longestOf(calls));
      let first = 0;
      for (const call of calls) {
        call.succeed(predictions.slice(first, first + call.rows.count).map(fromStart));
        first += call.rows.count;
      }
    } catch (error) {
      if (calls.length > 1 && isOfSomeRows(error)) await this.askSeparately(calls);
      else for (const call of calls) call.fail(error);
    }
  }

  /** The rows of one caller must not fail the others: each is asked once more, by itself. */
  private async askSeparately(calls: readonly WaitingCall[]): Promise<void> {
    const stillWanted = calls.filter((call) => !call.isSettled);
    await Promise.all(stillWanted.map((call) => this.ask([call])));
  }
}

function together(calls: readonly WaitingCall[]): RowsText {
  const [only] = calls;
  if (only && calls.length === 1) return only.rows;
  return {
    count: calls.reduce((sum, { rows }) => sum + rows.count, 0),
    text: calls.map(({ rows }) => rows.text).join(','),
  };
}

/** Who has to be answered sooner stops waiting by itself. */
function longestOf(calls: readonly WaitingCall[]): number {
  return Math.max(...calls.map((call) => call.remainingMs));
}

const fromStart = (prediction: ModelPrediction, index: number): ModelPrediction => ({ ...prediction, index });

/** Whether other rows may be answered where these were not; not so when the server is away or overloaded. */
function isOfSomeRows(error: unknown): boolean {
  return (
    error instanceof Problem &&
    ['invalid-prediction-input', 'prediction-failed', 'request-too-large'].includes(error.code)
  );
}

function overloaded(waiting: number): Problem {
  return new Problem('overloaded', `${waiting} calls wait for this model already; send fewer at once.`, {
    retryAfterSeconds: 1,
  });
}
