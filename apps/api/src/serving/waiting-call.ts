import { Problem } from '../platform/problems/problem.js';
import type { ModelPrediction } from './model-prediction.js';

/** Checked rows as they go to a model server: JSON objects separated by commas, without the brackets around them. */
export interface RowsText {
  readonly count: number;
  readonly text: string;
}

export interface CallOptions {
  /** The caller is answered within this time, whatever it waits for. */
  readonly deadlineMs: number;
  /** Aborted when the caller has gone. */
  readonly signal?: AbortSignal | undefined;
}

/** One caller of a model server, from the line to its answer. It is answered once: whatever comes later is dropped. */
export class WaitingCall {
  readonly answer: Promise<readonly ModelPrediction[]>;
  private readonly until: number;
  private readonly timer: NodeJS.Timeout;
  private resolve!: (predictions: readonly ModelPrediction[]) => void;
  private reject!: (error: unknown) => void;
  private settled = false;

  constructor(
    readonly rows: RowsText,
    private readonly options: CallOptions,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.until = performance.now() + options.deadlineMs;
    this.timer = setTimeout(() => this.fail(timeout(options.deadlineMs)), options.deadlineMs);
    options.signal?.addEventListener('abort', this.leave, { once: true });
  }

  get isSettled(): boolean {
    return this.settled;
  }

  get remainingMs(): number {
    return Math.max(1, this.until - performance.now());
  }

  succeed(predictions: readonly ModelPrediction[]): void {
    if (this.settle()) this.resolve(predictions);
  }

  fail(error: unknown): void {
    if (this.settle()) this.reject(error);
  }

  private readonly leave = (): void => this.fail(this.options.signal?.reason);

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.leave);
    return true;
  }
}

function timeout(deadlineMs: number): Problem {
  return new Problem(
    'prediction-timeout',
    `The model server did not answer within ${Math.round(deadlineMs / 100) / 10} s.`,
  );
}
