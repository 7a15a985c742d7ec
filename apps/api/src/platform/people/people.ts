import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

/** Names of users for showing beside what they made; nothing else about them. */
@Injectable()
export class People {
  constructor(private readonly dataSource: DataSource) {}

  /** @param userIds may repeat and may hold null for things nobody made */
  async displayNames(userIds: readonly (string | null)[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(userIds.filter((id) => id !== null))];
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.query<{ id: string; display_name: string }[]>(
      `SELECT id, display_name FROM app_user WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row.display_name]));
  }

  /** Ids of the members of a project, for telling them something. */
  async membersOf(projectId: string, manager: EntityManager = this.dataSource.manager): Promise<string[]> {
    const rows = await manager.query<{ user_id: string }[]>(
      'SELECT user_id FROM project_member WHERE project_id = $1 ORDER BY user_id',
      [projectId],
    );
    return rows.map((row) => row.user_id);
  }
}
