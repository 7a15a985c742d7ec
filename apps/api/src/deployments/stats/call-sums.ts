import { BUCKETS, bucketOf } from './latency-histogram.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** What the sums need to know of a call. */
export interface CountedCall {
  readonly deployment_id: string;
  readonly at: Date;
  readonly status: number;
  readonly latency_ms: number;
  readonly error_code: string | null;
  /** Counted, but in no figure of latency. */
  readonly explained: boolean;
}

/** Calls of one deployment in one minute or hour. Sums of replicas and restarts merge by addition. */
export interface CallSum {
  readonly deploymentId: string;
  /** Start of the minute or hour, ISO 8601. */
  readonly at: string;
  count: number;
  errors: number;
  /** Of the calls in `buckets`: those without explanations. */
  latencySumMs: number;
  readonly buckets: number[];
  readonly errorKinds: Record<string, number>;
}

/** @returns in the order in which every writer takes its row locks: by deployment, then by time */
export function sumCalls(calls: readonly CountedCall[], periodMs: number): CallSum[] {
  const sums = new Sums(periodMs);
  for (const call of calls) add(sums.of(call.deployment_id, call.at.getTime()), call);
  return sums.inOrder();
}

/** The sums of longer periods from those of shorter ones. */
export function mergeSums(parts: readonly CallSum[], periodMs: number): CallSum[] {
  const sums = new Sums(periodMs);
  for (const part of parts) {
    const sum = sums.of(part.deploymentId, Date.parse(part.at));
    sum.count += part.count;
    sum.errors += part.errors;
    sum.latencySumMs += part.latencySumMs;
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + (part.buckets[bucket] ?? 0);
    for (const [kind, calls] of Object.entries(part.errorKinds))
      sum.errorKinds[kind] = (sum.errorKinds[kind] ?? 0) + calls;
  }
  return sums.inOrder();
}

class Sums {
  private readonly sums = new Map<string, CallSum>();
  /** Calls come in runs of one deployment and one period. */
  private last: { readonly sum: CallSum; readonly start: number } | undefined;

  constructor(private readonly periodMs: number) {}

  of(deploymentId: string, at: number): CallSum {
    const start = Math.floor(at / this.periodMs) * this.periodMs;
    if (this.last?.start === start && this.last.sum.deploymentId === deploymentId) return this.last.sum;
    const key = `${deploymentId} ${start}`;
    const sum = this.sums.get(key) ?? emptySum(deploymentId, new Date(start).toISOString());
    this.sums.set(key, sum);
    this.last = { sum, start };
    return sum;
  }

  inOrder(): CallSum[] {
    return [...this.sums.values()].sort((a, b) => compare(a.deploymentId + a.at, b.deploymentId + b.at));
  }
}

function add(sum: CallSum, call: CountedCall): void {
  sum.count += 1;
  if (!call.explained) {
    const bucket = bucketOf(call.latency_ms);
    sum.latencySumMs += call.latency_ms;
    sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + 1;
  }
  if (call.status < 400) return;
  const kind = call.error_code ?? `status-${call.status}`;
  sum.errors += 1;
  sum.errorKinds[kind] = (sum.errorKinds[kind] ?? 0) + 1;
}

function emptySum(deploymentId: string, at: string): CallSum {
  return {
    deploymentId,
    at,
    count: 0,
    errors: 0,
    latencySumMs: 0,
    buckets: Array.from({ length: BUCKETS }, () => 0),
    errorKinds: {},
  };
}

export const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
