import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import {
  idsOfKind,
  LineageRegistry,
  type LineageDirection,
  type LineageEdge,
  type LineageRef,
  type LineageSource,
} from '../platform/lineage/lineage-registry.js';

interface Addition {
  readonly base: string;
  readonly made: string;
}

/** Dataset versions that are an earlier one with rows of the log added; the versions are the datasets room's to show. */
@Injectable()
export class FeedbackLineage implements LineageSource, OnModuleInit {
  constructor(
    private readonly registry: LineageRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nodes(): Promise<[]> {
    return Promise.resolve([]);
  }

  async edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
    limit: number,
  ): Promise<LineageEdge[]> {
    const ids = idsOfKind(refs, 'dataset-version');
    if (ids.length === 0) return [];
    const end = direction === 'up' ? 'made.id' : 'base.id';
    const rows = await this.dataSource.query<Addition[]>(
      `SELECT base.id AS base, made.id AS made FROM feedback_job j
       JOIN dataset_version made ON made.id = (j.options ->> 'versionId')::uuid
       JOIN dataset_version base ON base.dataset_id = made.dataset_id
         AND base.number = (j.options ->> 'baseVersionNumber')::integer
       WHERE j.project_id = $1 AND j.kind = 'dataset-version' AND ${end} = ANY ($2::uuid[])
       ORDER BY j.id DESC LIMIT $3`,
      [scope.projectId, ids, limit],
    );
    return rows.map(({ base, made }) => ({
      from: { kind: 'dataset-version', id: base },
      to: { kind: 'dataset-version', id: made },
    }));
  }

  startOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
