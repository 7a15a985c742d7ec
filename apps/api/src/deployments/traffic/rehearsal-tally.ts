import type { ModelPrediction } from '../../serving/model-servers.js';
import { BUCKETS, bucketOf, percentile } from '../stats/latency-histogram.js';
import { compareAnswers, isSame } from './compared-answers.js';
import type { RehearsalResult } from './rehearsal.dto.js';
import { shareOf } from './statistics.js';

const MAX_CHANGED = 200;
const MAX_ERRORS = 50;

/** Adds up what came of a rehearsal, call by call. */
export class RehearsalTally {
  readonly leftOut = { failed: 0, masked: 0, truncated: 0, lacking: 0 };
  private readonly lackingInputs = new Set<string>();
  private calls = 0;
  private rows = 0;
  private changedRows = 0;
  private differences = 0;
  private differenceSum = 0;
  private failedCalls = 0;
  private readonly changed: RehearsalResult['changed'] = [];
  private readonly errors: RehearsalResult['errors'] = [];
  private readonly candidateMs = new Latencies();
  private readonly currentMs = new Latencies();

  answered(
    requestId: string,
    before: readonly ModelPrediction[],
    after: readonly ModelPrediction[],
    ms: number,
  ): void {
    const { rows, agreeing, differences } = compareAnswers(before, after);
    this.calls += 1;
    this.rows += rows;
    this.changedRows += rows - agreeing;
    this.differences += differences.length;
    this.differenceSum += differences.reduce((sum, value) => sum + value, 0);
    this.candidateMs.add(ms);
    for (const [row, { prediction }] of before.entries()) {
      const now = after[row]?.prediction ?? null;
      if (this.changed.length < MAX_CHANGED && !isSame(prediction, now))
        this.changed.push({ requestId, row, before: prediction, after: now });
    }
  }

  lacks(inputs: readonly string[]): void {
    this.leftOut.lacking += 1;
    for (const name of inputs) this.lackingInputs.add(name);
  }

  failed(requestId: string, detail: string): void {
    this.calls += 1;
    this.failedCalls += 1;
    if (this.errors.length < MAX_ERRORS) this.errors.push({ requestId, detail });
  }

  currentTook(ms: number): void {
    this.currentMs.add(ms);
  }

  result(): RehearsalResult {
    return {
      calls: this.calls,
      rows: this.rows,
      leftOut: { ...this.leftOut, lackingInputs: [...this.lackingInputs] },
      changedRows: this.changedRows,
      changedShare: shareOf(this.changedRows, this.rows),
      meanDifference: this.differences === 0 ? null : this.differenceSum / this.differences,
      changed: this.changed,
      failedCalls: this.failedCalls,
      errors: this.errors,
      latency: {
        candidate: this.candidateMs.percentiles(),
        current: this.currentMs.isEmpty ? null : this.currentMs.percentiles(),
      },
    };
  }
}

class Latencies {
  private readonly buckets = Array.from({ length: BUCKETS }, () => 0);
  isEmpty = true;

  add(ms: number): void {
    const bucket = bucketOf(ms);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.isEmpty = false;
  }

  percentiles(): { p50Ms: number | null; p95Ms: number | null } {
    return { p50Ms: percentile(this.buckets, 0.5), p95Ms: percentile(this.buckets, 0.95) };
  }
}
