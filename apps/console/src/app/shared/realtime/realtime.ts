import {
  DestroyRef,
  Injectable,
  type ResourceRef,
  computed,
  effect,
  inject,
  signal,
  untracked,
} from '@angular/core';
import type { ClientToServerEvents, DomainEvent, ServerToClientEvents } from '@modelwright/contracts';
import type { Socket } from 'socket.io-client';
import { Session } from '../api/session';
import { ProjectContext } from '../project/project-context';

type Connection = Socket<ServerToClientEvents, ClientToServerEvents>;
type State = 'idle' | 'connected' | 'reconnecting';

/**
 * What happens in the open project, as it happens. One connection per page; after a gap the server replays what was
 * missed, by number. Events say which thing changed, never how: stores fetch the thing again.
 */
@Injectable({ providedIn: 'root' })
export class Realtime {
  private readonly session = inject(Session);
  private readonly project = inject(ProjectContext);
  private readonly connection = signal<Connection | undefined>(undefined);
  private readonly current = signal<State>('idle');
  private readonly seen = new Map<string, number>();
  private readonly listeners = new Set<(event: DomainEvent) => void>();
  private opening = false;

  readonly state = this.current.asReadonly();
  /** When the console last knew that it was up to date, in milliseconds. */
  readonly asOf = signal(Date.now());
  readonly isBehind = computed(() => this.current() === 'reconnecting');

  constructor() {
    effect(() => {
      if (this.session.signedIn() && this.project.id()) untracked(() => void this.open());
      else if (!this.session.signedIn()) untracked(() => this.close());
    });
    effect((onCleanup) => {
      const connection = this.connection();
      const id = this.project.id();
      if (!connection || !id || this.current() !== 'connected') return;
      const channel = `project:${id}`;
      untracked(() => this.subscribe(connection, channel));
      onCleanup(() => connection.emit('unsubscribe', { channel }, () => undefined));
    });
    effect(() => {
      const token = this.session.accessToken();
      const connection = untracked(this.connection);
      if (token && connection?.connected) connection.emit('authenticate', { token }, () => undefined);
    });
  }

  /** Every event of the open project; see `reloadOn` for the usual use. Returns how to stop listening. */
  listen(listener: (event: DomainEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async open(): Promise<void> {
    if (this.connection() || this.opening) return;
    this.opening = true;
    const { io } = await import('socket.io-client');
    const connection: Connection = io({
      path: '/ws',
      transports: ['websocket', 'polling'],
      auth: (give) => give({ token: this.session.accessToken() }),
    });
    connection.on('connect', () => this.current.set('connected'));
    connection.on('disconnect', (reason) => {
      this.asOf.set(Date.now());
      this.current.set('reconnecting');
      // The server ends connections whose token has expired; with a new one it lets us in again.
      if (reason === 'io server disconnect')
        void this.session.refresh().then((renewed) => renewed && connection.connect());
    });
    connection.on('connect_error', () => this.current.set('reconnecting'));
    connection.on('event', (event) => this.take(event));
    this.opening = false;
    if (this.session.signedIn()) this.connection.set(connection);
    else connection.disconnect();
  }

  private close(): void {
    this.connection()?.disconnect();
    this.connection.set(undefined);
    this.current.set('idle');
    this.seen.clear();
  }

  private subscribe(connection: Connection, channel: string): void {
    const afterSeq = this.seen.get(channel);
    connection.emit('subscribe', afterSeq === undefined ? { channel } : { channel, afterSeq }, (answer) => {
      if (answer.ok) this.seen.set(channel, Math.max(answer.seq, this.seen.get(channel) ?? 0));
    });
  }

  private take(event: DomainEvent): void {
    const channel = `project:${event.projectId}`;
    this.seen.set(channel, Math.max(event.seq, this.seen.get(channel) ?? 0));
    this.asOf.set(Date.now());
    for (const listener of this.listeners) listener(event);
  }
}

const SETTLE_MS = 120;

/** Fetches again when something changed that concerns the caller, and after a lost connection. Call it where a store is made. */
export function reloadOn(source: ResourceRef<unknown>, concerns: (event: DomainEvent) => boolean): void {
  const realtime = inject(Realtime);
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A burst of events is one change to the reader.
  const reload = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => source.reload(), SETTLE_MS);
  };
  const stop = realtime.listen((event) => {
    if (concerns(event)) reload();
  });
  let wasBehind = false;
  effect(() => {
    if (wasBehind && realtime.state() === 'connected') reload();
    wasBehind = realtime.isBehind();
  });
  inject(DestroyRef).onDestroy(() => {
    clearTimeout(timer);
    stop();
  });
}
