import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { isUniqueViolation } from '../platform/database/pg-errors.js';
import { decodeIdCursor, toPage, type Page } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import type { InviteUserRequest, UpdateUserRequest } from './auth.dto.js';
import { OneTimeLinks, type NewLink } from './one-time-links.js';
import { SessionsService } from './sessions.service.js';
import { UsersRepository, type User } from './users.repository.js';

/** How other rooms see a person. */
export interface Person {
  readonly id: string;
  readonly email: string | null;
  readonly displayName: string;
}

/** People of the installation, for administrators and for rooms that name people. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly sessions: SessionsService,
    private readonly links: OneTimeLinks,
    private readonly dataSource: DataSource,
  ) {}

  async get(userId: string): Promise<User> {
    const user = await this.users.find(userId);
    if (!user) throw new Problem('not-found', 'There is no user with this id.');
    return user;
  }

  async list(limit: number, cursor: string | undefined): Promise<Page<User>> {
    const rows = await this.users.page(limit + 1, decodeIdCursor(cursor));
    return toPage(
      rows,
      limit,
      (user) => [user.id],
      (user) => user,
    );
  }

  /** People by id, for lists that show names. */
  async people(ids: readonly string[]): Promise<ReadonlyMap<string, Person>> {
    const users = ids.length > 0 ? await this.users.findMany(ids) : [];
    return new Map(users.map(({ id, email, displayName }) => [id, { id, email, displayName }]));
  }

  /** Somebody who can be made a member; undefined when nobody here has that address or the account is shut. */
  async findPersonByEmail(email: string): Promise<Person | undefined> {
    const user = await this.users.findByEmail(email.trim());
    return user && !user.disabledAt
      ? { id: user.id, email: user.email, displayName: user.displayName }
      : undefined;
  }

  /** Makes an account and its one-time link. An account that was never used gets a new link. */
  async invite(request: InviteUserRequest): Promise<{ user: User; link: NewLink }> {
    const existing = await this.users.findByEmail(request.email);
    if (existing && (existing.passwordHash !== null || existing.disabledAt)) throw emailTaken();
    try {
      return await this.dataSource.transaction(async (manager) => {
        const id = existing?.id ?? uuid();
        const displayName = request.displayName ?? request.email.split('@', 1)[0] ?? request.email;
        if (existing) await this.links.revokeFor(id, manager);
        else
          await this.users.insert(
            { id, email: request.email, displayName, isAdmin: request.isAdmin },
            manager,
          );
        const link = await this.links.create('invite', id, manager);
        const user = await this.users.find(id, manager);
        if (!user) throw new Problem('not-found', 'The user is gone.');
        return { user, link };
      });
    } catch (error) {
      if (isUniqueViolation(error, 'uq_app_user__email')) throw emailTaken(error);
      throw error;
    }
  }

  async updateProfile(userId: string, change: { displayName?: string | undefined }): Promise<User> {
    await this.users.update(userId, change, this.dataSource.manager);
    return this.get(userId);
  }

  /** @throws Problem `last-admin` when nobody would be left to administer the installation */
  async update(userId: string, change: UpdateUserRequest): Promise<User> {
    return this.dataSource.transaction(async (manager) => {
      const admins = await this.users.countAdmins(manager);
      const user = await this.users.find(userId, manager);
      if (!user) throw new Problem('not-found', 'There is no user with this id.');
      const leaves =
        user.isAdmin && !user.disabledAt && (change.isAdmin === false || change.disabled === true);
      if (leaves && admins <= 1)
        throw new Problem(
          'last-admin',
          'This is the last administrator. Make somebody else an administrator first.',
        );
      await this.users.update(userId, change, manager);
      if (change.disabled === true) {
        await this.sessions.endAll(userId, manager);
        await this.links.revokeFor(userId, manager);
      }
      return (await this.users.find(userId, manager)) ?? user;
    });
  }
}

function emailTaken(cause?: unknown): Problem {
  return new Problem('email-taken', 'There is an account with this e-mail address already.', { cause });
}
