import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

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
}
