import { Logger } from '@nestjs/common';
import pg from 'pg';
import { messageOf } from '../database/data-source.js';

/** Second argument of Postgres' hashtextextended, so that other users of advisory locks do not meet these. */
export const LOCK_SEED = 7;

export const lockNameOf = (kind: string, id: string): string => `${kind}:${id}`;

/**
 * Session locks of the work this process is doing, all on one connection of their own. When the process dies, or only
 * that connection, Postgres frees them at once; then everything they guarded is told to stop.
 */
export class WorkLocks {
  private readonly logger = new Logger('WorkLocks');
  private readonly held = new Map<string, AbortController>();
  private connection: Promise<pg.Client> | undefined;
  /** The client of `connection` once it is open; news of any other client is old. */
  private current: pg.Client | undefined;

  constructor(private readonly url: string) {}

  /** @returns a signal that aborts when the lock is lost, or undefined when somebody else has it */
  async tryAcquire(name: string): Promise<AbortSignal | undefined> {
    // A session gets its own lock a second time, so the process keeps count itself.
    if (this.held.has(name)) return undefined;
    const controller = new AbortController();
    this.held.set(name, controller);
    try {
      const client = await this.client();
      const { rows } = await client.query<{ locked: boolean }>(
        `SELECT pg_try_advisory_lock(hashtextextended($1, ${LOCK_SEED})) AS locked`,
        [name],
      );
      if (rows[0]?.locked === true) return controller.signal;
      this.held.delete(name);
      return undefined;
    } catch (error) {
      this.held.delete(name);
      throw error;
    }
  }

  async release(name: string): Promise<void> {
    if (!this.held.delete(name)) return;
    try {
      const client = await this.client();
      await client.query(`SELECT pg_advisory_unlock(hashtextextended($1, ${LOCK_SEED}))`, [name]);
    } catch (error) {
      this.logger.warn(`Releasing a work lock failed, its connection is given up: ${messageOf(error)}`);
      await this.close();
    }
  }

  async close(): Promise<void> {
    const { connection, current } = this;
    if (current) this.lost(current, 'the connection was given up');
    this.connection = undefined;
    try {
      await (await connection)?.end();
    } catch (error) {
      this.logger.debug(`Closing the lock connection failed: ${messageOf(error)}`);
    }
  }

  private client(): Promise<pg.Client> {
    this.connection ??= this.open().catch((error: unknown) => {
      this.connection = undefined;
      throw error;
    });
    return this.connection;
  }

  private async open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'modelwright-work-locks',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', (error) => this.lost(client, messageOf(error)));
    client.on('end', () => this.lost(client, 'the connection was closed'));
    await client.connect();
    this.current = client;
    return client;
  }

  /** A connection that breaks says so twice; by then there may be a new one, whose locks hold. */
  private lost(client: pg.Client, reason: string): void {
    if (client !== this.current) return;
    this.current = undefined;
    this.connection = undefined;
    const guarded = [...this.held];
    this.held.clear();
    if (guarded.length > 0)
      this.logger.warn(`The locks of ${guarded.length} pieces of work were lost: ${reason}`);
    for (const [, controller] of guarded) controller.abort(new Error('The lock of this work was lost.'));
  }
}
