import { metricNamed, type ModelEvaluation } from '@modelwright/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import {
  idsOfKind,
  LineageRegistry,
  type LineageDirection,
  type LineageEdge,
  type LineageKind,
  type LineageNode,
  type LineageRef,
  type LineageSource,
} from '../platform/lineage/lineage-registry.js';

interface VersionRow {
  readonly id: string;
  readonly model_id: string;
  readonly name: string;
  readonly number: number;
  readonly metric: ModelEvaluation['metric'];
  readonly metrics: ModelEvaluation['holdout']['metrics'];
  readonly aliases: string[];
  readonly created_at: Date;
}

interface ImportedRow {
  readonly id: string;
  readonly import_id: string;
  readonly dataset_version_id: string | null;
}

interface AliasRow {
  readonly model_id: string;
  readonly alias: string;
  readonly model_version_id: string;
  readonly name: string;
  readonly number: number;
  readonly updated_at: Date;
}

const SHOWN_VERSIONS = 20;

/** Model versions, the runs, files and tables that they came from, and the aliases that name them. An alias is `<model id>:<name>`. */
@Injectable()
export class ModelLineage implements LineageSource, OnModuleInit {
  constructor(
    private readonly registry: LineageRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nodes(scope: Scope, refs: readonly LineageRef[]): Promise<LineageNode[]> {
    const ids = idsOfKind(refs, 'model-version');
    const [versions, aliases] = await Promise.all([
      this.versions(scope, ids),
      this.aliases(scope, 'model_id', modelsOf(idsOfKind(refs, 'alias'))),
    ]);
    const wanted = new Set(idsOfKind(refs, 'alias'));
    return [
      ...versions.map(versionNode),
      ...aliases.filter((row) => wanted.has(aliasId(row))).map(aliasNode),
    ];
  }

  async edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
    limit: number,
  ): Promise<LineageEdge[]> {
    const [fromRuns, fromImports, fromVersions] = await Promise.all([
      direction === 'up'
        ? this.runEdges(scope, 'id', idsOfKind(refs, 'model-version'), limit)
        : this.runEdges(scope, 'run_id', idsOfKind(refs, 'run'), limit),
      this.importEdges(scope, refs, direction, limit),
      direction === 'up'
        ? this.aliases(scope, 'model_id', modelsOf(idsOfKind(refs, 'alias')))
        : this.aliases(scope, 'model_version_id', idsOfKind(refs, 'model-version')),
    ]);
    const wanted = new Set(refs.map(({ kind, id }) => `${kind}:${id}`));
    const toAliases = fromVersions
      .map((row): LineageEdge => ({
        from: { kind: 'model-version', id: row.model_version_id },
        to: { kind: 'alias', id: aliasId(row) },
      }))
      .filter(({ from, to }) => {
        const end = direction === 'up' ? to : from;
        return wanted.has(`${end.kind}:${end.id}`);
      });
    return [...fromRuns, ...fromImports, ...toAliases.slice(0, limit)];
  }

