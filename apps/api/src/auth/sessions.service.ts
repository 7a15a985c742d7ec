import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Problem } from '../platform/problems/problem.js';
import { generateToken, hashKey } from '../platform/secrets/key-format.js';
import { AccessTokens } from './access-tokens.js';
import { SessionsRepository, type RefreshToken } from './sessions.repository.js';
import { UsersRepository, type User } from './users.repository.js';

/** Parallel tabs and lost answers send the same token again within this time; later it counts as stolen (T42). */
const GRACE_SECONDS = 10;

export interface IssuedSession {
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** For the cookie. */
  readonly refreshToken: string;
  readonly user: User;
}

/** Sessions of browsers: a short access token, and a refresh token that changes with every use. */
@Injectable()
export class SessionsService {
  private readonly logger = new Logger('Sessions');

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly users: UsersRepository,
    private readonly tokens: AccessTokens,
    private readonly dataSource: DataSource,
  ) {}

  /** Starts a session for somebody who has just proved who they are. */
  async start(user: User, manager: EntityManager = this.dataSource.manager): Promise<IssuedSession> {
    return this.issue(user, uuid(), manager);
  }

  /** @throws Problem `session-expired` for a token that is unknown, spent, revoked or expired: all the same to the caller */
  async refresh(refreshToken: string): Promise<IssuedSession> {
    const hash = hashKey(refreshToken);
    const session = await this.dataSource.transaction(async (manager) => {
      const token = await this.sessions.findForUpdate(hash, manager);
      if (!token || token.isExpired || token.isRevoked) return undefined;
      if ((token.rotatedSecondsAgo ?? 0) > GRACE_SECONDS) {
        await this.endStolen(token, manager);
        return undefined;
      }
      const user = await this.users.find(token.userId, manager);
      if (!user || user.disabledAt) return undefined;
      await this.sessions.markRotated(hash, manager);
      return this.issue(user, token.familyId, manager);
    });
    // Thrown outside, so that ending a stolen family is not rolled back.
    if (!session) throw sessionExpired();
    await this.users.touch(session.user.id);
    return session;
  }

  /** Ends the session of the cookie. Access tokens of the user end too; open sessions elsewhere renew theirs unnoticed. */
  async end(refreshToken: string | undefined): Promise<void> {
    if (refreshToken === undefined) return;
    await this.dataSource.transaction(async (manager) => {
      const token = await this.sessions.findForUpdate(hashKey(refreshToken), manager);
      if (!token || token.isRevoked) return;
      await this.sessions.revokeFamily(token.familyId, manager);
      await this.users.raiseEpoch(token.userId, manager);
    });
  }

  /** Ends every session of a user, on every device and replica. */
  async endAll(userId: string, manager?: EntityManager): Promise<void> {
    if (!manager) return this.dataSource.transaction((own) => this.endAll(userId, own));
    await this.sessions.revokeAll(userId, manager);
    await this.users.raiseEpoch(userId, manager);
  }

  @Cron(CronExpression.EVERY_HOUR)
  async prune(): Promise<void> {
    await this.sessions.prune();
  }

  private async issue(user: User, familyId: string, manager: EntityManager): Promise<IssuedSession> {
    const { token, hash } = generateToken();
    await this.sessions.insert({ hash, familyId, userId: user.id }, manager);
    const access = this.tokens.sign(user.id, user.epoch);
    return { accessToken: access.token, expiresAt: access.expiresAt, refreshToken: token, user };
  }

  private async endStolen(token: RefreshToken, manager: EntityManager): Promise<void> {
    this.logger.warn(
      { userId: token.userId, familyId: token.familyId },
      'A spent refresh token was used again; its session is ended.',
    );
    await this.sessions.revokeFamily(token.familyId, manager);
    await this.users.raiseEpoch(token.userId, manager);
  }
}

function sessionExpired(): Problem {
  return new Problem('session-expired', 'The session has ended. Sign in again.');
}
