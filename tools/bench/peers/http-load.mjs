/**
 * The load of the prediction benches in a process of its own: keep-alive connections on plain sockets, requests encoded
 * once, answers cut by their length and not looked into. So its own cost is small, and the same on every side.
 * Told by the environment what to send for how long; prints one JSON line.
 */
import { createConnection } from 'node:net';

const { url, headers, bodies, connections, seconds, mustSay } = JSON.parse(process.env.HTTP_LOAD);
const { hostname, port, pathname } = new URL(url);
const requests = bodies.map((body) => requestOf(body));
const latencies = [];
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
    socket.on('connect', send);
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      answer = answer === '' ? text : answer + text;
      if (whole === Infinity) whole = lengthOf(answer);
      if (answer.length < whole) return;
      const now = performance.now();
      latencies.push(now - sentAt);
      if (!answer.startsWith('HTTP/1.1 200') || (mustSay && !answer.includes(mustSay))) failed += 1;
      answer = '';
      whole = Infinity;
      if (now < endsAt) send();
      else socket.end(resolve);
    });
    socket.on('error', reject);
  });
}

function lengthOf(answer) {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return Infinity;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, end));
  if (!length) throw new Error(`No length: ${answer.slice(0, end)}`);
  return end + 4 + Number(length[1]);
}

const startedAt = performance.now();
endsAt = startedAt + seconds * 1000;
await Promise.all(Array.from({ length: connections }, lane));
const elapsed = (performance.now() - startedAt) / 1000;
const sorted = Float64Array.from(latencies).sort();
const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
process.stdout.write(
  `${JSON.stringify({
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    rps: sorted.length / elapsed,
    count: sorted.length,
    failed,
    cpuSeconds: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
  })}\n`,
);
