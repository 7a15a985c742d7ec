import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Settings of the whole installation, kept in the database so that every replica reads the same. */
@Injectable()
export class InstallationSettings {
  constructor(private readonly dataSource: DataSource) {}

  async read(name: string): Promise<unknown> {
    const rows = await this.dataSource.query<{ value: unknown }[]>(
      'SELECT value FROM installation_setting WHERE name = $1',
      [name],
    );
    return rows[0]?.value;
  }

  async write(name: string, value: unknown): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO installation_setting (name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()`,
      [name, JSON.stringify(value)],
    );
  }
}
