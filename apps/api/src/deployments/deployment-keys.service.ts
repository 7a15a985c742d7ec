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
} from './deployment-key.dto.js';
import { DeploymentKey } from './deployment-key.entity.js';
import { DeploymentsService } from './deployments.service.js';
import { deriveKey, generateKey } from '../platform/secrets/key-format.js';
import { DEPLOYMENT_CHANGED } from './predict/endpoint-directory.js';

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
  ) {}

  /**
   * @param effect id for the key; with a seed the request may be a repeat, which gets the same key again
   * @throws Problem `invalid-request` for an end in the past
   */
  async create(
    scope: ProjectScope,
    deploymentId: string,
    request: CreateDeploymentKeyRequest,
    { id, seed }: { id: string; seed: string | undefined } = { id: uuidv7(), seed: undefined },
  ): Promise<DeploymentKeyResponse & { key: string; curl: string }> {
    const deployment = await this.deployments.require(scope, deploymentId);
    const { key, hash } =
      seed === undefined
        ? generateKey('mwk')
        : deriveKey('mwk', this.config.auth.jwtSecret, `deployment key ${id} ${seed}`);
    const earlier = seed === undefined ? undefined : await this.hashOf(scope, deploymentId, id);
    if (!earlier) await this.insert(scope, deploymentId, request, { id, key, hash });
    else if (!earlier.equals(hash)) throw madeBeforeNewSecret();
    const predictUrl = this.deployments.predictUrl(deployment.endpointSlug);
    const curl = predictCurl({ predictUrl, row: deployment.contract.example, needsKey: true, key });
    return { ...(await this.toResponse(await this.require(scope, deploymentId, id))), key, curl };
  }

  private async hashOf(scope: Scope, deploymentId: string, id: string): Promise<Buffer | undefined> {
    const where = { id, projectId: scope.projectId, deploymentId };
    const [key] = await this.keys.find({ where, select: { id: true, keyHash: true } });
    return key?.keyHash;
  }

  private async insert(
    scope: ProjectScope,
    deploymentId: string,
    { name, expiresAt: wanted }: CreateDeploymentKeyRequest,
    { id, key, hash }: { id: string; key: string; hash: Buffer },
  ): Promise<void> {
    const now = new Date();
    const expiresAt = wanted === undefined ? defaultKeyExpiry(now) : wanted && new Date(wanted);
    if (expiresAt && expiresAt <= now) {
      const errors = [{ pointer: '#/expiresAt', detail: 'lies in the past' }];
      throw new Problem('invalid-request', 'A key has to expire in the future.', { errors });
    }
    await this.keys.insert({
      id,
      projectId: scope.projectId,
      deploymentId,
      name,
      keyHash: hash,
      prefix: key.slice(0, SHOWN_PREFIX),
      lastFour: key.slice(-4),
      createdBy: scope.userId,
      expiresAt,
    });
    await this.notifier.notify(DEPLOYMENT_CHANGED, deploymentId);
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
    const names = await this.people.displayNames(page.items.map((row) => row.createdBy));
    return { nextCursor: page.nextCursor, items: page.items.map((row) => describeKey(row, names)) };
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

  private async toResponse(key: DeploymentKey): Promise<DeploymentKeyResponse> {
    return describeKey(key, await this.people.displayNames([key.createdBy]));
  }
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
  };
}
