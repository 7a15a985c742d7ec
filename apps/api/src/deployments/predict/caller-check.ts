import { Injectable } from '@nestjs/common';
import { Authorizer, notFound } from '../../platform/authorization/authorizer.js';
import type { Principal, UserPrincipal } from '../../platform/authorization/principal.js';
import { Problem } from '../../platform/problems/problem.js';
import { hashKey, isWellFormedKey } from '../../platform/secrets/key-format.js';
import type { Endpoint } from './endpoint.js';
import { EndpointDirectory, type KnownKey } from './endpoint-directory.js';
import { KeyUse } from './key-use.js';

export interface Caller {
  readonly kind: 'key' | 'user' | 'anonymous';
  readonly id: string | null;
  readonly name: string | null;
}

export interface Admitted {
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  /** The key that opened the endpoint, with limits of its own. */
  readonly key?: KnownKey;
}

const MEMBER_BELIEVED_MS = 4_000;
const MAX_MEMBERS = 20_000;
const ANONYMOUS: Caller = { kind: 'anonymous', id: null, name: null };

/** Decides who may predict (M4). Members may in every mode; others get the same answer whether or not the endpoint exists. */
@Injectable()
export class CallerCheck {
  private readonly members = new Map<string, number>();

  constructor(
    private readonly directory: EndpointDirectory,
    private readonly authorizer: Authorizer,
    private readonly keyUse: KeyUse,
  ) {}

  async admit(
    principal: Principal,
    endpoint: Endpoint | undefined,
    clientAddress: string | null,
  ): Promise<Admitted> {
    switch (principal.kind) {
      case 'deployment-key':
        return this.admitKey(principal.key, endpoint, clientAddress);
      case 'user':
        return this.admitUser(principal, endpoint);
      case 'anonymous':
        if (endpoint?.authMode === 'public') return { endpoint, caller: ANONYMOUS };
        throw noCredential();
    }
  }

  private async admitKey(
    key: string,
    endpoint: Endpoint | undefined,
    clientAddress: string | null,
  ): Promise<Admitted> {
    const known = isWellFormedKey('mwk', key) ? await this.directory.findKey(hashKey(key)) : undefined;
    const expired = known?.expiresAt != null && known.expiresAt.getTime() <= Date.now();
    if (!known || expired || !endpoint || known.deploymentId !== endpoint.id) throw wrongKey();
    if (endpoint.authMode === 'workspace') throw wrongKey();
    this.keyUse.note(known.id, clientAddress);
    return { endpoint, caller: { kind: 'key', id: known.id, name: known.name }, key: known };
  }

  private async admitUser(user: UserPrincipal, endpoint: Endpoint | undefined): Promise<Admitted> {
    if (endpoint?.authMode === 'public') return { endpoint, caller: userCaller(user) };
    if (!endpoint) throw notFound('deployment');
    await this.requireMembership(user, endpoint);
    return { endpoint, caller: userCaller(user) };
  }

  /** A member's right is believed for as long as an endpoint is: a removed member is out within seconds. */
  private async requireMembership(user: UserPrincipal, endpoint: Endpoint): Promise<void> {
    const name = [user.userId, user.tokenScopes?.join('+') ?? 'session', endpoint.id].join(' ');
    if ((this.members.get(name) ?? 0) > Date.now()) return;
    await this.authorizer.onResource(user, 'deployment', endpoint.id, 'deployment:predict');
    if (this.members.size >= MAX_MEMBERS) this.members.clear();
    this.members.set(name, Date.now() + MEMBER_BELIEVED_MS);
  }
}

function userCaller(user: UserPrincipal): Caller {
  return { kind: 'user', id: user.userId, name: null };
}

function noCredential(): Problem {
  return new Problem('unauthenticated', 'Send a key of this deployment as "Authorization: Bearer <key>".');
}

function wrongKey(): Problem {
  return new Problem(
    'key-invalid',
    'The key does not open this deployment. It may be mistyped, revoked, expired or of another deployment.',
  );
}
