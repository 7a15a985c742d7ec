import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire. */
  readonly raw: string;
  readonly encrypted: boolean;
}

/** A real SMTP server of a test. */
export interface PostOffice {
  readonly port: number;
  readonly received: ReceivedMail[];
  /** Asked after each mail's data; an error with `responseCode` is what the client hears. */
  verdict: () => (Error & { responseCode?: number }) | null;
  close(): Promise<void>;
}

/** An answer of an SMTP server that is no yes. */
export function reply(responseCode: number, message: string): Error & { responseCode: number } {
  return Object.assign(new Error(message), { responseCode });
}

export async function openPostOffice(options: SMTPServerOptions = {}): Promise<PostOffice> {
  const received: ReceivedMail[] = [];
  const office: { verdict: PostOffice['verdict'] } = { verdict: () => null };
  const server = new SMTPServer({
    authOptional: true,
    // Without a certificate of its own it would offer one that no client trusts.
    disabledCommands: ['STARTTLS'],
    closeTimeout: 500,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const refusal = office.verdict();
        if (refusal) return callback(refusal);
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          encrypted: session.secure,
        });
        callback();
      });
    },
    ...options,
  });
  // Clients that hang up in the middle are part of the tests.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(office, {
    port,
    received,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  });
}
