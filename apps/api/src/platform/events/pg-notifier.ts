import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { filter, map, Subject, type Observable } from 'rxjs';
import { DataSource, type EntityManager } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { messageOf } from '../database/data-source.js';
import { Notifier } from './domain-events.js';

/** All signals share one Postgres channel, so that LISTEN is said once and reconnecting is simple. */
const PG_CHANNEL = 'modelwright';
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;
const PROBE_MS = 10_000;

interface Signal {
  readonly channel: string;
  readonly payload: string;
}

/** Signals over LISTEN/NOTIFY on a connection of its own, which is made again when it is lost. */
@Injectable()
export class PgNotifier extends Notifier implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Notifier');
  private readonly signals = new Subject<Signal>();
  private readonly returns = new Subject<void>();
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private probe: NodeJS.Timeout | undefined;
  private retryMs = RETRY_MIN_MS;
  private wasConnected = false;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {
    super();
  }

  get reconnected(): Observable<void> {
    return this.returns.asObservable();
  }

  get isListening(): boolean {
    return this.client !== undefined;
  }

  async notify(channel: string, payload: string, manager?: EntityManager): Promise<void> {
    const message = JSON.stringify([channel, payload]);
    if (Buffer.byteLength(message) > 7_900)
      throw new RangeError('A signal has to be shorter than 7,900 bytes.');
    await (manager ?? this.dataSource).query('SELECT pg_notify($1, $2)', [PG_CHANNEL, message]);
  }

  listen(channel: string): Observable<string> {
    return this.signals.pipe(
      filter((signal) => signal.channel === channel),
      map((signal) => signal.payload),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.connect();
    this.probe = setInterval(() => void this.checkLine(), PROBE_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.probe);
    const { client } = this;
    this.client = undefined;
    await client
      ?.end()
      .catch((error: unknown) => this.logger.debug(`Closing the line failed: ${messageOf(error)}`));
  }

  private async connect(): Promise<void> {
    if (this.stopped) return;
    const client = new pg.Client({
      connectionString: this.config.database.url,
      application_name: 'modelwright-notifier',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client));
    client.on('notification', ({ payload }) => this.receive(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${PG_CHANNEL}`);
      this.client = client;
      this.retryMs = RETRY_MIN_MS;
      if (this.wasConnected) this.returns.next();
      this.wasConnected = true;
    } catch (error) {
      this.lost(client, error);
    }
  }

  private lost(client: pg.Client, error?: unknown): void {
    if (this.client !== undefined && this.client !== client) return;
    const wasUp = this.client === client;
    this.client = undefined;
    client.removeAllListeners();
    // Errors of a client that is being thrown away say nothing new.
    client.on('error', () => undefined);
    void client.end().catch(() => undefined);
    if (this.stopped || (!wasUp && this.retry)) return;
    if (wasUp)
      this.logger.warn(
        `The line for notifications was lost${error ? `: ${messageOf(error)}` : ''}; connecting again.`,
      );
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.connect();
    }, this.retryMs).unref();
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
  }

  /** A half-open connection reports nothing; a question does. */
  private async checkLine(): Promise<void> {
    const { client } = this;
    if (!client) return;
    const deadline = setTimeout(() => this.lost(client, new Error('no answer')), PROBE_MS / 2).unref();
    try {
      await client.query('SELECT 1');
    } catch (error) {
      this.lost(client, error);
    } finally {
      clearTimeout(deadline);
    }
  }

  private receive(message: string | undefined): void {
    const signal = parseSignal(message);
    if (signal) this.signals.next(signal);
    else this.logger.warn('Ignored a notification that is not ours.');
  }
}

function parseSignal(message: string | undefined): Signal | undefined {
  try {
    const parsed: unknown = JSON.parse(message ?? '');
    if (!Array.isArray(parsed)) return undefined;
    const [channel, payload] = parsed as unknown[];
    return typeof channel === 'string' && typeof payload === 'string' ? { channel, payload } : undefined;
  } catch {
    return undefined;
  }
}
