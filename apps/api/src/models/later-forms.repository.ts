import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';

/** What a translation after training came to. */
export interface LaterForm {
  /** Where its bytes are; null when it was refused. */
  readonly file: { readonly key: string; readonly sha256: string; readonly sizeBytes: number } | null;
  /** What `compiled.json` said. */
  readonly report: Readonly<Record<string, unknown>>;
}

interface Row {
  readonly artifact_key: string | null;
  readonly sha256: string | null;
  /** Postgres gives bigint as text. */
  readonly size_bytes: string | null;
  readonly report: Record<string, unknown>;
}

/** Compiled forms that were made after training: one for each version, the newest. */
@Injectable()
export class LaterForms {
  constructor(private readonly dataSource: DataSource) {}

  async find(scope: Scope, modelVersionId: string): Promise<LaterForm | undefined> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT artifact_key, sha256, size_bytes, report FROM model_compiled_form
        WHERE model_version_id = $1 AND project_id = $2`,
      [modelVersionId, scope.projectId],
    );
    const [row] = rows;
    if (!row) return undefined;
    const { artifact_key: key, sha256, size_bytes: size, report } = row;
    const isWhole = key !== null && sha256 !== null && size !== null;
    return { file: isWhole ? { key, sha256, sizeBytes: Number(size) } : null, report };
  }

  async put(
    scope: Scope,
    modelVersionId: string,
    { file, report }: LaterForm,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO model_compiled_form (model_version_id, project_id, artifact_key, sha256, size_bytes, report)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (model_version_id) DO UPDATE SET artifact_key = excluded.artifact_key, sha256 = excluded.sha256,
         size_bytes = excluded.size_bytes, report = excluded.report, created_at = now()`,
      [
        modelVersionId,
        scope.projectId,
        file?.key ?? null,
        file?.sha256 ?? null,
        file?.sizeBytes ?? null,
        JSON.stringify(report),
      ],
    );
  }

  /** Of these versions, those that were translated or refused after training. */
  async among(modelVersionIds: readonly string[]): Promise<Set<string>> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT model_version_id AS id FROM model_compiled_form WHERE model_version_id = ANY($1::uuid[])',
      [modelVersionIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
