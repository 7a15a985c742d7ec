import type { ProjectRole } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { UsersService, type Person } from '../auth/users.service.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { isUuid } from '../platform/authorization/uuid.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { decodeIdCursor, toPage, type Page } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { Invitations } from './invitations.js';
import type { AddMemberRequest } from './project.dto.js';
import { ProjectsRepository, type Membership } from './projects.repository.js';

export interface Member extends Membership {
  readonly displayName: string;
  readonly email: string | null;
}

/** Who is in a project, and as what. There is always an owner. */
@Injectable()
export class MembersService {
  constructor(
    private readonly repository: ProjectsRepository,
    private readonly users: UsersService,
    private readonly events: DomainEvents,
    private readonly dataSource: DataSource,
    private readonly invitations: Invitations,
  ) {}

  async list(scope: ProjectScope, limit: number, cursor: string | undefined): Promise<Page<Member>> {
    const rows = await this.repository.members(scope, limit + 1, decodeIdCursor(cursor));
    const people = await this.users.people(rows.map(({ userId }) => userId));
    return toPage(
      rows,
      limit,
      ({ userId }) => [userId],
      (membership) => withPerson(membership, people.get(membership.userId)),
    );
  }

  /**
   * Tells owners whether an e-mail address has an account here, knowingly: the members of an installation know each
   * other, and a project is shared by address. Strangers cannot ask (signing in answers alike for everybody, T44).
   */
  async add(scope: ProjectScope, { email, role }: AddMemberRequest): Promise<Member> {
    const person = await this.users.findPersonByEmail(email);
    if (!person)
      throw new Problem(
        'invalid-request',
        'Nobody here has this e-mail address. Ask an administrator to invite them first.',
        {
          errors: [{ pointer: '#/email', detail: 'has no account in this installation' }],
        },
      );
    const membership = await this.changing(scope, async (manager) => {
      const added = await this.repository.addMember(scope, person.id, role, manager);
      if (added && person.id !== scope.userId) await this.invitations.tell(scope, added, manager);
      return added;
    });
    if (!membership)
      throw new Problem(
        'conflict',
        `${person.displayName} is in this project already. Change the role instead.`,
      );
    return withPerson(membership, person);
  }

  /** @throws Problem `last-owner` */
  async setRole(scope: ProjectScope, userId: string, role: ProjectRole): Promise<Member> {
    const membership = await this.changing(scope, async (manager) => {
      if (role !== 'owner') await this.requireAnotherOwner(scope, userId, manager);
      return isUuid(userId) ? this.repository.setRole(scope, userId, role, manager) : undefined;
    });
    if (!membership) throw noSuchMember();
    const people = await this.users.people([userId]);
    return withPerson(membership, people.get(userId));
  }

  /** @throws Problem `last-owner` */
  async remove(scope: ProjectScope, userId: string): Promise<void> {
    const removed = await this.changing(scope, async (manager) => {
      await this.requireAnotherOwner(scope, userId, manager);
      return isUuid(userId) && this.repository.removeMember(scope, userId, manager);
    });
    if (!removed) throw noSuchMember();
  }

  private async requireAnotherOwner(
    scope: ProjectScope,
    userId: string,
    manager: EntityManager,
  ): Promise<void> {
    const owners = await this.repository.ownersForUpdate(scope, manager);
    if (owners.length === 1 && owners[0] === userId.toLowerCase())
      throw new Problem(
        'last-owner',
        'This is the last owner of the project. Make somebody else an owner first.',
      );
  }

  private changing<T>(scope: ProjectScope, change: (manager: EntityManager) => Promise<T>): Promise<T> {
    const { projectId } = scope;
    return this.dataSource.transaction(async (manager) => {
      const result = await change(manager);
      await this.events.publish(
        { type: 'project.updated', projectId, entity: { kind: 'project', id: projectId } },
        manager,
      );
      return result;
    });
  }
}

function withPerson(membership: Membership, person: Person | undefined): Member {
  return {
    ...membership,
    displayName: person?.displayName ?? 'Somebody who left',
    email: person?.email ?? null,
  };
}

function noSuchMember(): Problem {
  return new Problem('not-found', 'Nobody with this id is in the project.');
}
