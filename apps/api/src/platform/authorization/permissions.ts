import type { ProjectRole } from '@modelwright/contracts';

export const PERMISSIONS = [
  'project:read',
  'project:write',
  'project:delete',
  'member:read',
  'member:manage',
  'dataset:read',
  'dataset:write',
  'run:read',
  'run:write',
  'model:read',
  'model:write',
  'deployment:read',
  'deployment:write',
  'deployment:predict',
  'key:manage',
  'prediction-log:read',
  'alert:read',
  'alert:write',
  'webhook:manage',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER: readonly Permission[] = [
  'project:read',
  'member:read',
  'dataset:read',
  'run:read',
  'model:read',
  'deployment:read',
  'deployment:predict',
  'alert:read',
];
const EDITOR: readonly Permission[] = [
  ...VIEWER,
  'dataset:write',
  'run:write',
  'model:write',
  'deployment:write',
  'key:manage',
  'prediction-log:read',
  'alert:write',
];

/** What each project role may do. */
export const ROLE_PERMISSIONS: Readonly<Record<ProjectRole, ReadonlySet<Permission>>> = {
  viewer: new Set(VIEWER),
  editor: new Set(EDITOR),
  owner: new Set(PERMISSIONS),
};

export const TOKEN_SCOPES = ['predict', 'read', 'manage'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** Whether a personal access token with these scopes may use a permission that its owner's role grants. */
export function tokenAllows(scopes: readonly TokenScope[], permission: Permission): boolean {
  if (scopes.includes('manage')) return true;
  if (permission === 'deployment:predict') return scopes.includes('predict');
  return scopes.includes('read') && permission.endsWith(':read');
}
