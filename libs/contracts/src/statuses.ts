export const DATASET_VERSION_STATUSES = ['processing', 'ready', 'failed'] as const;
export type DatasetVersionStatus = (typeof DATASET_VERSION_STATUSES)[number];

export const RUN_STATUSES = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What a run does: look for models, fit one recipe, or study the hyperparameters of one. */
export const RUN_KINDS = ['search', 'fixed', 'study'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** How a run came about. */
export const RUN_ORIGINS = [
  'manual',
  'extend',
  'fit-candidate',
  'reproduce',
  'study',
  'study-apply',
  'import',
] as const;
export type RunOrigin = (typeof RUN_ORIGINS)[number];

/** Classes of the queue: interactive runs are waited for, batch runs are not. */
export const RUN_CLASSES = ['interactive', 'standard', 'batch'] as const;
export type RunClass = (typeof RUN_CLASSES)[number];

/** Who searches; engines besides the built-in one exist only where the runtime image has their packages. */
export const ENGINES = ['builtin', 'flaml', 'autogluon'] as const;
export type Engine = (typeof ENGINES)[number];

export const DEPLOYMENT_DESIRED_STATES = ['running', 'stopped'] as const;
export type DeploymentDesiredState = (typeof DEPLOYMENT_DESIRED_STATES)[number];

export const DEPLOYMENT_OBSERVED_STATES = [
  'starting',
  'ready',
  'idle',
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

/** `clustering` has no target: it looks for groups of similar rows. */
export const TASKS = ['binary', 'multiclass', 'regression', 'clustering'] as const;
export type Task = (typeof TASKS)[number];

export const COLUMN_TYPES = ['number', 'integer', 'boolean', 'category', 'text', 'datetime'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export const COLUMN_ROLES = ['feature', 'target', 'identifier', 'time', 'ignore'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

export const VALIDATION_STRATEGIES = ['random', 'stratified', 'grouped', 'time', 'given'] as const;
export type ValidationStrategy = (typeof VALIDATION_STRATEGIES)[number];

export const PREDICTIVE_FAMILIES = [
  'baseline',
  'linear',
  'random_forest',
  'extra_trees',
  'hist_gradient_boosting',
  'lightgbm',
  'xgboost',
  'catboost',
] as const;

export const CLUSTERING_FAMILIES = ['kmeans', 'gaussian_mixture', 'agglomerative', 'hdbscan'] as const;

export const FAMILIES = [...PREDICTIVE_FAMILIES, ...CLUSTERING_FAMILIES] as const;
export type Family = (typeof FAMILIES)[number];
