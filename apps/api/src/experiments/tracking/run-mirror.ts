import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** How far the experiments table has followed training, over all projects: for background work. */
@Injectable()
export class RunMirror {
  constructor(private readonly dataSource: DataSource) {}

  async newestChange(): Promise<Date | undefined> {
    const rows: { at: Date | null }[] = await this.dataSource.query(
      `SELECT max(source_updated_at) AS at FROM experiment_run WHERE kind = 'run'`,
    );
    return rows[0]?.at ?? undefined;
  }

  /** The state of each run that is shown, as milliseconds of its last change. */
  async statesOf(runIds: readonly string[]): Promise<Map<string, number>> {
    const rows: { id: string; at: Date | null }[] = await this.dataSource.query(
      `SELECT id, source_updated_at AS at FROM experiment_run WHERE id = ANY($1::uuid[]) AND kind = 'run'`,
      [runIds],
    );
    return new Map(rows.map(({ id, at }) => [id, at?.getTime() ?? 0]));
  }

  async entries(after: string | undefined, limit: number): Promise<{ id: string; projectId: string }[]> {
    return this.dataSource.query(
      `SELECT id, project_id AS "projectId" FROM experiment_run
        WHERE kind = 'run' AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
      [after ?? null, limit],
    );
  }
}
