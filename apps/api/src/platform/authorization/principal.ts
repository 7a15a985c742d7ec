import type { TokenScope } from './permissions.js';

/** A signed-in person, by access token or by personal access token. */
export interface UserPrincipal {
  readonly kind: 'user';
  readonly userId: string;
  readonly isAdmin: boolean;
  /** Present for a personal access token only; a session may do all that its user may. */
  readonly tokenScopes?: readonly TokenScope[];
}

export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
}

/** A deployment key opens `predict` of its deployment, lets it say what was true of the answers, and nothing else (M13); the deployments room checks it there. */
export interface DeploymentKeyPrincipal {
  readonly kind: 'deployment-key';
  readonly key: string;
}

export type Principal = UserPrincipal | AnonymousPrincipal | DeploymentKeyPrincipal;
