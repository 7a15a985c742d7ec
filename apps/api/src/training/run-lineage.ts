import { metricNamed } from '@modelwright/contracts';
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

interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly metric: string;
  readonly best_score: number | null;
  readonly created_at: Date;
}

interface JointRow {
  readonly id: string;
  readonly dataset_version_id: string | null;
  readonly parent_run_id: string | null;
}

/** Runs, the runs that they repeat or extend, and the dataset versions that they learned from. */
@Injectable()
export class RunLineage implements LineageSource, OnModuleInit {
  constructor(
    private readonly registry: LineageRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nodes(scope: Scope, refs: readonly LineageRef[]): Promise<LineageNode[]> {
    const ids = idsOfKind(refs, 'run');
    if (ids.length === 0) return [];
    const rows = await this.dataSource.query<RunRow[]>(
      `SELECT id, name, status, metric, best_score, created_at FROM run WHERE project_id = $1 AND id = ANY ($2::uuid[])`,
      [scope.projectId, ids],
    );
    return rows.map((row) => ({
      kind: 'run',
      id: row.id,
      name: row.name,
      state: row.status,
      detail:
        row.best_score === null
          ? null
          : `Best ${metricNamed(row.metric).label} in validation: ${Number(row.best_score.toPrecision(3))}`,
      at: row.created_at,
      opens: { kind: 'run', id: row.id },
      version: null,
    }));
  }

  async edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
    limit: number,
  ): Promise<LineageEdge[]> {
    const ids = idsOfKind(refs, direction === 'up' ? 'run' : 'dataset-version');
    const runs = idsOfKind(refs, 'run');
    const [learned, repeated] = await Promise.all([
      this.joints(scope, direction === 'up' ? 'id' : 'dataset_version_id', ids, limit),
      this.joints(scope, direction === 'up' ? 'id' : 'parent_run_id', runs, limit),
    ]);
    return [
      ...learned.flatMap((row): LineageEdge[] =>
        // A run that repeats another has its rows from there.
        row.dataset_version_id === null || row.parent_run_id !== null
          ? []
          : [
              {
                from: { kind: 'dataset-version', id: row.dataset_version_id },
                to: { kind: 'run', id: row.id },
              },
            ],
      ),
      ...repeated.flatMap((row): LineageEdge[] =>
        row.parent_run_id === null
          ? []
          : [{ from: { kind: 'run', id: row.parent_run_id }, to: { kind: 'run', id: row.id } }],
      ),
    ];
  }

  startOf(_scope: Scope, kind: string, id: string): Promise<LineageRef[] | undefined> {
    return Promise.resolve(kind === 'run' ? [{ kind, id }] : undefined);
  }

  private async joints(
    scope: Scope,
    column: 'id' | 'dataset_version_id' | 'parent_run_id',
    ids: readonly string[],
    limit: number,
  ): Promise<JointRow[]> {
    if (ids.length === 0) return [];
    return this.dataSource.query(
      `SELECT id, dataset_version_id, parent_run_id FROM run
       WHERE project_id = $1 AND ${column} = ANY ($2::uuid[]) ORDER BY id DESC LIMIT $3`,
      [scope.projectId, ids, limit],
    );
  }
}
