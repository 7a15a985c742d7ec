import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import {
  idsOfKind,
  LineageRegistry,
  type LineageEdge,
  type LineageNode,
  type LineageRef,
  type LineageSource,
} from '../../platform/lineage/lineage-registry.js';
import { ImportsRepository } from './imports.repository.js';

/** Files that models were imported from. Edges end in versions, so the models room answers for those. */
@Injectable()
export class ImportLineage implements LineageSource, OnModuleInit {
  constructor(
    private readonly registry: LineageRegistry,
    private readonly imports: ImportsRepository,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nodes(scope: Scope, refs: readonly LineageRef[]): Promise<LineageNode[]> {
    const rows = await this.imports.findMany(scope, idsOfKind(refs, 'source'));
    return rows.map((row) => ({
      kind: 'source',
      id: row.id,
      name: row.fileName,
      state: 'import',
      detail: 'Imported model',
      at: row.createdAt,
      opens: null,
      version: null,
    }));
  }

  edges(): Promise<LineageEdge[]> {
    return Promise.resolve([]);
  }

  startOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
