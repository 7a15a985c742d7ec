import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface QueueDepth {
  readonly kind: string;
  /** `active` is being worked on; `created` and `retry` wait for their turn. */
  readonly state: 'created' | 'retry' | 'active';
  readonly count: number;
}

/** How much durable work there is, in the whole installation. */
@Injectable()
export class QueueDepths {
  constructor(private readonly dataSource: DataSource) {}

  read(): Promise<QueueDepth[]> {
    return this.dataSource.query<QueueDepth[]>(
      `SELECT name AS kind, state::text AS state, count(*)::integer AS count FROM work_queue.job
       WHERE state IN ('created', 'retry', 'active') AND name NOT LIKE '\\_\\_pgboss%' GROUP BY 1, 2 ORDER BY 1, 2`,
    );
  }
}
