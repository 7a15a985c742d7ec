import type { Socket } from 'node:net';

import { ContainerConnectionError } from './container-connection-error.js';
import { ReplyParser, type ContainerReply } from './reply-parser.js';

export type ExchangeResult =
  | { kind: 'reply'; reply: ContainerReply; reusable: boolean }
  /** The connection was closed before the first byte of a reply. */
  | { kind: 'unanswered'; error: Error }
  | { kind: 'failed'; error: Error };

export interface ExchangeOptions {
  deadlineMs: number;
  maxReplyBytes: number;
  signal?: AbortSignal;
}

/** Sends bytes on a connection and reads one reply. Never rejects; the caller decides what becomes of the socket. */
export function exchange(socket: Socket, bytes: Buffer, options: ExchangeOptions): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const parser = new ReplyParser(options.maxReplyBytes);
    const finish = (result: ExchangeResult): void => {
      clearTimeout(timer);
      socket.off('data', read);
      socket.off('end', lose);
      socket.off('close', lose);
      options.signal?.removeEventListener('abort', abort);
      resolve(result);
    };
    const fail = (error: Error): void => finish({ kind: 'failed', error });
    const read = (chunk: Buffer): void => {
      try {
        const reply = parser.push(chunk);
        if (reply) finish({ kind: 'reply', reply, reusable: parser.reusable });
      } catch (error) {
        fail(error as Error);
      }
    };
    const lose = (): void => {
      const when = parser.started ? 'in the middle of its reply' : 'without a reply';
      const error = new ContainerConnectionError(
        'connection-lost',
        `The container closed the connection ${when}.`,
      );
      finish({ kind: parser.started ? 'failed' : 'unanswered', error });
    };
    const abort = (): void => fail(options.signal?.reason as Error);
    const expire = (): void => {
      fail(new ContainerConnectionError('deadline-exceeded', 'The container did not answer in time.'));
    };
    const timer = setTimeout(expire, Math.max(0, options.deadlineMs));
    options.signal?.addEventListener('abort', abort, { once: true });
    socket.on('data', read);
    socket.once('end', lose);
    socket.once('close', lose);
    if (socket.destroyed) lose();
    else socket.write(bytes);
  });
}
