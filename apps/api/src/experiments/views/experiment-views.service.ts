import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { isUniqueViolation } from '../../platform/database/pg-errors.js';
import { Problem } from '../../platform/problems/problem.js';
import type {
  CreateExperimentViewRequest,
  ExperimentView,
  ExperimentViewList,
  UpdateExperimentViewRequest,
} from './experiment-view.dto.js';

const MAX_VIEWS = 200;

interface ViewRow {
  readonly id: string;
  readonly screen: 'table' | 'compare';
  readonly name: string;
  readonly ownerId: string | null;
  readonly state: ExperimentView['state'];
  readonly isDefault: boolean;
  readonly updatedAt: Date;
}

const SELECT = `SELECT id, screen, name, owner_id AS "ownerId", state, is_default AS "isDefault", updated_at AS "updatedAt"
  FROM experiment_view WHERE project_id = $1 AND (owner_id IS NULL OR owner_id = $2)`;

/** Named states of a screen: one's own, and those of the project. */
@Injectable()
export class ExperimentViews {
  constructor(private readonly dataSource: DataSource) {}

  async list(scope: ProjectScope, screen: 'table' | 'compare' | undefined): Promise<ExperimentViewList> {
    const rows: ViewRow[] = await this.dataSource.query(
      `${SELECT} AND ($3::text IS NULL OR screen = $3) ORDER BY owner_id NULLS FIRST, name, id`,
      [scope.projectId, scope.userId, screen ?? null],
    );
    return { items: rows.map((row) => toView(row, scope)), nextCursor: null };
  }

  async create(scope: ProjectScope, request: CreateExperimentViewRequest): Promise<ExperimentView> {
    requireManage(scope);
    if (request.shared) requireEditor(scope);
    else refuseOwnDefault(request.isDefault);
    const id = uuid();
    await this.saving(request.name, async (manager) => {
      const rows: { views: number }[] = await manager.query(
        'SELECT count(*)::int AS views FROM experiment_view WHERE project_id = $1',
        [scope.projectId],
      );
      if ((rows[0]?.views ?? 0) >= MAX_VIEWS)
        throw new Problem('conflict', `A project keeps at most ${MAX_VIEWS} views. Delete some first.`);
      if (request.isDefault) await this.clearDefault(scope, request.screen, manager);
      await manager.query(
        `INSERT INTO experiment_view (id, project_id, owner_id, screen, name, state, is_default)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [
          id,
          scope.projectId,
          request.shared ? null : scope.userId,
          request.screen,
          request.name,
          JSON.stringify(request.state),
          request.isDefault,
        ],
      );
    });
    return toView(await this.find(scope, id), scope);
  }

  async update(
    scope: ProjectScope,
    id: string,
    request: UpdateExperimentViewRequest,
  ): Promise<ExperimentView> {
    const view = await this.find(scope, id);
    requireWritable(view, scope);
    if (view.ownerId !== null) refuseOwnDefault(request.isDefault ?? false);
    await this.saving(request.name ?? view.name, async (manager) => {
      if (request.isDefault) await this.clearDefault(scope, view.screen, manager);
      await manager.query(
        `UPDATE experiment_view SET name = coalesce($3, name), state = coalesce($4::jsonb, state),
                is_default = coalesce($5, is_default), updated_at = now()
          WHERE id = $1 AND project_id = $2`,
        [
          id,
          scope.projectId,
          request.name ?? null,
          request.state ? JSON.stringify(request.state) : null,
          request.isDefault ?? null,
        ],
      );
    });
    return toView(await this.find(scope, id), scope);
  }

  async delete(scope: ProjectScope, id: string): Promise<void> {
    requireWritable(await this.find(scope, id), scope);
    await this.dataSource.query('DELETE FROM experiment_view WHERE id = $1 AND project_id = $2', [
      id,
      scope.projectId,
    ]);
  }

  private async clearDefault(scope: ProjectScope, screen: string, manager: EntityManager): Promise<void> {
    await manager.query(
      'UPDATE experiment_view SET is_default = false WHERE project_id = $1 AND screen = $2 AND is_default',
      [scope.projectId, screen],
    );
  }

  private async find(scope: ProjectScope, id: string): Promise<ViewRow> {
    const rows: ViewRow[] = await this.dataSource.query(`${SELECT} AND id = $3`, [
      scope.projectId,
      scope.userId,
      id,
    ]);
    const [row] = rows;
    if (!row) throw new Problem('view-not-found', `There is no view ${id} that you can see.`);
    return row;
  }

  private async saving(name: string, work: (manager: EntityManager) => Promise<void>): Promise<void> {
    try {
      await this.dataSource.transaction(work);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new Problem('name-taken', `There is a view "${name}" already. Choose another name.`, {
        cause: error,
        errors: [{ pointer: '#/name', detail: 'taken' }],
      });
    }
  }
}

function toView(row: ViewRow, scope: ProjectScope): ExperimentView {
  return {
    id: row.id,
    screen: row.screen,
    name: row.name,
    state: row.state,
    shared: row.ownerId === null,
    isDefault: row.isDefault,
    canEdit: row.ownerId !== null || scope.allows('run:write'),
    updatedAt: row.updatedAt.toISOString(),
  };
}

function requireWritable(view: ViewRow, scope: ProjectScope): void {
  requireManage(scope);
  if (view.ownerId === null) requireEditor(scope);
}

/** Who may look may save how; a token that may only read may not. */
function requireManage({ principal }: ProjectScope): void {
  if (principal.tokenScopes && !principal.tokenScopes.includes('manage'))
    throw new Problem('permission-denied', 'This token may only read. Use one with the scope `manage`.');
}

function requireEditor(scope: ProjectScope): void {
  if (!scope.allows('run:write'))
    throw new Problem(
      'permission-denied',
      'Views of the whole project are for editors. Save it for yourself.',
    );
}

function refuseOwnDefault(isDefault: boolean): void {
  if (isDefault)
    throw new Problem('invalid-request', 'Only a view of the whole project can be its default.', {
      errors: [{ pointer: '#/isDefault', detail: 'needs `shared`' }],
    });
}
