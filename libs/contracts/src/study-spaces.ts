import type { StudyDimension } from './studies.js';

const LOG = true;

const float = (name: string, low: number, high: number, log = false): StudyDimension => ({
  name,
  kind: 'float',
  low,
  high,
  log,
});
const whole = (name: string, low: number, high: number, log = false): StudyDimension => ({
  name,
  kind: 'int',
  low,
  high,
  log,
});
const choice = (name: string, choices: readonly (string | number | boolean)[]): StudyDimension => ({
  name,
  kind: 'categorical',
  choices: [...choices],
});

const CATEGORY = choice('category', ['ordinal', 'onehot', 'target']);
const NATIVE_CATEGORY = choice('category', ['ordinal', 'onehot', 'target', 'native']);
const GROUPS = choice('groups', [false, true]);
const LOG_TARGET = choice('log_target', [true, false]);
const FEATURES = float('features', 0.3, 1);
const ROWS = float('rows', 0.5, 1);
const FOREST: readonly StudyDimension[] = [
  CATEGORY,
  whole('trees', 100, 400, LOG),
  whole('min_leaf', 1, 30, LOG),
  float('features', 0.1, 1),
  LOG_TARGET,
];

/**
 * The spaces that the trainer searches by itself, as it has them (`runtime.training.families`). A test holds this list
 * to the trainer's.
 */
export const STUDY_SPACES: Readonly<Record<string, readonly StudyDimension[]>> = {
  linear: [
    choice('solver', ['penalised', 'discriminant']),
    float('strength', 0.0001, 100, LOG),
    choice('knots', [0, 3, 5, 8]),
    choice('pairs', [false, true]),
    choice('category', ['onehot', 'target']),
    LOG_TARGET,
  ],
  lightgbm: [
    NATIVE_CATEGORY,
    float('learning_rate', 0.01, 0.2, LOG),
    whole('leaves', 4, 128, LOG),
    whole('min_leaf', 2, 100, LOG),
    float('l2', 0.001, 50, LOG),
    FEATURES,
    ROWS,
    choice('extra', [false, true]),
    GROUPS,
    choice('bags', [0, 5]),
    LOG_TARGET,
  ],
  hist_gradient_boosting: [
    NATIVE_CATEGORY,
    float('learning_rate', 0.02, 0.3, LOG),
    whole('leaves', 4, 64, LOG),
    whole('min_leaf', 3, 100, LOG),
    float('l2', 0.001, 30, LOG),
    LOG_TARGET,
  ],
  xgboost: [
    CATEGORY,
    float('learning_rate', 0.01, 0.3, LOG),
    whole('depth', 2, 10),
    float('min_child', 0.5, 50, LOG),
    float('l2', 0.01, 50, LOG),
    FEATURES,
    GROUPS,
    ROWS,
    LOG_TARGET,
  ],
  catboost: [
    CATEGORY,
    float('learning_rate', 0.02, 0.2, LOG),
    whole('depth', 3, 9),
    float('l2', 0.5, 30, LOG),
    float('noise', 0.2, 5, LOG),
    GROUPS,
    FEATURES,
    LOG_TARGET,
  ],
  random_forest: FOREST,
  extra_trees: FOREST,
};
