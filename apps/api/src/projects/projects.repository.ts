import type { ProjectRole } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly role: ProjectRole;
  readonly memberCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

export interface Membership {
  readonly userId: string;
  readonly role: ProjectRole;
  readonly createdAt: Date;
}

/** A project as one of its members sees it. */
const VISIBLE = `SELECT p.id, p.name, p.description, m.role, p.created_at AS "createdAt", p.updated_at AS "updatedAt",
    p.archived_at AS "archivedAt",
    (SELECT count(*)::int FROM project_member c WHERE c.project_id = p.id) AS "memberCount"
  FROM project p JOIN project_member m ON m.project_id = p.id AND m.user_id = $1
  WHERE p.deleting_at IS NULL`;

/** Every query on projects and members. Lists are by membership; everything else needs a scope. */
@Injectable()
export class ProjectsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async list(
    userId: string,
    options: { archived: boolean; limit: number; before: string | undefined },
  ): Promise<Project[]> {
    return this.dataSource.query<Project[]>(
      `${VISIBLE} AND (p.archived_at IS NOT NULL) = $2 AND ($4::uuid IS NULL OR p.id < $4) ORDER BY p.id DESC LIMIT $3`,
      [userId, options.archived, options.limit, options.before ?? null],
    );
  }

  async idsOf(userId: string): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT p.id FROM project p JOIN project_member m ON m.project_id = p.id
        WHERE m.user_id = $1 AND p.deleting_at IS NULL`,
      [userId],
    );
    return rows.map(({ id }) => id);
  }

  async find(scope: Scope, userId: string): Promise<Project | undefined> {
    return this.findOf(scope.projectId, userId);
  }

  /** By membership alone: the statement itself asks for it. */
  async findOf(projectId: string, userId: string): Promise<Project | undefined> {
    const rows = await this.dataSource.query<Project[]>(`${VISIBLE} AND p.id = $2`, [userId, projectId]);
    return rows[0];
  }

  async insert(
    project: { id: string; name: string; description: string; ownerId: string },
    manager: EntityManager,
  ): Promise<void> {
    const { id, name, description, ownerId } = project;
    await manager.query('INSERT INTO project (id, name, description, created_by) VALUES ($1, $2, $3, $4)', [
      id,
      name,
      description,
      ownerId,
    ]);
    await manager.query(`INSERT INTO project_member (project_id, user_id, role) VALUES ($1, $2, 'owner')`, [
      id,
      ownerId,
    ]);
  }

  async update(
    scope: Scope,
    change: { name?: string | undefined; description?: string | undefined; archived?: boolean | undefined },
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `UPDATE project SET
         name = coalesce($2, name),
         description = coalesce($3, description),
         archived_at = CASE WHEN $4::boolean IS NULL THEN archived_at
                            WHEN $4 THEN coalesce(archived_at, now()) ELSE NULL END,
         updated_at = now()
       WHERE id = $1`,
      [scope.projectId, change.name ?? null, change.description ?? null, change.archived ?? null],
    );
  }

  /** From here on nobody sees the project; the name has to fit. @returns whether it did */
  async markDeleting(scope: Scope, name: string, manager: EntityManager): Promise<boolean> {
    const [, count] = await manager.query<[unknown[], number]>(
      'UPDATE project SET deleting_at = now() WHERE id = $1 AND name = $2 AND deleting_at IS NULL',
      [scope.projectId, name],
    );
    return count > 0;
  }

  /** The last step of a deletion, when every room has let go. */
  async remove(scope: Scope): Promise<void> {
    await this.dataSource.query('DELETE FROM project WHERE id = $1 AND deleting_at IS NOT NULL', [
      scope.projectId,
    ]);
    await this.dataSource.query('DELETE FROM domain_event WHERE project_id = $1', [scope.projectId]);
  }

  async members(scope: Scope, limit: number, after: string | undefined): Promise<Membership[]> {
    return this.dataSource.query<Membership[]>(
      `SELECT user_id AS "userId", role, created_at AS "createdAt" FROM project_member
        WHERE project_id = $1 AND ($3::uuid IS NULL OR user_id > $3) ORDER BY user_id LIMIT $2`,
      [scope.projectId, limit, after ?? null],
    );
  }

  /** Locks the owners, so that two of them cannot leave at the same moment. */
  async ownersForUpdate(scope: Scope, manager: EntityManager): Promise<string[]> {
    const rows = await manager.query<{ user_id: string }[]>(
      `SELECT user_id FROM project_member WHERE project_id = $1 AND role = 'owner' ORDER BY user_id FOR UPDATE`,
      [scope.projectId],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** @returns undefined when the person is in the project already */
  async addMember(
    scope: Scope,
    userId: string,
    role: ProjectRole,
    manager: EntityManager,
  ): Promise<Membership | undefined> {
    const rows = await manager.query<Membership[]>(
      `INSERT INTO project_member (project_id, user_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
       RETURNING user_id AS "userId", role, created_at AS "createdAt"`,
      [scope.projectId, userId, role],
    );
    return rows[0];
  }

  async setRole(
    scope: Scope,
    userId: string,
    role: ProjectRole,
    manager: EntityManager,
  ): Promise<Membership | undefined> {
    const [rows] = await manager.query<[Membership[], number]>(
      `UPDATE project_member SET role = $3 WHERE project_id = $1 AND user_id = $2
       RETURNING user_id AS "userId", role, created_at AS "createdAt"`,
      [scope.projectId, userId, role],
    );
    return rows[0];
  }

  async removeMember(scope: Scope, userId: string, manager: EntityManager): Promise<boolean> {
    const [, count] = await manager.query<[unknown[], number]>(
      'DELETE FROM project_member WHERE project_id = $1 AND user_id = $2',
      [scope.projectId, userId],
    );
    return count > 0;
  }
}
