/** Stands in for the API in the launcher's own tests: answers readiness, dies and hangs when told to. */
import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const { PORT, HOST, MODELWRIGHT_HOME, STUB_FAIL, STUB_NOT_READY, STUB_SLOW_STOP_MS } = process.env;
const journal = join(MODELWRIGHT_HOME, 'stub.journal');
const note = (event) => appendFileSync(journal, `${JSON.stringify({ event, pid: process.pid })}\n`);

if (STUB_FAIL) {
  process.stdout.write(`${JSON.stringify({ level: 'fatal', msg: STUB_FAIL })}\n`);
  process.exit(1);
}

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  if (request.url === '/environment') {
    const { JWT_SECRET, ...shown } = process.env;
    response.end(JSON.stringify({ ...shown, secretLength: JWT_SECRET.length }));
    return;
  }
  if (STUB_NOT_READY) response.statusCode = 503;
  response.end(JSON.stringify({ status: 'ok', checks: { runtimeImage: { status: 'ok' } } }));
});
server.listen(Number(PORT), HOST, () => note('started'));
process.on('SIGTERM', () => {
  note('asked to stop');
  setTimeout(
    () => {
      server.close(() => process.exit(0));
      server.closeAllConnections();
    },
    Number(STUB_SLOW_STOP_MS ?? 0),
  );
});
