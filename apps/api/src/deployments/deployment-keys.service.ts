import { predictCurl } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { People } from '../platform/people/people.js';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { AppConfig } from '../platform/config/app-config.js';
import { Notifier } from '../platform/events/domain-events.js';
import { decodeCursor, toPage, type Page, type PageQuery } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import {
  defaultKeyExpiry,
  type CreateDeploymentKeyRequest,
  type DeploymentKeyResponse,
  type RotateDeploymentKeyRequest,
  type UpdateDeploymentKeyRequest,
} from './deployment-key.dto.js';
import { exampleRowOf } from './contract-schema.js';
import { DeploymentKey } from './deployment-key.entity.js';
import { AlreadyReplaced, DeploymentKeysRepository, type QuotaUse } from './deployment-keys.repository.js';
import type { Deployment } from './deployment.entity.js';
import { DeploymentsService } from './deployments.service.js';
import { deriveKey, generateKey } from '../platform/secrets/key-format.js';
import { DEPLOYMENT_CHANGED } from './predict/endpoint-directory.js';

const HOUR_MS = 3_600_000;

/** How a key is made: id for the key; with a seed the request may be a repeat, which gets the same key again. */
interface Making {
  readonly id: string;
  readonly seed: string | undefined;
}

type CreatedKey = DeploymentKeyResponse & { key: string; curl: string };

/** `mwk_` and four characters: enough to recognise a key. */
const SHOWN_PREFIX = 8;

/** Keys of deployments (M13): shown once, stored hashed, revoked at once on every replica. */
@Injectable()
export class DeploymentKeysService {
  constructor(
    @InjectRepository(DeploymentKey) private readonly keys: Repository<DeploymentKey>,
    private readonly deployments: DeploymentsService,
    private readonly people: People,
    private readonly notifier: Notifier,
    private readonly config: AppConfig,
    private readonly repository: DeploymentKeysRepository,
  ) {}

  /** @throws Problem `invalid-request` for an end in the past */
  async create(
    scope: ProjectScope,
    deploymentId: string,
    request: CreateDeploymentKeyRequest,
    making: Making = { id: uuidv7(), seed: undefined },
  ): Promise<CreatedKey> {
    const deployment = await this.deployments.require(scope, deploymentId);
    return this.make(scope, deployment, making, async (secret) => {
      await this.keys.insert(this.rowOf(scope, deploymentId, request, secret));
    });
  }

  /**
   * A new key in the place of an old one, which goes on working for a while: callers change over without a gap.
   * @throws Problem `conflict` for a key that is over or has a successor
   */
  async rotate(
    scope: ProjectScope,
    deploymentId: string,
    keyId: string,
    { overlapHours }: RotateDeploymentKeyRequest,
    making: Making = { id: uuidv7(), seed: undefined },
  ): Promise<CreatedKey> {
    const deployment = await this.deployments.require(scope, deploymentId);
    const old = await this.require(scope, deploymentId, keyId);
    return this.make(scope, deployment, making, async (secret) => {
      const now = Date.now();
      if (old.revokedAt || (old.expiresAt && old.expiresAt.getTime() <= now)) throw notRotatable(old);
      const term = old.expiresAt && old.expiresAt.getTime() - old.createdAt.getTime();
      const expiresAt = term === null ? null : new Date(now + term).toISOString();
      const fresh = this.rowOf(scope, deploymentId, { ...old, expiresAt }, secret);
      const endsAt = new Date(now + overlapHours * HOUR_MS);
      await this.repository.rotate(scope, keyId, endsAt, fresh).catch((error: unknown) => {
        throw error instanceof AlreadyReplaced ? notRotatable(old) : error;
      });
    });
  }

  /** Changes the name and limits of a key; a change holds on every replica within seconds. */
  async update(
    scope: Scope,
    deploymentId: string,
    keyId: string,
    change: UpdateDeploymentKeyRequest,
  ): Promise<DeploymentKeyResponse> {
    await this.require(scope, deploymentId, keyId);
    if (Object.keys(change).length > 0) {
      await this.keys.update({ id: keyId, projectId: scope.projectId, deploymentId }, change);
      await this.notifier.notify(DEPLOYMENT_CHANGED, deploymentId);
    }
    return this.toResponse(scope, await this.require(scope, deploymentId, keyId));
  }

  /** Makes the secret, stores the key unless an earlier try did, and shows it this once. */
  private async make(
    scope: ProjectScope,
    deployment: Deployment,
    { id, seed }: Making,
    store: (secret: { id: string; key: string; hash: Buffer }) => Promise<void>,
  ): Promise<CreatedKey> {
    const { key, hash } =
      seed === undefined
        ? generateKey('mwk')
        : deriveKey('mwk', this.config.auth.jwtSecret, `deployment key ${id} ${seed}`);
    const earlier = seed === undefined ? undefined : await this.hashOf(scope, deployment.id, id);
    if (!earlier) {
      await store({ id, key, hash });
      await this.notifier.notify(DEPLOYMENT_CHANGED, deployment.id);
    } else if (!earlier.equals(hash)) throw madeBeforeNewSecret();
    const predictUrl = this.deployments.predictUrl(deployment.endpointSlug);
    const curl = predictCurl({ predictUrl, row: exampleRowOf(deployment.contract), needsKey: true, key });
    return { ...(await this.toResponse(scope, await this.require(scope, deployment.id, id))), key, curl };
  }

