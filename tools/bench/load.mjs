import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodeBinary } from '../launch/node24.mjs';
import { peerScript } from './python-peer.mjs';

const run = promisify(execFile);

/**
 * Posts rows over keep-alive connections for a while, from a process of its own.
 * @param {{ url: string, headers?: object, bodies: string[], connections: number, seconds: number, mustSay?: string,
 *   keepIds?: boolean }} load `mustSay` is in every answer that counts as one; `keepIds` gives back the ids of answered
 *   calls, and takes a connection that ends as the end of its part
 * @returns {Promise<{ p50Ms: number, p99Ms: number, rps: number, count: number, failed: number, ids?: string[] }>}
 */
export async function httpLoad({ headers = {}, ...load }) {
  const running = run(nodeBinary(), [peerScript('http-load.mjs')], { maxBuffer: 256 * 1024 * 1024 });
  running.child.stdin.end(JSON.stringify({ headers, ...load }));
  const { stdout } = await running;
  return JSON.parse(stdout);
}

/** The same figures for calls that are made by a function, one after another on each of `connections` lanes. */
export async function functionLoad({ call, bodies, connections, seconds }) {
  const latencies = [];
  let failed = 0;
  let next = 0;
  const end = performance.now() + seconds * 1000;
  const lane = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      const ok = await call(bodies[next++ % bodies.length]);
      latencies.push(performance.now() - start);
      if (!ok) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return summary(latencies, seconds, failed);
}

function summary(latencies, seconds, failed) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), rps: sorted.length / seconds, count: sorted.length, failed };
}
