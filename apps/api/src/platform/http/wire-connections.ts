import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { WireConnection } from './wire-connection.js';
import type { WireHead } from './wire-head.js';

/** What a head asks for, as its handler reads it; the same for the same head, so that it is read once a connection. */
export type WirePlan = object;

export interface WireRequest {
  readonly plan: WirePlan;
  readonly body: Buffer;
  /** Of the other end of the connection. */
  readonly address: string | undefined;
  /** `performance.now()` when its first byte arrived. */
  readonly arrivedAt: number;
  /** Calls back when the connection ends before there was an answer. */
  readonly onLeave: (left: () => void) => void;
}

export interface WireHandler {
  /** From the head alone; undefined if the connection is to be the server's. */
  planOf(head: WireHead): WirePlan | undefined;
  /**
   * @param reply takes the whole answer, head and body, and what to call when it was given to the system; or nothing, if
   *   there is no answer and the connection has to end
   */
  answer(request: WireRequest, reply: Reply): void;
}

export type Reply = (answer: WireAnswer | undefined, sent?: () => void) => void;

/** A whole answer, head and body; a text that is ASCII all through is sent without looking for anything else in it. */
export type WireAnswer = Buffer | { readonly text: string; readonly isAscii: boolean };

type Listener = (socket: Socket) => void;

/**
 * The shortest way there is for requests that are counted in microseconds: straight on the connection, before the
 * server's own parser. Every connection begins here and is the server's with the first bytes that are not understood.
 */
@Injectable()
export class WireConnections {
  private readonly connections = new Set<WireConnection>();
  private handler: WireHandler | undefined;
  private stopping = false;

  register(handler: WireHandler): void {
    this.handler = handler;
  }

  /** Puts this before the listeners that the server has. */
  attach(server: Server): void {
    const others = server.listeners('connection') as Listener[];
    const serve = (socket: Socket): void => {
      for (const listener of others) listener.call(server, socket);
    };
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      if (!this.handler || this.stopping) return serve(socket);
      const left = (connection: WireConnection): void => void this.connections.delete(connection);
      this.connections.add(new WireConnection(socket, this.handler, left, serve));
    });
  }

  /** From now on the server has new connections; the others end as soon as nothing is being answered on them. */
  stop(): void {
    this.stopping = true;
    for (const connection of this.connections) connection.end();
  }
}
