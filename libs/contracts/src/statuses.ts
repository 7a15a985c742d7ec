export const DATASET_VERSION_STATUSES = ['processing', 'ready', 'failed'] as const;
export type DatasetVersionStatus = (typeof DATASET_VERSION_STATUSES)[number];

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const DEPLOYMENT_DESIRED_STATES = ['running', 'stopped'] as const;
export type DeploymentDesiredState = (typeof DEPLOYMENT_DESIRED_STATES)[number];

export const DEPLOYMENT_OBSERVED_STATES = [
  'starting',
  'ready',
  'unhealthy',
  'stopping',
  'stopped',
  'failed',
] as const;
export type DeploymentObservedState = (typeof DEPLOYMENT_OBSERVED_STATES)[number];

export const AUTH_MODES = ['workspace', 'api-key', 'public'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

export const PROJECT_ROLES = ['owner', 'editor', 'viewer'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

export const TASKS = ['binary', 'multiclass', 'regression'] as const;
export type Task = (typeof TASKS)[number];

export const COLUMN_TYPES = ['number', 'integer', 'boolean', 'category', 'text', 'datetime'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export const COLUMN_ROLES = ['feature', 'target', 'identifier', 'time', 'ignore'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

export const VALIDATION_STRATEGIES = ['random', 'stratified', 'grouped', 'time'] as const;
export type ValidationStrategy = (typeof VALIDATION_STRATEGIES)[number];

export const FAMILIES = [
  'baseline',
  'linear',
  'random_forest',
  'extra_trees',
  'hist_gradient_boosting',
  'lightgbm',
  'xgboost',
  'catboost',
] as const;
export type Family = (typeof FAMILIES)[number];
