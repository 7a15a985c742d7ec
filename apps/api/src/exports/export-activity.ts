import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import type { ActivityItem, ActivitySource } from '../platform/facts/project-facts.js';
import { FORMATS } from './export-formats.js';
import type { ExportFormat, ExportStatus } from './export.entity.js';
import type { ImportStatus } from './imports/import.entity.js';

interface Job {
  readonly id: string;
  readonly project_id: string;
  readonly step: string | null;
  readonly percent: number;
  readonly reason: string | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly model_id: string | null;
  readonly number: number | null;
}

interface ExportRow extends Job {
  readonly status: ExportStatus;
  readonly format: ExportFormat;
  readonly model_name: string;
}

interface ImportRow extends Job {
  readonly status: ImportStatus;
  readonly file_name: string;
}

const SHARED = 'j.id, j.project_id, j.status, j.step, j.percent, j.reason, j.created_at, j.finished_at';
const EXPORTS = `SELECT ${SHARED}, j.format, m.id AS model_id, m.name AS model_name, v.number
  FROM model_export j JOIN model_version v ON v.id = j.model_version_id JOIN model m ON m.id = v.model_id`;
const IMPORTS = `SELECT ${SHARED}, j.file_name, v.model_id, v.number
  FROM model_import j LEFT JOIN model_version v ON v.import_id = j.id`;

/** What the activity drawer says about exports and imports. */
@Injectable()
export class ExportActivity implements ActivitySource, OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.registerActivity(this);
  }

  async activity(projectIds: readonly string[], limit: number): Promise<ActivityItem[]> {
    const [exports, imports] = await Promise.all([
      this.jobs<ExportRow>(EXPORTS, projectIds, limit),
      this.jobs<ImportRow>(IMPORTS, projectIds, limit),
    ]);
    return [...exports.map(ofExport), ...imports.map(ofImport)];
  }

  private async jobs<T>(select: string, projectIds: readonly string[], limit: number): Promise<T[]> {
    const some = (condition: string): Promise<T[]> =>
      this.dataSource.query(`${select} WHERE j.project_id = ANY($1::uuid[]) AND ${condition} LIMIT $2`, [
        projectIds,
        limit,
      ]);
    const [active, ended] = await Promise.all([
      some('j.finished_at IS NULL ORDER BY j.created_at DESC'),
      some('j.finished_at IS NOT NULL ORDER BY j.finished_at DESC'),
    ]);
    return [...active, ...ended];
  }
}

function ofExport(row: ExportRow): ActivityItem {
  const format = FORMATS.find((one) => one.format === row.format)?.label ?? row.format;
  return {
    ...ofJob(row),
    kind: 'export',
    entity: { kind: 'model', id: row.model_id ?? row.id },
    title: `${format} of ${row.model_name} v${row.number}`,
    status: row.status,
  };
}

function ofImport(row: ImportRow): ActivityItem {
  const isRead = row.status === 'usable';
  return {
    ...ofJob(row),
    kind: 'import',
    entity: row.model_id === null ? { kind: 'import', id: row.id } : { kind: 'model', id: row.model_id },
    title: `Import of ${row.file_name}`,
    status: isRead ? 'succeeded' : row.status === 'refused' ? 'failed' : row.status,
    ...(isRead && row.model_id === null ? { detail: 'Looked at; not registered yet' } : {}),
  };
}

function ofJob(row: Job & { readonly status: string }) {
  const isRunning = row.status === 'running';
  return {
    id: row.id,
    projectId: row.project_id,
    version: row.number,
    detail: row.reason ?? (isRunning ? row.step : null),
    progress: isRunning ? Math.min(1, Math.max(0, row.percent / 100)) : null,
    startedAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
