import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';

/** An in-flight claim holds this long without a sign of life; then a repeat may try again. */
export const CLAIM_SECONDS = 30;
const KEEP_HOURS = 24;

export interface IdempotentRequest {
  readonly principal: string;
  readonly key: string;
  readonly operation: string;
  readonly requestHash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type Claim =
  | { readonly kind: 'claimed'; readonly effectId: string }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'answered'; readonly answer: StoredAnswer; readonly effectId: string };

interface KeyRow {
  readonly operation: string;
  readonly request_hash: string;
  readonly status: number | null;
  readonly headers: Record<string, string> | null;
  readonly body: unknown;
  readonly effect_id: string;
}

/** Keys and their answers; one row decides between any number of repeats on any replica. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly dataSource: DataSource) {}

  async claim(request: IdempotentRequest): Promise<Claim> {
    const { principal, key, operation, requestHash } = request;
    const claimed = await this.dataSource.query<{ effectId: string }[]>(
      `INSERT INTO idempotency_key AS k (principal, key, operation, request_hash, claimed_until, effect_id)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), $6)
       ON CONFLICT (principal, key) DO UPDATE
         SET claimed_until = excluded.claimed_until
         WHERE k.status IS NULL AND k.claimed_until < now()
           AND k.operation = excluded.operation AND k.request_hash = excluded.request_hash
       RETURNING effect_id AS "effectId"`,
      [principal, key, operation, requestHash, CLAIM_SECONDS, uuid()],
    );
    if (claimed[0]) return { kind: 'claimed', effectId: claimed[0].effectId };
    const rows = await this.dataSource.query<KeyRow[]>(
      'SELECT operation, request_hash, status, headers, body, effect_id FROM idempotency_key WHERE principal = $1 AND key = $2',
      [principal, key],
    );
    const [row] = rows;
    // Gone in between: its request failed, so the next repeat may do the work.
    if (!row) return { kind: 'in-flight' };
    if (row.operation !== operation || row.request_hash !== requestHash) return { kind: 'mismatch' };
    if (row.status === null) return { kind: 'in-flight' };
    const answer = { status: row.status, headers: row.headers ?? {}, body: row.body };
    return { kind: 'answered', answer, effectId: row.effect_id };
  }

  async renew({ principal, key }: IdempotentRequest): Promise<void> {
    await this.dataSource.query(
      `UPDATE idempotency_key SET claimed_until = now() + make_interval(secs => $3)
        WHERE principal = $1 AND key = $2 AND status IS NULL`,
      [principal, key, CLAIM_SECONDS],
    );
  }

  async answer({ principal, key }: IdempotentRequest, answer: StoredAnswer): Promise<void> {
    await this.dataSource.query(
      'UPDATE idempotency_key SET status = $3, headers = $4, body = $5 WHERE principal = $1 AND key = $2',
      [principal, key, answer.status, JSON.stringify(answer.headers), JSON.stringify(answer.body ?? null)],
    );
  }

  /** A request that was refused had no effect, so its key is free again. */
  async release({ principal, key }: IdempotentRequest): Promise<void> {
    await this.dataSource.query(
      'DELETE FROM idempotency_key WHERE principal = $1 AND key = $2 AND status IS NULL',
      [principal, key],
    );
  }

  /** It is not known what the request has done: a repeat may follow at once, but it gets the same effect id. */
  async expire({ principal, key }: IdempotentRequest): Promise<void> {
    await this.dataSource.query(
      `UPDATE idempotency_key SET claimed_until = '-infinity'
       WHERE principal = $1 AND key = $2 AND status IS NULL`,
      [principal, key],
    );
  }

  @Cron(CronExpression.EVERY_HOUR)
  async prune(): Promise<void> {
    await this.dataSource.query(
      'DELETE FROM idempotency_key WHERE created_at < now() - make_interval(hours => $1)',
      [KEEP_HOURS],
    );
  }
}
