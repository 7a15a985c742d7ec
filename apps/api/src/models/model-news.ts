import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

interface AboutModel {
  readonly projectId: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly at: Date;
}

/** A new version of a model. */
export interface RegisteredVersion extends AboutModel {
  readonly modelVersionId: string;
  readonly version: number;
  readonly source: string;
  /** Null for one that was imported. */
  readonly runId: string | null;
}

/** One line of the history of an alias. */
export interface AliasChangeNews extends AboutModel {
  readonly changeId: string;
  readonly alias: string;
  readonly kind: 'set' | 'moved' | 'rolled-back' | 'removed';
  readonly fromVersion: number | null;
  readonly toVersion: number | null;
  readonly toVersionId: string | null;
  readonly reason: string;
  readonly changedBy: string | null;
}

const MOST = 500;

/** What rooms that tell people need to know about models. */
@Injectable()
export class ModelNews {
  constructor(private readonly dataSource: DataSource) {}

  /** Versions made since then, newest first. @param modelId of one model; undefined: of all projects */
  registeredSince(since: Date, modelId?: string): Promise<RegisteredVersion[]> {
    return this.dataSource.query<RegisteredVersion[]>(
      `SELECT v.project_id AS "projectId", m.id AS "modelId", m.name AS "modelName", v.created_at AS at,
         v.id AS "modelVersionId", v.number AS version, v.source, v.run_id AS "runId"
       FROM model_version v JOIN model m ON m.id = v.model_id
       WHERE v.created_at >= $1 AND ($2::uuid IS NULL OR m.id = $2) ORDER BY v.created_at DESC LIMIT ${MOST}`,
      [since, modelId ?? null],
    );
  }

  /** Changes of aliases since then, newest first. @param modelId of one model; undefined: of all projects */
  aliasChangesSince(since: Date, modelId?: string): Promise<AliasChangeNews[]> {
    return this.dataSource.query<AliasChangeNews[]>(
      `SELECT c.project_id AS "projectId", m.id AS "modelId", m.name AS "modelName", c.changed_at AS at,
         c.id AS "changeId", c.alias, c.kind, c.from_version_number AS "fromVersion", c.to_version_number AS "toVersion",
         c.to_version_id AS "toVersionId", c.reason, c.changed_by_name AS "changedBy"
       FROM model_alias_change c JOIN model m ON m.id = c.model_id
       WHERE c.changed_at >= $1 AND ($2::uuid IS NULL OR m.id = $2) ORDER BY c.changed_at DESC LIMIT ${MOST}`,
      [since, modelId ?? null],
    );
  }
}
