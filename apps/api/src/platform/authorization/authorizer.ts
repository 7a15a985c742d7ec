import { Injectable } from '@nestjs/common';
import type { ProjectRole } from '@modelwright/contracts';
import { DataSource } from 'typeorm';
import { Problem } from '../problems/problem.js';
import type { ProblemCode } from '../problems/catalog.js';
import { RESOURCE_TABLES, type ResourceKind } from './access-rules.js';
import type { Permission } from './permissions.js';
import type { UserPrincipal } from './principal.js';
import { ProjectScope } from './project-scope.js';
import { isUuid } from './uuid.js';

const NOT_FOUND: Readonly<Record<ResourceKind | 'project', { code: ProblemCode; noun: string }>> = {
  project: { code: 'project-not-found', noun: 'project' },
  dataset: { code: 'dataset-not-found', noun: 'dataset' },
  run: { code: 'run-not-found', noun: 'run' },
  model: { code: 'model-not-found', noun: 'model' },
  'model-version': { code: 'model-not-found', noun: 'model version' },
  'model-export': { code: 'not-found', noun: 'export' },
  'model-import': { code: 'not-found', noun: 'import' },
  analysis: { code: 'analysis-not-found', noun: 'analysis' },
  deployment: { code: 'deployment-not-found', noun: 'deployment' },
  'experiment-run': { code: 'experiment-run-not-found', noun: 'tracked run' },
  'experiment-view': { code: 'view-not-found', noun: 'view' },
  rescoring: { code: 'rescoring-not-found', noun: 're-scoring' },
  webhook: { code: 'webhook-not-found', noun: 'webhook' },
  'alert-rule': { code: 'alert-not-found', noun: 'alert rule' },
  alert: { code: 'alert-not-found', noun: 'alert' },
  'batch-job': { code: 'batch-job-not-found', noun: 'batch job' },
};

/** The one answer for things that are not there and things the caller may not see. It must not differ by a byte. */
export function notFound(kind: ResourceKind | 'project'): Problem {
  const { code, noun } = NOT_FOUND[kind];
  return new Problem(
    code,
    `There is no ${noun} with this id that you can see. Check the address, or ask a project owner for access.`,
  );
}

/** The same for every word that is no id, whether an endpoint is called so or not. */
function slugInsteadOfId(): Problem {
  const { code } = NOT_FOUND.deployment;
  return new Problem(
    code,
    'Use the id of the deployment here, a UUID: its slug, the name in the address of the endpoint, is understood by calls for predictions only. `GET /api/projects/{projectId}/deployments` lists the ids with their slugs.',
  );
}

/** Decides who gets into which project. The only place where a person's scope is made. */
@Injectable()
export class Authorizer {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws Problem `project-not-found` for strangers, `permission-denied` for members whose role lacks it */
  async inProject(
    user: UserPrincipal,
    projectId: string | undefined,
    permission: Permission,
  ): Promise<ProjectScope> {
    const rows = isUuid(projectId)
      ? await this.dataSource.query<Membership[]>(
          `SELECT m.project_id AS "projectId", m.role FROM project p JOIN project_member m ON m.project_id = p.id
            WHERE p.id = $1 AND m.user_id = $2 AND p.deleting_at IS NULL`,
          [projectId, user.userId],
        )
      : [];
    return admit(rows[0], user, 'project', permission);
  }

  /** As `inProject`, for the project that owns a thing. One statement, whatever the outcome. */
  async onResource(
    user: UserPrincipal,
    kind: ResourceKind,
    id: string | undefined,
    permission: Permission,
  ): Promise<ProjectScope> {
    // The table name comes from a constant of ours, never from the request.
    const rows = isUuid(id)
      ? await this.dataSource.query<Membership[]>(
          `SELECT m.project_id AS "projectId", m.role FROM "${RESOURCE_TABLES[kind]}" r
             JOIN project p ON p.id = r.project_id AND p.deleting_at IS NULL
             JOIN project_member m ON m.project_id = r.project_id
            WHERE r.id = $1 AND m.user_id = $2`,
          [id, user.userId],
        )
      : [];
    if (rows.length === 0 && kind === 'deployment' && !isUuid(id)) throw slugInsteadOfId();
    return admit(rows[0], user, kind, permission);
  }

  /** The caller's present standing in a project, for channels that live longer than a request. */
  async membership(user: UserPrincipal, projectId: string): Promise<ProjectScope | undefined> {
    try {
      return await this.inProject(user, projectId, 'project:read');
    } catch (error) {
      if (error instanceof Problem && (error.status === 404 || error.status === 403)) return undefined;
      throw error;
    }
  }
}

interface Membership {
  readonly projectId: string;
  readonly role: ProjectRole;
}

function admit(
  membership: Membership | undefined,
  user: UserPrincipal,
  kind: ResourceKind | 'project',
  permission: Permission,
): ProjectScope {
  if (!membership) throw notFound(kind);
  const scope = ProjectScope.granted(membership.projectId, membership.role, user);
  if (!scope.allows(permission)) throw denied(scope, permission);
  return scope;
}

function denied(scope: ProjectScope, permission: Permission): Problem {
  const byToken = scope.principal.tokenScopes !== undefined;
  return new Problem(
    'permission-denied',
    byToken
      ? `This needs the permission ${permission}, which the token does not carry or its owner's role (${scope.role}) does not grant. Use a token with a wider scope.`
      : `This needs the permission ${permission}; your role in this project is ${scope.role}. Ask a project owner.`,
  );
}
