import {
  SubscribeRequest,
  type Acknowledgement,
  type ClientToServerEvents,
  type DomainEvent,
  type ServerToClientEvents,
} from '@modelwright/contracts';
import type { Socket } from 'socket.io';
import { z } from 'zod';
import { Authenticator, type Authentication } from '../authorization/authenticator.js';
import { Authorizer } from '../authorization/authorizer.js';
import { LiveAccess, type WatchedAccess } from '../authorization/live-access.js';
import { DomainEvents } from '../events/domain-events.js';
import { Problem } from '../problems/problem.js';
import { problemOf } from '../problems/problem-of.js';
import { EventFeed } from './event-feed.js';

export type ApiSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

const MAX_SUBSCRIPTIONS = 50;
/** Events that wait in the process for a reader that does not take them. */
const MAX_WAITING_FRAMES = 1_000;

const AuthenticateRequest = z.object({ token: z.string().max(4_096) });

interface Subscription {
  readonly feed: EventFeed;
  readonly watched: WatchedAccess;
}

export interface SocketServices {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly access: LiveAccess;
  readonly events: DomainEvents;
}

/** One connection: who it is, until when, and which projects it hears of. */
export class SocketSession {
  private readonly subscriptions = new Map<string, Subscription>();
  private watched: WatchedAccess;

  constructor(
    private readonly socket: ApiSocket,
    private readonly services: SocketServices,
    private authentication: Authentication,
    private credential: string,
  ) {
    this.watched = this.watch(undefined);
    socket.on('subscribe', (request, acknowledge) => void answer(acknowledge, () => this.subscribe(request)));
    socket.on(
      'unsubscribe',
      (request, acknowledge) => void answer(acknowledge, () => this.unsubscribe(request)),
    );
    socket.on('authenticate', (request, acknowledge) => void answer(acknowledge, () => this.renew(request)));
  }

  get userId(): string {
    return this.authentication.principal.userId;
  }

  deliver(event: DomainEvent): void {
    this.subscriptions.get(event.projectId)?.feed.deliver(event);
  }

  close(): void {
    this.watched.close();
    for (const { watched } of this.subscriptions.values()) watched.close();
    this.subscriptions.clear();
  }

  private async subscribe(request: unknown): Promise<number> {
    const { channel, afterSeq } = parse(SubscribeRequest, request);
    const projectId = channel.slice('project:'.length);
    this.drop(projectId);
    if (this.subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw new Problem('conflict', `At most ${MAX_SUBSCRIPTIONS} subscriptions on one connection.`);
    await this.services.authorizer.inProject(this.authentication.principal, projectId, 'project:read');
    const feed = new EventFeed(projectId, (event) => this.send(event));
    this.subscriptions.set(projectId, { feed, watched: this.watch(projectId) });
    return feed.begin(this.services.events, afterSeq);
  }

  private unsubscribe(request: unknown): Promise<number> {
    const { channel } = parse(SubscribeRequest, request);
    this.drop(channel.slice('project:'.length));
    return Promise.resolve(0);
  }

  /** A fresh token of the same person keeps the connection. */
  private async renew(request: unknown): Promise<number> {
    const { token } = parse(AuthenticateRequest, request);
    const fresh = await this.services.authenticator.authenticate(token);
    if (fresh?.principal.userId !== this.userId)
      throw new Problem('unauthenticated', 'The access token is not valid for this connection.');
    this.authentication = fresh;
    this.credential = token;
    this.watched.close();
    this.watched = this.watch(undefined);
    for (const [projectId, { feed, watched }] of this.subscriptions) {
      watched.close();
      this.subscriptions.set(projectId, { feed, watched: this.watch(projectId) });
    }
    return 0;
  }

  /** When access goes, so does the connection: the client comes back and learns at once what it may still have. */
  private watch(projectId: string | undefined): WatchedAccess {
    const watched = this.services.access.watch(this.authentication, this.credential, projectId);
    watched.signal.addEventListener('abort', () => this.socket.disconnect(true), { once: true });
    return watched;
  }

  private drop(projectId: string): void {
    this.subscriptions.get(projectId)?.watched.close();
    this.subscriptions.delete(projectId);
  }

  private send(event: DomainEvent): void {
    const connection = this.socket.conn as unknown as { writeBuffer: unknown[] };
    if (connection.writeBuffer.length > MAX_WAITING_FRAMES) this.socket.disconnect(true);
    else this.socket.emit('event', event);
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', parsed.error.issues.map(({ message }) => message).join(' '));
}

/** Failures go back as problems; a client that gave no callback hears nothing. */
async function answer(acknowledge: unknown, work: () => Promise<number>): Promise<void> {
  const reply = (result: Acknowledgement): void => {
    if (typeof acknowledge === 'function') (acknowledge as (answer: Acknowledgement) => void)(result);
  };
  try {
    reply({ ok: true, seq: await work() });
  } catch (error) {
    const { code, detail } = problemOf(error);
    reply({ ok: false, code, detail });
  }
}
