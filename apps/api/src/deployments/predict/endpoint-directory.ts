import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { DataSource } from 'typeorm';
import { isUuid } from '../../platform/authorization/uuid.js';
import { Notifier } from '../../platform/events/domain-events.js';
import { hashKey, isWellFormedKey } from '../../platform/secrets/key-format.js';
import { AddressList } from '../access/address-list.js';
import { lineOfKeys } from '../access/line-of-keys.js';
import type { Caller } from './caller-check.js';
import { CompiledModels } from './compiled-models.js';
import { PredictionIntervals } from './prediction-intervals.js';
import { toEndpoint, type Endpoint, type EndpointRow } from './endpoint.js';

/** Carries the id of a deployment whose row or keys changed, on every replica. */
export const DEPLOYMENT_CHANGED = 'deployment_changed';

const MAX_KNOWN = 20_000;
/** A lost notification must not let a revoked right live on: nothing is believed for longer than this. */
export const BELIEVED_MS = 5_000;
const MAX_RELOADS = 3;
/** From this age on a fresh copy is fetched in the background, so that a busy endpoint never waits for one. */
const REFRESH_MS = 2_500;

export interface KnownKey {
  readonly id: string;
  readonly name: string;
  /** The key that this one goes back to by rotation: with all of its line it shares limits and quotas. */
  readonly lineId: string;
  readonly deploymentId: string;
  readonly expiresAt: Date | null;
  /** Limits of its own; null: none besides those of the deployment. */
  readonly rateLimitPerMinute: number | null;
  readonly quotaPerDay: number | null;
  readonly quotaPerMonth: number | null;
  readonly addresses: AddressList;
  /** Whoever calls with it. */
  readonly caller: Caller;
}

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly line_id: string;
  readonly deployment_id: string;
  readonly expires_at: Date | null;
  readonly rate_limit_per_minute: number | null;
  readonly quota_per_day: number | null;
  readonly quota_per_month: number | null;
  readonly allowed_addresses: string[];
}

interface Remembered<T> {
  readonly value: T;
  readonly until: number;
}

/** Deployments and keys in memory, so that a warm call does not wait for Postgres. */
@Injectable()
export class EndpointDirectory implements OnModuleInit, OnModuleDestroy {
  private readonly endpoints = new Map<string, Remembered<Endpoint>>();
  private readonly keys = new Map<string, Remembered<KnownKey | undefined>>();
  /** Of keys that are in use, by the key: kept here only, and worth nothing without what `keys` knows of them. */
  private readonly hashes = new Map<string, { readonly hash: Buffer; readonly name: string }>();
  private readonly refreshing = new Map<string, Promise<Endpoint | undefined>>();
  /** Keys that are being asked for in the background. */
  private readonly asking = new Set<string>();
  /** Counts the changes that were told. */
  private forgotten = 0;
  private readonly subscriptions: Subscription[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly notifier: Notifier,
    private readonly compiled: CompiledModels,
    private readonly intervals: PredictionIntervals,
  ) {}

  onModuleInit(): void {
    this.subscriptions.push(
      this.notifier.listen(DEPLOYMENT_CHANGED).subscribe((id) => this.forget(id)),
      this.compiled.evicted.subscribe((modelVersionId) => this.release(modelVersionId)),
    );
  }

  onModuleDestroy(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }

  /** @param idOrSlug as in the address; a slug can never look like an id because a UUID is no legal slug of ours to take */
  async find(idOrSlug: string): Promise<Endpoint | undefined> {
    const known = this.endpoints.get(idOrSlug);
    const trustedFor = known ? known.until - Date.now() : 0;
    if (known && trustedFor > BELIEVED_MS - REFRESH_MS) return known.value;
    const load =
      this.refreshing.get(idOrSlug) ?? this.load(idOrSlug).finally(() => this.refreshing.delete(idOrSlug));
    this.refreshing.set(idOrSlug, load);
    if (known && trustedFor > 0) {
      void load.catch(() => undefined);
      return known.value;
    }
    try {
      return await load;
    } catch (error) {
      // While the database is away, what was true a moment ago serves on.
      if (known) return known.value;
      throw error;
    }
  }

  /** What is known of an endpoint without waiting; fetches a fresh copy meanwhile when it is time. */
  peek(idOrSlug: string): Endpoint | undefined {
    const known = this.endpoints.get(idOrSlug);
    const trustedFor = known ? known.until - Date.now() : 0;
    if (!known || trustedFor <= 0) return undefined;
    if (trustedFor <= BELIEVED_MS - REFRESH_MS) void this.find(idOrSlug).catch(() => undefined);
    return known.value;
  }

  /** What is known of a key without waiting; asks again meanwhile when it is time. */
  peekKey(hash: Buffer, name = hash.toString('base64')): KnownKey | undefined {
    const known = this.keys.get(name);
    const trustedFor = known ? known.until - Date.now() : 0;
    if (!known || trustedFor <= 0) return undefined;
    if (trustedFor <= BELIEVED_MS - REFRESH_MS && !this.asking.has(name)) {
      this.asking.add(name);
      void this.loadKey(name, hash)
        .catch(() => undefined)
        .finally(() => this.asking.delete(name));
    }
    return known.value;
  }

