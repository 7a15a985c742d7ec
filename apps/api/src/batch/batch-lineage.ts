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

interface JobRow {
  readonly id: string;
  readonly status: string;
  readonly input_version_id: string | null;
  readonly model_version_id: string | null;
  readonly output_version_id: string;
  readonly output_version_number: number | null;
  readonly output_dataset_name: string;
  readonly rows_total: number;
  readonly created_at: Date;
}

/** Batch jobs between the rows and the model version that they were made of, and the dataset version they made. */
@Injectable()
export class BatchLineage implements LineageSource, OnModuleInit {
  constructor(
    private readonly registry: LineageRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nodes(scope: Scope, refs: readonly LineageRef[]): Promise<LineageNode[]> {
    const rows = await this.rows(scope, 'id = ANY ($2::uuid[])', idsOfKind(refs, 'batch-job'), 1000);
    return rows.map((row) => ({
      kind: 'batch-job',
      id: row.id,
      name: row.output_dataset_name,
      state: row.status,
      detail: `${row.rows_total.toLocaleString('en')} rows predicted`,
      at: row.created_at,
      opens: { kind: 'batch-job', id: row.id },
      version: null,
    }));
  }

  async edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
    limit: number,
  ): Promise<LineageEdge[]> {
    const jobs = await this.rows(scope, 'id = ANY ($2::uuid[])', idsOfKind(refs, 'batch-job'), limit);
    const versions = idsOfKind(refs, 'dataset-version');
    if (direction === 'up') {
      const made = await this.rows(scope, 'output_version_id = ANY ($2::uuid[])', versions, limit);
      return [...jobs.flatMap(madeFrom), ...made.flatMap(madeInto)];
    }
    const [read, asked] = await Promise.all([
      this.rows(scope, 'input_version_id = ANY ($2::uuid[])', versions, limit),
      this.rows(scope, 'model_version_id = ANY ($2::uuid[])', idsOfKind(refs, 'model-version'), limit),
    ]);
    const wanted = new Set(refs.map(({ kind, id }) => `${kind}:${id}`));
    const unique = new Map([...read, ...asked].map((row) => [row.id, row]));
    const begins = [...unique.values()]
      .flatMap(madeFrom)
      .filter(({ from }) => wanted.has(`${from.kind}:${from.id}`));
    return [...begins, ...jobs.flatMap(madeInto)];
  }

  startOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private async rows(
    scope: Scope,
    condition: string,
    ids: readonly string[],
    limit: number,
  ): Promise<JobRow[]> {
    if (ids.length === 0) return [];
    return this.dataSource.query(
      `SELECT id, status, input_version_id, model_version_id, output_version_id, output_version_number, output_dataset_name,
              rows_total::float8 AS rows_total, created_at
       FROM batch_job WHERE project_id = $1 AND ${condition} ORDER BY id DESC LIMIT $3`,
      [scope.projectId, ids, limit],
    );
  }
}

function madeFrom({ id, input_version_id, model_version_id }: JobRow): LineageEdge[] {
  const to = { kind: 'batch-job' as const, id };
  return [
    ...(input_version_id === null
      ? []
      : [{ from: { kind: 'dataset-version' as const, id: input_version_id }, to }]),
    ...(model_version_id === null
      ? []
      : [{ from: { kind: 'model-version' as const, id: model_version_id }, to }]),
  ];
}

function madeInto({ id, output_version_id, output_version_number }: JobRow): LineageEdge[] {
  if (output_version_number === null) return [];
  return [{ from: { kind: 'batch-job', id }, to: { kind: 'dataset-version', id: output_version_id } }];
}
