/** Copies bytes between a caller and the server at the address it is told, and prints its own port. */
import { createServer, connect } from 'node:net';

const [host, port] = process.argv.slice(2);

const server = createServer({ noDelay: true }, (caller) => {
  const upstream = connect({ host, port: Number(port), noDelay: true });
  caller.on('data', (bytes) => upstream.write(bytes));
  upstream.on('data', (bytes) => caller.write(bytes));
  const end = () => {
    caller.destroy();
    upstream.destroy();
  };
  for (const side of [caller, upstream]) side.on('close', end).on('error', end);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
