import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';

/** Looks at a request before the router does; returns whether it answers it. */
export type FirstHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The way past the framework for the few requests that are counted in microseconds. A first handler takes only what it
 * can answer in every detail as the router would; the rest goes on as if it were not there.
 */
@Injectable()
export class FirstHandlers {
  private readonly handlers: FirstHandler[] = [];

  register(handler: FirstHandler): void {
    this.handlers.push(handler);
  }

  /** Puts the handlers before the listeners that the server has. */
  attach(server: Server): void {
    const others = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      for (const handler of this.handlers) if (handler(request, response)) return;
      for (const listener of others) listener.call(server, request, response as never);
    });
  }
}
