import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { ACCESS_RULES, type AccessRule } from './access-rules.js';
import { Authenticator, type Authentication } from './authenticator.js';
import { Authorizer } from './authorizer.js';
import type { UserPrincipal } from './principal.js';
import './request-context.js';

const READING = new Set(['GET', 'HEAD']);

/** Stands before every handler. An operation without a rule is closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly authorizer: Authorizer,
    private readonly config: AppConfig,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operationId = context.getHandler().name;
    const rule = Object.hasOwn(ACCESS_RULES, operationId) ? ACCESS_RULES[operationId] : undefined;
    if (!rule) throw new Problem('not-found', 'There is nothing at this address.');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    await this.admit(rule, request);
    return true;
  }

  private async admit(rule: AccessRule, request: FastifyRequest): Promise<void> {
    if (rule.kind === 'public') return;
    if (rule.kind === 'deployment-call') return this.identifyCaller(request);
    if (rule.kind === 'scrape' && this.isScraper(request)) return;
    const user = await this.requireUser(request);
    request.principal = user;
    switch (rule.kind) {
      case 'signed-in':
        return requireTokenReach(user, request.method);
      case 'session':
        return requireSession(user);
      case 'admin':
        requireSession(user);
        return requireAdmin(user);
      case 'scrape':
        requireTokenReach(user, request.method);
        return requireAdmin(user);
      case 'project':
        request.projectScope = await this.authorizer.inProject(
          user,
          parameter(request, rule.param),
          rule.permission,
        );
        return;
      case 'resource':
        request.projectScope = await this.authorizer.onResource(
          user,
          rule.resource,
          parameter(request, rule.param),
          rule.permission,
        );
    }
  }

  /** Whoever the operator lets read the figures of the installation: the holder of the set token, or everybody. */
  private isScraper(request: FastifyRequest): boolean {
    const { token, isPublic } = this.config.metrics;
    const given = bearerOf(request);
    return isPublic || (token !== undefined && given !== undefined && isSame(given, token));
  }

  private async requireUser(request: FastifyRequest): Promise<UserPrincipal> {
    const credential = bearerOf(request);
    if (credential === undefined)
      throw unauthenticated('Send an access token: `Authorization: Bearer <token>`.');
    return this.identify(request, credential);
  }

  private async identify(request: FastifyRequest, credential: string): Promise<UserPrincipal> {
    const authentication = await this.authenticator.authenticate(credential);
    if (!authentication)
      throw unauthenticated('The access token is not valid or has expired. Sign in again.');
    request.authentication = authentication;
    request.credential = credential;
    return authentication.principal;
  }

  /** Predict takes keys, people and nobody; the deployments room decides who is enough (M4). */
  private async identifyCaller(request: FastifyRequest): Promise<void> {
    const header = request.headers['x-api-key'];
    const credential = typeof header === 'string' ? header : bearerOf(request);
    if (credential === undefined) request.principal = { kind: 'anonymous' };
    else if (credential.startsWith('mwk_')) request.principal = { kind: 'deployment-key', key: credential };
    else request.principal = await this.identify(request, credential);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The checked credential; streams end when it does. */
    authentication?: Authentication;
    /** What was checked; only for checking it again. */
    credential?: string;
  }
}

function bearerOf(request: FastifyRequest): string | undefined {
  const match = /^Bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(request.headers.authorization ?? '');
  return match?.[1];
}

function parameter(request: FastifyRequest, name: string): string | undefined {
  const params: unknown = request.params;
  if (typeof params !== 'object' || params === null) return undefined;
  const value: unknown = (params as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** Takes as long for a wrong guess as for a nearly right one. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function requireAdmin(user: UserPrincipal): void {
  if (!user.isAdmin)
    throw new Problem('permission-denied', 'Only administrators of this installation may do this.');
}

function requireSession(user: UserPrincipal): void {
  if (user.tokenScopes)
    throw new Problem(
      'permission-denied',
      'A personal access token cannot do this. Sign in with the console.',
    );
}

function requireTokenReach(user: UserPrincipal, method: string): void {
  if (!user.tokenScopes || user.tokenScopes.includes('manage')) return;
  if (READING.has(method) && user.tokenScopes.includes('read')) return;
  throw new Problem(
    'permission-denied',
    'The scopes of this token do not reach this. Make one with a wider scope.',
  );
}

function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
