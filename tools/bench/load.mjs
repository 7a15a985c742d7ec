import { execFile } from 'node:child_process';
import { Agent, request } from 'node:http';
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

/**
 * Posts rows over one keep-alive connection to each of several addresses, one call at a time and the addresses in turn:
 * what makes the machine slower for a moment meets all of them. For differences that are small beside the whole.
 * @param {{ url: string, headers?: object }[]} sides
 * @returns {Promise<number[][]>} milliseconds of each turn, by side
 */
export async function turnsOf(sides, { bodies, seconds }) {
  const agents = sides.map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const turns = [];
  const end = performance.now() + seconds * 1000;
  for (let turn = 0; performance.now() < end; turn++) {
    const body = bodies[turn % bodies.length];
    const times = new Array(sides.length);
    for (let step = 0; step < sides.length; step++) {
      const place = (turn + step) % sides.length;
      const start = performance.now();
      await postOnce({ ...sides[place], agent: agents[place], body });
      times[place] = performance.now() - start;
    }
    turns.push(times);
  }
  for (const agent of agents) agent.destroy();
  return turns;
}

function postOnce({ url, headers, agent, body }) {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const call = request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`${url} answered ${response.statusCode}.`)),
      );
    });
    call.end(body);
  });
}

function summary(latencies, seconds, failed) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), rps: sorted.length / seconds, count: sorted.length, failed };
}
