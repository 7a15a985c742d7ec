import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { ContainerConnectionError } from './container-connection-error.js';
import { exchange } from './exchange.js';
import type { ContainerReply } from './reply-parser.js';
import { encodeRequest, type ContainerRequest } from './request-encoder.js';
import { prepareSocketPath } from './socket-path.js';

export interface ConnectionListenerOptions {
  /** Where to listen; at most 107 bytes. The folder is the one to mount, read-only, into the container. */
  socketPath: string;
  /** Connections that the container may hold; more are turned away. */
  maxConnections?: number;
  /** Requests that may wait for a connection; more are refused at once. */
  maxWaiting?: number;
  /** Greatest size of one reply's body. */
  maxReplyBytes?: number;
}

/** The connections of a process that ended close one after another, but within this time. */
const SETTLE_MS = 20;

interface Waiter {
  take: (socket: Socket) => void;
  fail: (error: Error) => void;
}

/** Listens for one container and resolves once it may dial in. @throws `cannot-listen` */
export async function listenForContainer(options: ConnectionListenerOptions): Promise<ConnectionListener> {
  await prepareSocketPath(options.socketPath);
  const listener = new ConnectionListener(options);
  await listener.listen();
  return listener;
}

/**
 * HTTP client whose connections are dialled by the server: the container connects to our socket and then answers
 * requests on that connection. So a container needs no network, and code inside cannot put another socket in the place
 * of its own. One request at a time uses a connection; whoever finds none free waits in line until its deadline.
 */
export class ConnectionListener {
  readonly socketPath: string;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly idle: Socket[] = [];
  private readonly waiting: Waiter[] = [];
  private readonly maxWaiting: number;
  private readonly maxReplyBytes: number;
  private closed = false;

  constructor(options: ConnectionListenerOptions) {
    this.socketPath = options.socketPath;
    this.maxWaiting = options.maxWaiting ?? 1_024;
    this.maxReplyBytes = options.maxReplyBytes ?? 10 * 1024 * 1024;
    this.server = createServer((socket) => this.admit(socket));
    this.server.maxConnections = options.maxConnections ?? 64;
  }

  /** Connections now open, of which `idle` are free; requests in line. */
  get state(): { connections: number; idle: number; waiting: number } {
    return { connections: this.sockets.size, idle: this.idle.length, waiting: this.waiting.length };
  }

  async listen(): Promise<void> {
    // Readable and writable for all: the folder is mounted into one container only, whose user is not ours.
    this.server.listen({ path: this.socketPath, readableAll: true, writableAll: true });
    try {
      await once(this.server, 'listening');
    } catch (cause) {
      throw new ContainerConnectionError(
        'cannot-listen',
        `Cannot listen at ${this.socketPath}: ${String(cause)}`,
        { cause },
      );
    }
    // Out of file descriptors, say: one connection is not taken, and the container dials again.
    this.server.on('error', () => undefined);
  }

  /**
   * Sends one request and resolves to the whole reply, whatever its status.
   * @throws `ContainerConnectionError`; the reason of the signal
   */
  async request(request: ContainerRequest): Promise<ContainerReply> {
    request.signal?.throwIfAborted();
    const bytes = encodeRequest(request);
    const deadline = performance.now() + request.deadlineMs;
    const mayRepeat = request.idempotent ?? request.method === 'GET';
    for (let attempt = 1; ; attempt += 1) {
      const socket = await this.acquire(deadline, request.signal);
      const result = await exchange(socket, bytes, {
        deadlineMs: deadline - performance.now(),
        maxReplyBytes: this.maxReplyBytes,
        signal: request.signal,
      });
      if (result.kind === 'reply') {
        if (result.reusable) this.release(socket);
        else this.drop(socket);
        return result.reply;
      }
      this.drop(socket);
      // A server may close an idle connection just when a request goes out on it.
      if (result.kind === 'failed' || !mayRepeat || attempt > this.server.maxConnections) throw result.error;
      // The request may be what ended it: its successor is not asked the same.
      if (request.method !== 'GET' && (await this.hasEnded())) throw result.error;
    }
  }

  /** Ends all connections and removes the socket. Requests in flight fail with `connection-lost`. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const stopped = once(this.server, 'close');
    this.server.close();
    for (const waiter of this.waiting.splice(0)) waiter.fail(closedError());
    for (const socket of this.sockets) socket.destroy();
    await stopped;
  }

  private async hasEnded(): Promise<boolean> {
    await delay(SETTLE_MS);
    return this.sockets.size === 0;
  }

  private admit(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.drop(socket));
    socket.on('error', () => this.drop(socket));
    this.release(socket);
  }

  /** Hands a free connection to the first in line, or keeps it. */
  private release(socket: Socket): void {
    if (this.closed || socket.destroyed) {
      this.drop(socket);
      return;
    }
    const next = this.waiting.shift();
    if (next) {
      next.take(socket);
      return;
    }
    // Nobody asked: a server that speaks first cannot be trusted with the next request.
    socket.on('data', destroyThis);
    this.idle.push(socket);
  }

  private drop(socket: Socket): void {
    socket.destroy();
    this.sockets.delete(socket);
    const index = this.idle.indexOf(socket);
    if (index >= 0) this.idle.splice(index, 1);
  }

  private acquire(deadline: number, signal?: AbortSignal): Promise<Socket> {
    if (this.closed) return Promise.reject(closedError());
    for (let socket = this.idle.shift(); socket !== undefined; socket = this.idle.shift()) {
      socket.off('data', destroyThis);
      if (!socket.destroyed && socket.readable && socket.writable) return Promise.resolve(socket);
      this.drop(socket);
    }
    if (this.waiting.length >= this.maxWaiting) {
      return Promise.reject(
        new ContainerConnectionError('overloaded', 'Too many requests wait for this container already.'),
      );
    }
    return this.waitInLine(deadline, signal);
  }

  private waitInLine(deadline: number, signal?: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        const index = this.waiting.indexOf(waiter);
        if (index >= 0) this.waiting.splice(index, 1);
      };
      const waiter: Waiter = {
        take: (socket) => {
          leave();
          resolve(socket);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = (): void => waiter.fail(signal?.reason as Error);
      const timer = setTimeout(
        () => waiter.fail(this.noConnection()),
        Math.max(0, deadline - performance.now()),
      );
      signal?.addEventListener('abort', abort, { once: true });
      this.waiting.push(waiter);
    });
  }

  private noConnection(): ContainerConnectionError {
    const why =
      this.sockets.size === 0
        ? 'The container has not connected.'
        : 'The container is busy with other requests.';
    return new ContainerConnectionError('no-connection', `${why} No connection was free in time.`);
  }
}

function destroyThis(this: Socket): void {
  this.destroy();
}

function closedError(): ContainerConnectionError {
  return new ContainerConnectionError('closed', 'The connection to the container is closed.');
}
