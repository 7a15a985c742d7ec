import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import {
  idsOfKind,
  LineageRegistry,
  type LineageDirection,
  type LineageEdge,
  type LineageNode,
  type LineageRef,
  type LineageSource,
} from '../platform/lineage/lineage-registry.js';

interface VersionRow {
  readonly id: string;
  readonly dataset_id: string;
  readonly name: string;
  readonly number: number;
  readonly status: string;
  readonly row_count: number | null;
  readonly source_kind: 'upload' | 'sample' | 'derived' | 'batch';
  readonly source_file_name: string;
  readonly created_at: Date;
}

const SHOWN_VERSIONS = 20;
const SOURCES = {
  sample: 'Sample',
  upload: 'Uploaded file',
  derived: 'Made of answered calls and their outcomes',
  batch: 'Answers of a batch job',
} as const;

/** Files and samples, and the dataset versions that were read from them. */
@Injectable()
export class DatasetLineage implements LineageSource, OnModuleInit {
  constructor(
    private readonly registry: LineageRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nodes(scope: Scope, refs: readonly LineageRef[]): Promise<LineageNode[]> {
    const versions = idsOfKind(refs, 'dataset-version');
    const sources = idsOfKind(refs, 'source');
    const rows = await this.versions(scope, [...versions, ...sources]);
    return rows.flatMap((row) => [
      ...(versions.includes(row.id) ? [versionNode(row)] : []),
      ...(sources.includes(row.id) && hasSource(row) ? [sourceNode(row)] : []),
    ]);
  }

  async edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
  ): Promise<LineageEdge[]> {
    const ids = idsOfKind(refs, direction === 'up' ? 'dataset-version' : 'source');
    const rows = await this.versions(scope, ids);
    return rows
      .filter(hasSource)
      .map(({ id }) => ({ from: { kind: 'source', id }, to: { kind: 'dataset-version', id } }));
  }

  async startOf(scope: Scope, kind: string, id: string): Promise<LineageRef[] | undefined> {
    if (kind === 'dataset-version') return [{ kind, id }];
    if (kind !== 'dataset') return undefined;
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM dataset_version WHERE project_id = $1 AND dataset_id = $2 ORDER BY number DESC LIMIT $3',
      [scope.projectId, id, SHOWN_VERSIONS],
    );
    return rows.map((row) => ({ kind: 'dataset-version', id: row.id }));
  }

  private async versions(scope: Scope, ids: readonly string[]): Promise<VersionRow[]> {
    if (ids.length === 0) return [];
    return this.dataSource.query(
      `SELECT v.id, v.dataset_id, d.name, v.number, v.status, v.row_count::float8 AS row_count, v.source_kind,
              v.source_file_name, v.created_at
       FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
       WHERE v.project_id = $1 AND v.id = ANY ($2::uuid[]) ORDER BY v.created_at DESC`,
      [scope.projectId, ids],
    );
  }
}

/** What was made here came of no file; the room that made it tells what it came of. */
function hasSource({ source_kind }: VersionRow): boolean {
  return source_kind !== 'batch';
}

function versionNode(row: VersionRow): LineageNode {
  return {
    kind: 'dataset-version',
    id: row.id,
    name: `${row.name} v${row.number}`,
    state: row.status,
    detail: row.row_count === null ? null : `${row.row_count.toLocaleString('en')} rows`,
    at: row.created_at,
    opens: { kind: 'dataset', id: row.dataset_id },
    version: row.number,
  };
}

function sourceNode(row: VersionRow): LineageNode {
  return {
    kind: 'source',
    id: row.id,
    name: row.source_file_name,
    state: row.source_kind,
    detail: SOURCES[row.source_kind],
    at: row.created_at,
    opens: { kind: 'dataset', id: row.dataset_id },
    version: row.number,
  };
}