  async startOf(scope: Scope, kind: string, id: string): Promise<LineageRef[] | undefined> {
    if (kind === 'model-version') return [{ kind, id }];
    if (kind !== 'model') return undefined;
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM model_version WHERE project_id = $1 AND model_id = $2 ORDER BY number DESC LIMIT $3',
      [scope.projectId, id, SHOWN_VERSIONS],
    );
    return rows.map((row) => ({ kind: 'model-version', id: row.id }));
  }

  private async runEdges(
    scope: Scope,
    column: 'id' | 'run_id',
    ids: readonly string[],
    limit: number,
  ): Promise<LineageEdge[]> {
    if (ids.length === 0) return [];
    const rows = await this.dataSource.query<{ id: string; run_id: string }[]>(
      `SELECT id, run_id FROM model_version
       WHERE project_id = $1 AND ${column} = ANY ($2::uuid[]) AND run_id IS NOT NULL ORDER BY id DESC LIMIT $3`,
      [scope.projectId, ids, limit],
    );
    return rows.map((row) => ({
      from: { kind: 'run', id: row.run_id },
      to: { kind: 'model-version', id: row.id },
    }));
  }

  /** What was imported comes from its file, and from the table whose rows it was judged on. */
  private async importEdges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
    limit: number,
  ): Promise<LineageEdge[]> {
    const of = (kind: LineageKind): string[] => idsOfKind(refs, kind);
    const rows = await this.dataSource.query<ImportedRow[]>(
      `SELECT id, import_id, dataset_version_id FROM model_version
       WHERE project_id = $1 AND import_id IS NOT NULL
         AND ($2::text = 'up' AND id = ANY ($3::uuid[])
           OR $2::text = 'down' AND (import_id = ANY ($4::uuid[]) OR dataset_version_id = ANY ($5::uuid[])))
       ORDER BY id DESC LIMIT $6`,
      [scope.projectId, direction, of('model-version'), of('source'), of('dataset-version'), limit],
    );
    const known = new Set(refs.map(({ kind, id }) => `${kind}:${id}`));
    return rows.flatMap((row) => {
      const to: LineageRef = { kind: 'model-version', id: row.id };
      const from: LineageRef[] = [{ kind: 'source', id: row.import_id }];
      if (row.dataset_version_id !== null) from.push({ kind: 'dataset-version', id: row.dataset_version_id });
      return from
        .filter(({ kind, id }) => direction === 'up' || known.has(`${kind}:${id}`))
        .map((one): LineageEdge => ({ from: one, to }));
    });
  }

  private async versions(scope: Scope, ids: readonly string[]): Promise<VersionRow[]> {
    if (ids.length === 0) return [];
    return this.dataSource.query(
      `SELECT v.id, v.model_id, m.name, v.number, v.evaluation -> 'metric' AS metric,
              v.evaluation -> 'holdout' -> 'metrics' AS metrics, v.created_at,
              ARRAY(SELECT a.alias FROM model_alias a WHERE a.model_version_id = v.id ORDER BY a.alias) AS aliases
       FROM model_version v JOIN model m ON m.id = v.model_id
       WHERE v.project_id = $1 AND v.id = ANY ($2::uuid[])`,
      [scope.projectId, ids],
    );
  }

  private async aliases(
    scope: Scope,
    column: 'model_id' | 'model_version_id',
    ids: readonly string[],
  ): Promise<AliasRow[]> {
    if (ids.length === 0) return [];
    return this.dataSource.query(
      `SELECT a.model_id, a.alias, a.model_version_id, m.name, v.number, a.updated_at
       FROM model_alias a JOIN model m ON m.id = a.model_id JOIN model_version v ON v.id = a.model_version_id
       WHERE a.project_id = $1 AND a.${column} = ANY ($2::uuid[]) ORDER BY a.alias`,
      [scope.projectId, ids],
    );
  }
}

const aliasId = (row: Pick<AliasRow, 'model_id' | 'alias'>): string => `${row.model_id}:${row.alias}`;
const modelsOf = (aliasIds: readonly string[]): string[] => [
  ...new Set(aliasIds.map((id) => id.split(':')[0] ?? '')),
];

function versionNode(row: VersionRow): LineageNode {
  const main = row.metrics.find(({ name }) => name === row.metric.name);
  return {
    kind: 'model-version',
    id: row.id,
    name: `${row.name} v${row.number}`,
    state: row.aliases.join(', ') || 'no alias',
    detail: main ? `Hold-out ${metricNamed(main.name).label} ${Number(main.value.toPrecision(3))}` : null,
    at: row.created_at,
    opens: { kind: 'model', id: row.model_id },
    version: row.number,
  };
}

function aliasNode(row: AliasRow): LineageNode {
  return {
    kind: 'alias',
    id: aliasId(row),
    name: row.alias,
    state: `names version ${row.number}`,
    detail: row.name,
    at: row.updated_at,
    opens: { kind: 'model', id: row.model_id },
    version: row.number,
  };
}
