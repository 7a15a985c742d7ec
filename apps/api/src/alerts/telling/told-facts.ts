import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';

/** For how long it is known that something was told. */
export const TOLD_FACTS_DAYS = 30;

/** Remembers what has been told, so that several replicas and a catch-up tell each thing once. */
@Injectable()
export class ToldFacts {
  constructor(private readonly dataSource: DataSource) {}

  /** Tells a fact unless somebody did: in the transaction that notes it, so both happen or neither. */
  async once(key: string, tell: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<unknown[]>(
        'INSERT INTO told_fact (key) VALUES ($1) ON CONFLICT DO NOTHING RETURNING key',
        [key],
      );
      if (rows.length > 0) await tell(manager);
    });
  }

  /** Which of these have not been told. */
  async untold(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<{ key: string }[]>(
      'SELECT key FROM unnest($1::text[]) AS k (key) WHERE NOT EXISTS (SELECT FROM told_fact t WHERE t.key = k.key)',
      [keys],
    );
    return new Set(rows.map(({ key }) => key));
  }

  /** What is told of a server that still answers stays: any change of its deployment would tell it again. */
  @Cron(CronExpression.EVERY_DAY_AT_3AM)
  async prune(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM told_fact WHERE at < now() - make_interval(days => $1) AND key NOT IN (
         SELECT 'deployment.' || state || ':' || d.id || ':' || d.server_id || ':' || d.generation
           FROM deployment d CROSS JOIN unnest(ARRAY['ready', 'failed']) AS state)`,
      [TOLD_FACTS_DAYS],
    );
  }
}