  private async hashOf(scope: Scope, deploymentId: string, id: string): Promise<Buffer | undefined> {
    const where = { id, projectId: scope.projectId, deploymentId };
    const [key] = await this.keys.find({ where, select: { id: true, keyHash: true } });
    return key?.keyHash;
  }

  private rowOf(
    scope: ProjectScope,
    deploymentId: string,
    request: Omit<CreateDeploymentKeyRequest, 'expiresAt'> & {
      readonly expiresAt?: string | null | undefined;
    },
    { id, key, hash }: { id: string; key: string; hash: Buffer },
  ) {
    const now = new Date();
    const { expiresAt: wanted } = request;
    const expiresAt = wanted === undefined ? defaultKeyExpiry(now) : wanted && new Date(wanted);
    if (expiresAt && expiresAt <= now) {
      const errors = [{ pointer: '#/expiresAt', detail: 'lies in the past' }];
      throw new Problem('invalid-request', 'A key has to expire in the future.', { errors });
    }
    return {
      id,
      projectId: scope.projectId,
      deploymentId,
      name: request.name,
      keyHash: hash,
      prefix: key.slice(0, SHOWN_PREFIX),
      lastFour: key.slice(-4),
      createdBy: scope.userId,
      expiresAt: expiresAt || null,
      rateLimitPerMinute: request.rateLimitPerMinute,
      quotaPerDay: request.quotaPerDay,
      quotaPerMonth: request.quotaPerMonth,
      allowedAddresses: request.allowedAddresses,
    };
  }

  async list(scope: Scope, deploymentId: string, query: PageQuery): Promise<Page<DeploymentKeyResponse>> {
    await this.deployments.require(scope, deploymentId);
    const before = decodeCursor(query.cursor, 1)?.[0];
    const rows = await this.keys.find({
      where: {
        projectId: scope.projectId,
        deploymentId,
        ...(before === undefined ? {} : { id: LessThan(String(before)) }),
      },
      order: { id: 'DESC' },
      take: query.limit + 1,
    });
    const page = toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => row,
    );
    const [names, uses] = await Promise.all([
      this.people.displayNames(page.items.map((row) => row.createdBy)),
      this.repository.quotaUse(
        scope,
        page.items.map(({ id }) => id),
      ),
    ]);
    const items = page.items.map((row) => describeKey(row, names, uses.get(row.id)));
    return { nextCursor: page.nextCursor, items };
  }

  /** Revoking a revoked key changes nothing. */
  async revoke(scope: Scope, deploymentId: string, keyId: string): Promise<void> {
    await this.require(scope, deploymentId, keyId);
    await this.keys.update(
      { id: keyId, projectId: scope.projectId, deploymentId, revokedAt: IsNull() },
      { revokedAt: new Date() },
    );
    await this.notifier.notify(DEPLOYMENT_CHANGED, deploymentId);
  }

  private async require(scope: Scope, deploymentId: string, keyId: string): Promise<DeploymentKey> {
    const key = await this.keys.findOneBy({ id: keyId, projectId: scope.projectId, deploymentId });
    if (!key) throw new Problem('not-found', `The deployment has no key ${keyId}.`);
    return key;
  }

  private async toResponse(scope: Scope, key: DeploymentKey): Promise<DeploymentKeyResponse> {
    const uses = await this.repository.quotaUse(scope, [key.id]);
    return describeKey(key, await this.people.displayNames([key.createdBy]), uses.get(key.id));
  }
}

function notRotatable({ name }: DeploymentKey): Problem {
  return new Problem(
    'conflict',
    `Key "${name}" was replaced, revoked or has expired already. Make a new key instead.`,
  );
}

function madeBeforeNewSecret(): Problem {
  return new Problem(
    'idempotency-mismatch',
    'This key was made before the secret of the installation changed, so it cannot be shown again. Revoke it and make another.',
  );
}

function describeKey(
  key: DeploymentKey,
  names: ReadonlyMap<string, string>,
  use: QuotaUse | undefined,
  now = new Date(),
): DeploymentKeyResponse {
  const expired = key.expiresAt !== null && key.expiresAt <= now;
  return {
    id: key.id,
    deploymentId: key.deploymentId,
    name: key.name,
    prefix: key.prefix,
    lastFour: key.lastFour,
    status: key.revokedAt ? 'revoked' : expired ? 'expired' : 'active',
    createdBy: key.createdBy === null ? null : (names.get(key.createdBy) ?? null),
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    lastUsedFrom: key.lastUsedFrom,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    rateLimitPerMinute: key.rateLimitPerMinute,
    quotaPerDay: key.quotaPerDay,
    quotaPerMonth: key.quotaPerMonth,
    allowedAddresses: key.allowedAddresses,
    usedToday: key.quotaPerDay === null ? null : (use?.day ?? 0),
    usedThisMonth: key.quotaPerMonth === null ? null : (use?.month ?? 0),
    replacedBy: key.replacedBy,
  };
}
