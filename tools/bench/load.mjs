import autocannon from 'autocannon';

/**
 * Posts rows over keep-alive connections for a while.
 * @param {{ url: string, headers?: object, bodies: string[], connections: number, seconds: number }} load
 * @returns {Promise<{ p50Ms: number, p99Ms: number, rps: number, count: number, failed: number }>}
 */
export async function httpLoad({ url, headers = {}, bodies, connections, seconds }) {
  const latencies = [];
  const run = autocannon({
    url,
    connections,
    duration: seconds,
    requests: bodies.map((body) => ({
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })),
  });
  // autocannon keeps whole milliseconds in its histogram; a proxy is a matter of fractions.
  run.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  const result = await run;
  return summary(latencies, result.duration, result.non2xx + result.errors + result.timeouts);
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
