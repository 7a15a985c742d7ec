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
}

/** Calls of one deployment in one minute or hour. Sums of replicas and restarts merge by addition. */
export interface CallSum {
  readonly deploymentId: string;
  /** Start of the minute or hour, ISO 8601. */
  readonly at: string;
  count: number;
  errors: number;
  latencySumMs: number;
  readonly buckets: number[];
  readonly errorKinds: Record<string, number>;
}

/** @returns in the order in which every writer takes its row locks: by deployment, then by time */
export function sumCalls(calls: readonly CountedCall[], periodMs: number): CallSum[] {
  const sums = new Map<string, CallSum>();
  for (const call of calls) {
    const start = Math.floor(call.at.getTime() / periodMs) * periodMs;
    const key = `${call.deployment_id} ${start}`;
    const sum = sums.get(key) ?? emptySum(call.deployment_id, new Date(start).toISOString());
    sums.set(key, sum);
    add(sum, call);
  }
  return [...sums.values()].sort((a, b) => compare(a.deploymentId + a.at, b.deploymentId + b.at));
}

function add(sum: CallSum, call: CountedCall): void {
  const bucket = bucketOf(call.latency_ms);
  sum.count += 1;
  sum.latencySumMs += call.latency_ms;
  sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + 1;
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
