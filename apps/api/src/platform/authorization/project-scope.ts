import type { ProjectRole } from '@modelwright/contracts';
import { ROLE_PERMISSIONS, tokenAllows, type Permission } from './permissions.js';
import type { UserPrincipal } from './principal.js';

declare const granted: unique symbol;

/**
 * Proof that the caller is a member of a project. Repositories of project-owned tables take one for every query, so a
 * query without a scope does not compile. Only the authorizer and background work can make one.
 */
export abstract class Scope {
  declare private readonly [granted]: true;
  abstract readonly projectId: string;
}

export class ProjectScope extends Scope {
  private constructor(
    readonly projectId: string,
    readonly role: ProjectRole,
    readonly principal: UserPrincipal,
  ) {
    super();
  }

  /** For the authorizer only: it has just read the membership. */
  static granted(projectId: string, role: ProjectRole, principal: UserPrincipal): ProjectScope {
    return new ProjectScope(projectId, role, principal);
  }

  get userId(): string {
    return this.principal.userId;
  }

  allows(permission: Permission): boolean {
    const { tokenScopes } = this.principal;
    return (
      ROLE_PERMISSIONS[this.role].has(permission) && (!tokenScopes || tokenAllows(tokenScopes, permission))
    );
  }
}

/** Background work (queue, reconciler, recovery) acting for a project without a person. */
export class SystemScope extends Scope {
  private constructor(readonly projectId: string) {
    super();
  }

  /** @param projectId taken from the row that is being worked on, never from a request */
  static forBackgroundWork(projectId: string): SystemScope {
    return new SystemScope(projectId);
  }
}
