import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ClientToServerEvents, ServerToClientEvents } from '@modelwright/contracts';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Subscription } from 'rxjs';
import { Server } from 'socket.io';
import { Authenticator, type Authentication } from '../authorization/authenticator.js';
import { Authorizer } from '../authorization/authorizer.js';
import { LiveAccess } from '../authorization/live-access.js';
import { AppConfig } from '../config/app-config.js';
import { messageOf } from '../database/data-source.js';
import { DomainEvents } from '../events/domain-events.js';
import { OriginCheck } from '../http/origin-check.js';
import { SocketSession, type ApiSocket } from './socket-session.js';

export const SOCKET_PATH = '/ws';
const MAX_FRAME_BYTES = 256 * 1024;
const MESSAGES_PER_SECOND = 20;
const MAX_CONNECTIONS = 5_000;
const MAX_CONNECTIONS_PER_USER = 20;

interface SocketData {
  authentication: Authentication;
  credential: string;
}

/**
 * The console's live line. Only websockets: polling would need every request of a session to reach the same replica.
 * Nest's guards do not see handshakes (I24), so who may connect is decided here, before the connection exists.
 */
@Injectable()
export class SocketServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Sockets');
  private readonly sessions = new Set<SocketSession>();
  private readonly origins: OriginCheck;
  private server: Server<ClientToServerEvents, ServerToClientEvents, never, SocketData> | undefined;
  private news: Subscription | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly authenticator: Authenticator,
    private readonly authorizer: Authorizer,
    private readonly access: LiveAccess,
    private readonly events: DomainEvents,
    config: AppConfig,
  ) {
    this.origins = new OriginCheck(config.http);
  }

  onApplicationBootstrap(): void {
    const http = this.adapterHost.httpAdapter.getHttpServer() as HttpServer;
    const server = new Server<ClientToServerEvents, ServerToClientEvents, never, SocketData>(http, {
      path: SOCKET_PATH,
      transports: ['websocket'],
      serveClient: false,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: MAX_FRAME_BYTES,
      connectTimeout: 10_000,
      pingInterval: 20_000,
      pingTimeout: 20_000,
      allowRequest: (request, decide) => decide(null, this.isWelcome(request)),
    });
    server.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => next(error instanceof Error ? error : new Error('refused')),
      );
    });
    server.on('connection', (socket) => this.begin(socket));
    this.news = this.events.all.subscribe((event) => {
      for (const session of this.sessions) session.deliver(event);
    });
    this.server = server;
  }

  /** Clients come back by themselves, to another replica or to the next process. */
  beforeApplicationShutdown(): void {
    this.news?.unsubscribe();
    this.server?.disconnectSockets(true);
    // Not `server.close`: it would close the HTTP server too, which Nest does when its requests have ended.
    this.server?.engine.close();
  }

  /** Refused before the upgrade: foreign pages (T46), and more connections than the process can hold. */
  private isWelcome(request: IncomingMessage): boolean {
    if (this.origins.isFromForeignPage(request.headers)) return false;
    if (request.headers.origin !== undefined && this.origins.isForOtherHost(request.headers)) return false;
    return this.sessions.size < MAX_CONNECTIONS;
  }

  private async admit(socket: ApiSocket): Promise<void> {
    const token: unknown = socket.handshake.auth['token'];
    const authentication =
      typeof token === 'string' && token.length <= 4_096 ? await this.identify(token) : undefined;
    if (!authentication || typeof token !== 'string') throw refusal('unauthenticated', 'Sign in first.');
    const { principal } = authentication;
    if (
      principal.tokenScopes &&
      !principal.tokenScopes.some((scope) => scope === 'read' || scope === 'manage')
    )
      throw refusal('permission-denied', 'The scopes of this token do not reach this.');
    const open = [...this.sessions].filter((session) => session.userId === principal.userId).length;
    if (open >= MAX_CONNECTIONS_PER_USER) throw refusal('overloaded', 'Too many connections of one person.');
    Object.assign(socket.data as object, { authentication, credential: token });
  }

  private async identify(token: string): Promise<Authentication | undefined> {
    try {
      return await this.authenticator.authenticate(token);
    } catch (error) {
      this.logger.warn(`Could not check a token: ${messageOf(error)}`);
      throw refusal('database-unavailable', 'Try again in a few seconds.');
    }
  }

  private begin(socket: ApiSocket): void {
    const { authentication, credential } = socket.data as SocketData;
    limitMessages(socket);
    const services = {
      authenticator: this.authenticator,
      authorizer: this.authorizer,
      access: this.access,
      events: this.events,
    };
    const session = new SocketSession(socket, services, authentication, credential);
    this.sessions.add(session);
    socket.on('disconnect', () => {
      this.sessions.delete(session);
      session.close();
    });
  }
}

/** Floods end the connection (T56). */
function limitMessages(socket: ApiSocket): void {
  let windowStart = 0;
  let count = 0;
  socket.use((_, next) => {
    const now = performance.now();
    if (now - windowStart > 1_000) {
      windowStart = now;
      count = 0;
    }
    if (++count > MESSAGES_PER_SECOND) socket.disconnect(true);
    else next();
  });
}

/** `data` reaches the client with its `connect_error`. */
function refusal(code: string, detail: string): Error {
  return Object.assign(new Error(code), { data: { code, detail } });
}
