/** Stands between the product and the machine's container engine, so that the engine can go away for this test only. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param {string} address of the engine, `unix://…` */
export async function relayTo(address) {
  const folder = mkdtempSync(join(tmpdir(), 'mw-relay-'));
  const path = join(folder, 'docker.sock');
  const open = new Set();
  let server;
  const relay = {
    address: `unix://${path}`,
    async comesBack() {
      server = createServer({ allowHalfOpen: true }, (client) => {
        const engine = connect({ path: address.replace('unix://', ''), allowHalfOpen: true });
        for (const [from, to] of [
          [client, engine],
          [engine, client],
        ]) {
          open.add(from);
          from.on('error', () => to.destroy());
          from.on('close', () => {
            open.delete(from);
            to.destroy();
          });
          from.pipe(to);
        }
      }).listen(path);
      await once(server, 'listening');
    },
    /** Nobody listens any more, and every connection breaks. */
    async goesAway() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
    async remove() {
      if (server?.listening) await relay.goesAway();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await relay.comesBack();
  return relay;
}