  /** The same by the key itself; a key that opens something is hashed and checked once, not with every call. */
  peekKeyText(key: string): KnownKey | undefined {
    const hash = this.hashes.get(key);
    if (hash) return this.peekKey(hash.hash, hash.name);
    if (!isWellFormedKey('mwk', key)) return undefined;
    const found = hashKey(key);
    const known = this.peekKey(found);
    if (!known) return undefined;
    if (this.hashes.size >= MAX_KNOWN) this.hashes.clear();
    this.hashes.set(key, { hash: found, name: found.toString('base64') });
    return known;
  }

  async findKey(hash: Buffer): Promise<KnownKey | undefined> {
    const name = hash.toString('base64');
    const known = this.keys.get(name);
    if (known && known.until > Date.now()) return known.value;
    try {
      return await this.loadKey(name, hash);
    } catch (error) {
      if (known) return known.value;
      throw error;
    }
  }

  private async loadKey(name: string, hash: Buffer): Promise<KnownKey | undefined> {
    const askedAt = Date.now();
    const rows = await this.dataSource.query<KeyRow[]>(
      `WITH RECURSIVE ${lineOfKeys('key_hash = $1')}
       SELECT k.id, name, k.deployment_id, expires_at, rate_limit_per_minute, quota_per_day, quota_per_month,
         allowed_addresses, (SELECT id FROM line ORDER BY depth DESC LIMIT 1) AS line_id
       FROM deployment_key k WHERE key_hash = $1 AND revoked_at IS NULL`,
      [hash],
    );
    const value = rows[0] && toKnownKey(rows[0]);
    this.remember(this.keys, name, value, askedAt);
    return value;
  }

  forget(deploymentId: string): void {
    this.forgotten += 1;
    for (const [name, { value }] of this.endpoints)
      if (value.id === deploymentId) this.endpoints.delete(name);
    for (const [name, { value }] of this.keys)
      if (!value || value.deploymentId === deploymentId) this.keys.delete(name);
  }

  private async load(idOrSlug: string, triesLeft = MAX_RELOADS): Promise<Endpoint | undefined> {
    const askedAt = Date.now();
    const before = this.forgotten;
    const rows = await this.dataSource.query<EndpointRow[]>(
      `SELECT d.id, d.project_id, d.endpoint_slug, d.server_id, d.model_version_id, d.model_version_number, d.auth_mode,
         d.rate_limit_per_minute, d.desired_state, d.observed_state, d.failure_reason, d.contract, d.masked_columns,
         d.allowed_addresses, d.abstain_below, d.interval_coverage, d.split_field,
         coalesce((SELECT jsonb_agg(t) FROM (
           SELECT id, role, share_percent, server_id, model_version_id, model_version_number, observed_state, failure_reason, contract
           FROM deployment_target WHERE deployment_id = d.id AND role IN ('split', 'shadow')
         ) t), '[]') AS further
       FROM deployment d WHERE ${isUuid(idOrSlug) ? 'd.id' : 'd.endpoint_slug'} = $1`,
      [idOrSlug],
    );
    const row = rows[0];
    if (!row) {
      this.endpoints.delete(idOrSlug);
      return undefined;
    }
    const endpoint = await toEndpoint(row, {
      formOf: (id) => this.compiled.formOf(row.project_id, id),
      intervalOf: (id, contract) => this.intervals.of(row.project_id, id, contract, row.interval_coverage),
    });
    // It changed while it was read: what was read is not believed, else an old version would answer once more.
    if (this.forgotten !== before && triesLeft > 0) return this.load(idOrSlug, triesLeft - 1);
    this.remember(this.endpoints, idOrSlug, endpoint, askedAt);
    return endpoint;
  }

  /** A model that had to leave memory is not held by the endpoints that it answers for either. */
  private release(modelVersionId: string): void {
    for (const [name, { value }] of this.endpoints)
      if (servedBy(value).includes(modelVersionId)) this.endpoints.delete(name);
  }

  /** @param askedAt when the database was asked: a slow answer is as old as its question */
  private remember<T>(map: Map<string, Remembered<T>>, name: string, value: T, askedAt: number): void {
    if (map.size >= MAX_KNOWN) map.clear();
    map.set(name, { value, until: askedAt + BELIEVED_MS });
  }
}

function toKnownKey(row: KeyRow): KnownKey {
  return {
    id: row.id,
    name: row.name,
    lineId: row.line_id,
    deploymentId: row.deployment_id,
    expiresAt: row.expires_at,
    rateLimitPerMinute: row.rate_limit_per_minute,
    quotaPerDay: row.quota_per_day,
    quotaPerMonth: row.quota_per_month,
    addresses: new AddressList(row.allowed_addresses),
    caller: { kind: 'key', id: row.id, name: row.name },
  };
}

function servedBy({ targets, shadow }: Endpoint): string[] {
  const all = [...targets, ...(shadow ? [shadow] : [])];
  return all.map(({ target }) => target.modelVersionId);
}
