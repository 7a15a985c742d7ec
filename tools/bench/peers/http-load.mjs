/**
 * The load of the prediction benches in a process of its own: keep-alive connections on plain sockets, requests encoded
 * once, answers cut by their length and hardly looked into. So its own cost is small, and the same on every side.
 * Told by its standard input what to send for how long; prints one JSON line.
 */
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';

const { url, headers, bodies, connections, seconds, mustSay, keepIds } = JSON.parse(readFileSync(0, 'utf8'));
const { hostname, port, pathname } = new URL(url);
const requests = bodies.map(requestOf);
const latencies = [];
const ids = [];
let failed = 0;
let next = 0;
let endsAt = Infinity;

function requestOf(body) {
  const fields = {
    host: `${hostname}:${port}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${head.join('')}\r\n${body}`);
}

/** One connection: a request, its whole answer, the next request. Resolves when the time is over. */
function lane() {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    let sentAt = 0;
    let answer = '';
    let whole = Infinity;
    const send = () => {
      sentAt = performance.now();
      socket.write(requests[next++ % requests.length]);
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (text) => {
      answer = answer === '' ? text : answer + text;
      if (whole === Infinity) whole = lengthOf(answer);
      if (answer.length < whole) return;
      const now = performance.now();
      latencies.push(now - sentAt);
      count(answer);
      answer = '';
      whole = Infinity;
      if (now < endsAt) send();
      else socket.end(resolve);
    });
    socket.on('error', (error) => (keepIds ? resolve() : reject(error)));
    socket.on('close', resolve);
  });
}

function count(answer) {
  const isGood = answer.startsWith('HTTP/1.1 200') && (!mustSay || answer.includes(mustSay));
  if (!isGood) failed += 1;
  else if (keepIds) ids.push(/"request_id":"([^"]+)"/.exec(answer)[1]);
}

function lengthOf(answer) {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return Infinity;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, end));
  if (!length) throw new Error(`An answer does not tell its length: ${answer.slice(0, end)}`);
  return end + 4 + Number(length[1]);
}

const startedAt = performance.now();
endsAt = startedAt + seconds * 1000;
await Promise.all(Array.from({ length: connections }, lane));
const elapsed = (performance.now() - startedAt) / 1000;
const sorted = Float64Array.from(latencies).sort();
const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
const figures = {
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  rps: sorted.length / elapsed,
  count: sorted.length,
  failed,
};
process.stdout.write(`${JSON.stringify({ ...figures, ...(keepIds ? { ids } : {}) })}\n`);
