import { Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AppConfig } from '../platform/config/app-config.js';
import { isUniqueViolation } from '../platform/database/pg-errors.js';
import { Problem } from '../platform/problems/problem.js';
import { hashKey } from '../platform/secrets/key-format.js';
import type { SetPasswordRequest, SignInRequest } from './auth.dto.js';
import { OneTimeLinks } from './one-time-links.js';
import { PasswordHasher } from './password-hasher.js';
import { weaknessOfPassword } from './password-rules.js';
import { SessionsService, type IssuedSession } from './sessions.service.js';
import { UsersRepository, type User } from './users.repository.js';

/** Any number; first administrators are made one at a time. */
const FIRST_ADMIN_LOCK = 7_290_451_002;

/** Called as soon as a secret was right, so that only wrong ones count against the limits on guessing. */
export type Proven = () => Promise<void>;

/** The ways in: link, password; and the change of the password. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersRepository,
    private readonly sessions: SessionsService,
    private readonly links: OneTimeLinks,
    private readonly passwords: PasswordHasher,
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {}

  /** @throws Problem `link-invalid` for a link that is unknown, used or expired, without telling which */
  async redeemLink(token: string): Promise<IssuedSession> {
    return this.dataSource.transaction(async (manager) => {
      const user = await this.userOfLink(token, manager);
      if (!user || user.disabledAt)
        throw new Problem(
          'link-invalid',
          'This sign-in link is not valid any more: links work once and for a limited time. Ask for a new one (npm run link, or an administrator).',
        );
      return this.sessions.start(user, manager);
    });
  }

  /** @throws Problem `invalid-credentials` whatever is wrong with them, in the same time */
  async signIn({ email, password }: SignInRequest, proven: Proven): Promise<IssuedSession> {
    const user = await this.users.findByEmail(email);
    const usable = user && !user.disabledAt ? (user.passwordHash ?? undefined) : undefined;
    if (!(await this.passwords.verify(usable, password)) || !user)
      throw new Problem('invalid-credentials', 'E-mail or password is wrong.');
    await proven();
    await this.users.touch(user.id);
    return this.sessions.start(user);
  }

  /** Ends all other sessions, and starts a new one for the caller. */
  async setPassword(userId: string, request: SetPasswordRequest, proven: Proven): Promise<IssuedSession> {
    const user = await this.requireUser(userId);
    const email = user.email ?? request.email ?? null;
    if (email === null) throw fieldProblem('#/email', 'Give an e-mail address: it is what you sign in with.');
    if (user.passwordHash !== null)
      await this.checkCurrent(user.passwordHash, request.currentPassword, proven);
    const weakness = weaknessOfPassword(request.newPassword, email);
    if (weakness) throw fieldProblem('#/newPassword', weakness);
    const hash = await this.passwords.hash(request.newPassword);
    try {
      return await this.dataSource.transaction(async (manager) => {
        await this.users.setPassword(userId, hash, user.email === null ? email : null, manager);
        await this.sessions.endAll(userId, manager);
        await this.links.revokeFor(userId, manager);
        const changed = await this.requireUser(userId, manager);
        return this.sessions.start(changed, manager);
      });
    } catch (error) {
      if (isUniqueViolation(error, 'uq_app_user__email'))
        throw new Problem('email-taken', 'Somebody here has this e-mail address already. Use another one.', {
          cause: error,
        });
      throw error;
    }
  }

  private async requireUser(userId: string, manager?: EntityManager): Promise<User> {
    const user = await this.users.find(userId, manager);
    if (!user) throw new Problem('unauthenticated', 'The account is gone.');
    return user;
  }

  private async checkCurrent(hash: string, current: string | undefined, proven: Proven): Promise<void> {
    if (current === undefined || !(await this.passwords.verify(hash, current)))
      throw fieldProblem('#/currentPassword', 'The current password is missing or wrong.');
    await proven();
  }

  private async userOfLink(token: string, manager: EntityManager): Promise<User | undefined> {
    const link = await this.links.redeem(token, manager);
    if (link?.userId) return this.users.find(link.userId, manager);
    if (link?.purpose === 'start') return this.firstAdmin(manager);
    if (!link && this.isAdminToken(token)) return this.makeFirstAdmin(manager, true);
    return undefined;
  }

  private async firstAdmin(manager: EntityManager): Promise<User | undefined> {
    return (await this.users.findFirstAdmin(manager)) ?? this.makeFirstAdmin(manager, false);
  }

  /** @param onlyFirst whether an administrator that exists already ends the matter: ADMIN_TOKEN works once (E14) */
  private async makeFirstAdmin(manager: EntityManager, onlyFirst: boolean): Promise<User | undefined> {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [FIRST_ADMIN_LOCK]);
    const existing = await this.users.findFirstAdmin(manager);
    if (existing) return onlyFirst ? undefined : existing;
    const id = uuid();
    await this.users.insert({ id, email: null, displayName: 'Administrator', isAdmin: true }, manager);
    return this.users.find(id, manager);
  }

  private isAdminToken(token: string): boolean {
    const { adminToken } = this.config.auth;
    return adminToken !== undefined && timingSafeEqual(hashKey(token), hashKey(adminToken));
  }
}

function fieldProblem(pointer: string, detail: string): Problem {
  return new Problem('invalid-request', detail, { errors: [{ pointer, detail }] });
}
