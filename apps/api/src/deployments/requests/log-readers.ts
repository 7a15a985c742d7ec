import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { decodeCursor, toPage, type Page, type PageQuery } from '../../platform/paging/page.js';
import { People } from '../../platform/people/people.js';
import type { PredictionLogAccess } from './log-access.dto.js';

export interface Reading {
  readonly deploymentId: string;
  readonly action: PredictionLogAccess['action'];
  /** What was read: a request, or a filter. */
  readonly subject: string;
  readonly clientAddress: string;
}

interface AccessRow {
  readonly id: string;
  readonly user_id: string;
  readonly action: PredictionLogAccess['action'];
  readonly subject: string;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly times: number;
  readonly client_address: string | null;
}

const MAX_SUBJECT = 500;

/** Who has read the prediction log, when and what (M12): written before anything is shown. */
@Injectable()
export class LogReaders {
  constructor(
    private readonly dataSource: DataSource,
    private readonly people: People,
  ) {}

  /** The same reading again within the hour is counted, not repeated: a screen reads the log as calls come in. */
  async note(scope: ProjectScope, { deploymentId, action, subject, clientAddress }: Reading): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO prediction_log_access AS a (id, project_id, deployment_id, user_id, action, subject, hour, client_address)
       VALUES ($1, $2, $3, $4, $5, $6, date_trunc('hour', now()), $7)
       ON CONFLICT (deployment_id, user_id, action, subject, hour) DO UPDATE SET
         times = a.times + 1, last_at = now(), client_address = excluded.client_address`,
      [
        uuidv7(),
        scope.projectId,
        deploymentId,
        scope.userId,
        action,
        subject.slice(0, MAX_SUBJECT),
        clientAddress,
      ],
    );
  }

  async list(scope: Scope, deploymentId: string, query: PageQuery): Promise<Page<PredictionLogAccess>> {
    const before = decodeCursor(query.cursor, 1)?.[0];
    const rows = await this.dataSource.query<AccessRow[]>(
      `SELECT id, user_id, action, subject, first_at, last_at, times, client_address FROM prediction_log_access
       WHERE deployment_id = $1 AND project_id = $2 AND ($3::text IS NULL OR id < $3::uuid)
       ORDER BY id DESC LIMIT $4`,
      [deploymentId, scope.projectId, before === undefined ? null : String(before), query.limit + 1],
    );
    const names = await this.people.displayNames(rows.map((row) => row.user_id));
    return toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => ({
        id: row.id,
        userId: row.user_id,
        userName: names.get(row.user_id) ?? null,
        action: row.action,
        subject: row.subject,
        firstAt: row.first_at.toISOString(),
        lastAt: row.last_at.toISOString(),
        times: row.times,
        clientAddress: row.client_address,
      }),
    );
  }
}
