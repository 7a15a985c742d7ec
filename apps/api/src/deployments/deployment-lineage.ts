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

interface DeploymentRow {
  readonly id: string;
  readonly name: string;
  readonly observed_state: string;
  readonly endpoint_slug: string;
  readonly model_id: string;
  readonly model_version_id: string;
  readonly model_alias: string | null;
  readonly follows: boolean;
  readonly created_at: Date;
}

/**
 * Deployments and what they serve: by way of the alias they were made from while it still names the served version, else
 * straight from the version.
 */
@Injectable()
export class DeploymentLineage implements LineageSource, OnModuleInit {
  constructor(
    private readonly registry: LineageRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nodes(scope: Scope, refs: readonly LineageRef[]): Promise<LineageNode[]> {
    const rows = await this.rows(scope, 'd.id = ANY ($2::uuid[])', idsOfKind(refs, 'deployment'), 1000);
    return rows.map((row) => ({
      kind: 'deployment',
      id: row.id,
      name: row.name,
      state: row.observed_state,
      detail: row.endpoint_slug,
      at: row.created_at,
      opens: { kind: 'deployment', id: row.id },
      version: null,
    }));
  }

  async edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
    limit: number,
  ): Promise<LineageEdge[]> {
    if (direction === 'up') {
      const rows = await this.rows(scope, 'd.id = ANY ($2::uuid[])', idsOfKind(refs, 'deployment'), limit);
      return rows.map(toEdge);
    }
    const models = idsOfKind(refs, 'alias').map((id) => id.split(':')[0] ?? '');
    const [direct, named] = await Promise.all([
      this.rows(scope, 'd.model_version_id = ANY ($2::uuid[])', idsOfKind(refs, 'model-version'), limit),
      this.rows(scope, 'd.model_id = ANY ($2::uuid[])', models, limit),
    ]);
    const wanted = new Set(refs.map(({ kind, id }) => `${kind}:${id}`));
    const unique = new Map([...direct, ...named].map((row) => [row.id, row]));
    return [...unique.values()].map(toEdge).filter(({ from }) => wanted.has(`${from.kind}:${from.id}`));
  }

  startOf(_scope: Scope, kind: string, id: string): Promise<LineageRef[] | undefined> {
    return Promise.resolve(kind === 'deployment' ? [{ kind, id }] : undefined);
  }

  private async rows(
    scope: Scope,
    condition: string,
    ids: readonly string[],
    limit: number,
  ): Promise<DeploymentRow[]> {
    if (ids.length === 0) return [];
    return this.dataSource.query(
      `SELECT d.id, d.name, d.observed_state, d.endpoint_slug, d.model_id, d.model_version_id, d.model_alias,
              EXISTS (SELECT 1 FROM model_alias a WHERE a.model_id = d.model_id AND a.alias = d.model_alias
                        AND a.model_version_id = d.model_version_id) AS follows, d.created_at
       FROM deployment d WHERE d.project_id = $1 AND ${condition} ORDER BY d.id DESC LIMIT $3`,
      [scope.projectId, ids, limit],
    );
  }
}

function toEdge(row: DeploymentRow): LineageEdge {
  return {
    from: row.follows
      ? { kind: 'alias', id: `${row.model_id}:${row.model_alias ?? ''}` }
      : { kind: 'model-version', id: row.model_version_id },
    to: { kind: 'deployment', id: row.id },
  };
}
