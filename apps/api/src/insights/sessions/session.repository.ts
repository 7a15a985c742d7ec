import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';

export interface ModelSession {
  readonly modelVersionId: string;
  readonly projectId: string;
  /** Tells the containers of one model version apart. */
  readonly generation: number;
  readonly startedAt: Date;
}

interface Row {
  readonly model_version_id: string;
  readonly project_id: string;
  readonly generation: number;
  readonly started_at: Date;
}

const COLUMNS = 'model_version_id, project_id, generation, started_at';
/** Any number; the same in every process of the product. */
const SESSION_LOCK = 7_290_451_502;
/** A session that was used a moment ago is not taken away from its user. */
const IN_USE_SECONDS = 30;

/** Which model versions have a model server just now: shared by all replicas, and outliving them. */
@Injectable()
export class SessionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The session of a model version, or a new one if there is room or one that nobody uses can make room.
   * @returns undefined when all places are in use; `evicted` is the session that made room
   */
  async claim(
    scope: Scope,
    modelVersionId: string,
    limit: number,
  ): Promise<{ session: ModelSession; evicted?: ModelSession } | undefined> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [SESSION_LOCK]);
      const known = await manager.query<[Row[], number]>(
        `UPDATE model_session SET last_used_at = now() WHERE model_version_id = $1 AND project_id = $2 RETURNING ${COLUMNS}`,
        [modelVersionId, scope.projectId],
      );
      const [row] = known[0];
      if (row) return { session: toSession(row) };
      const counted: { sessions: number }[] = await manager.query(
        'SELECT count(*)::int AS sessions FROM model_session',
      );
      let evicted: ModelSession | undefined;
      if ((counted[0]?.sessions ?? 0) >= limit) {
        const [gone] = await manager.query<[Row[], number]>(
          `DELETE FROM model_session WHERE model_version_id = (
             SELECT model_version_id FROM model_session
              WHERE last_used_at < now() - make_interval(secs => $1) ORDER BY last_used_at LIMIT 1)
           RETURNING ${COLUMNS}`,
          [IN_USE_SECONDS],
        );
        if (!gone[0]) return undefined;
        evicted = toSession(gone[0]);
      }
      // Seconds since 1970: a session that starts anew never finds the container of the one before.
      const made: Row[] = await manager.query(
        `INSERT INTO model_session (model_version_id, project_id, generation)
         VALUES ($1, $2, extract(epoch FROM now())::int) RETURNING ${COLUMNS}`,
        [modelVersionId, scope.projectId],
      );
      const [session] = made.map(toSession);
      return session && { session, ...(evicted ? { evicted } : {}) };
    });
  }

  /** The session with a fresh generation, because its container has ended. @returns undefined when somebody was faster */
  async renew(session: ModelSession): Promise<ModelSession | undefined> {
    const [rows] = await this.dataSource.query<[Row[], number]>(
      `UPDATE model_session SET generation = generation + 1, started_at = now(), last_used_at = now()
        WHERE model_version_id = $1 AND project_id = $2 AND generation = $3 RETURNING ${COLUMNS}`,
      [session.modelVersionId, session.projectId, session.generation],
    );
    return rows[0] && toSession(rows[0]);
  }

  async touch(scope: Scope, modelVersionId: string): Promise<boolean> {
    const [, touched] = await this.dataSource.query<[Row[], number]>(
      'UPDATE model_session SET last_used_at = now() WHERE model_version_id = $1 AND project_id = $2',
      [modelVersionId, scope.projectId],
    );
    return touched > 0;
  }

  async remove(session: ModelSession): Promise<void> {
    await this.dataSource.query(
      'DELETE FROM model_session WHERE model_version_id = $1 AND project_id = $2 AND generation = $3',
      [session.modelVersionId, session.projectId, session.generation],
    );
  }

  /** Ends what belongs to a project. */
  async removeAll(scope: Scope): Promise<ModelSession[]> {
    const [rows] = await this.dataSource.query<[Row[], number]>(
      `DELETE FROM model_session WHERE project_id = $1 RETURNING ${COLUMNS}`,
      [scope.projectId],
    );
    return rows.map(toSession);
  }

  // -- background work -------------------------------------------------------------------------------------------

  /** Takes out what has not been used for a while. */
  async removeIdle(idleSeconds: number): Promise<ModelSession[]> {
    const [rows] = await this.dataSource.query<[Row[], number]>(
      `DELETE FROM model_session WHERE last_used_at < now() - make_interval(secs => $1) RETURNING ${COLUMNS}`,
      [idleSeconds],
    );
    return rows.map(toSession);
  }

  /** Generation of each session there is, by model version. */
  async generations(): Promise<Map<string, number>> {
    const rows: Row[] = await this.dataSource.query(`SELECT ${COLUMNS} FROM model_session`);
    return new Map(rows.map((row) => [row.model_version_id, row.generation]));
  }
}

function toSession(row: Row): ModelSession {
  return {
    modelVersionId: row.model_version_id,
    projectId: row.project_id,
    generation: row.generation,
    startedAt: row.started_at,
  };
}
