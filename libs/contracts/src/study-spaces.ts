import type { StudyDimension } from './studies.js';

/**
 * The spaces that the trainer searches by itself, as it has them (`runtime.training.families`). A test holds this list
 * to the trainer's.
 */
export const STUDY_SPACES: Readonly<Record<string, readonly StudyDimension[]>> = {
  linear: [
    {
      name: 'strength',
      kind: 'float',
      low: 0.0001,
      high: 100.0,
      log: true,
    },
    {
      name: 'knots',
      kind: 'categorical',
      choices: [0, 3, 5, 8],
    },
    {
      name: 'pairs',
      kind: 'categorical',
      choices: [false, true],
    },
    {
      name: 'category',
      kind: 'categorical',
      choices: ['onehot', 'target'],
    },
    {
      name: 'log_target',
      kind: 'categorical',
      choices: [true, false],
    },
  ],
  lightgbm: [
    {
      name: 'category',
      kind: 'categorical',
      choices: ['ordinal', 'onehot', 'target', 'native'],
    },
    {
      name: 'learning_rate',
      kind: 'float',
      low: 0.01,
      high: 0.2,
      log: true,
    },
    {
      name: 'leaves',
      kind: 'int',
      low: 4,
      high: 128,
      log: true,
    },
    {
      name: 'min_leaf',
      kind: 'int',
      low: 2,
      high: 100,
      log: true,
    },
    {
      name: 'l2',
      kind: 'float',
      low: 0.001,
      high: 50.0,
      log: true,
    },
    {
      name: 'features',
      kind: 'float',
      low: 0.3,
      high: 1.0,
      log: false,
    },
    {
      name: 'rows',
      kind: 'float',
      low: 0.5,
      high: 1.0,
      log: false,
    },
    {
      name: 'extra',
      kind: 'categorical',
      choices: [false, true],
    },
    {
      name: 'groups',
      kind: 'categorical',
      choices: [false, true],
    },
    {
      name: 'bags',
      kind: 'categorical',
      choices: [0, 5],
    },
    {
      name: 'log_target',
      kind: 'categorical',
      choices: [true, false],
    },
  ],
  hist_gradient_boosting: [
    {
      name: 'category',
      kind: 'categorical',
      choices: ['ordinal', 'onehot', 'target', 'native'],
    },
    {
      name: 'learning_rate',
      kind: 'float',
      low: 0.02,
      high: 0.3,
      log: true,
    },
    {
      name: 'leaves',
      kind: 'int',
      low: 4,
      high: 64,
      log: true,
    },
    {
      name: 'min_leaf',
      kind: 'int',
      low: 3,
      high: 100,
      log: true,
    },
    {
      name: 'l2',
      kind: 'float',
      low: 0.001,
      high: 30.0,
      log: true,
    },
    {
      name: 'log_target',
      kind: 'categorical',
      choices: [true, false],
    },
  ],
  xgboost: [
    {
      name: 'category',
      kind: 'categorical',
      choices: ['ordinal', 'onehot', 'target'],
    },
    {
      name: 'learning_rate',
      kind: 'float',
      low: 0.01,
      high: 0.3,
      log: true,
    },
    {
      name: 'depth',
      kind: 'int',
      low: 2,
      high: 10,
      log: false,
    },
    {
      name: 'min_child',
      kind: 'float',
      low: 0.5,
      high: 50.0,
      log: true,
    },
    {
      name: 'l2',
      kind: 'float',
      low: 0.01,
      high: 50.0,
      log: true,
    },
    {
      name: 'features',
      kind: 'float',
      low: 0.3,
      high: 1.0,
      log: false,
    },
    {
      name: 'groups',
      kind: 'categorical',
      choices: [false, true],
    },
    {
      name: 'rows',
      kind: 'float',
      low: 0.5,
      high: 1.0,
      log: false,
    },
    {
      name: 'log_target',
      kind: 'categorical',
      choices: [true, false],
    },
  ],
  catboost: [
    {
      name: 'category',
      kind: 'categorical',
      choices: ['ordinal', 'onehot', 'target'],
    },
    {
      name: 'learning_rate',
      kind: 'float',
      low: 0.02,
      high: 0.2,
      log: true,
    },
    {
      name: 'depth',
      kind: 'int',
      low: 3,
      high: 9,
      log: false,
    },
    {
      name: 'l2',
      kind: 'float',
      low: 0.5,
      high: 30.0,
      log: true,
    },
    {
      name: 'noise',
      kind: 'float',
      low: 0.2,
      high: 5.0,
      log: true,
    },
    {
      name: 'groups',
      kind: 'categorical',
      choices: [false, true],
    },
    {
      name: 'features',
      kind: 'float',
      low: 0.3,
      high: 1.0,
      log: false,
    },
    {
      name: 'log_target',
      kind: 'categorical',
      choices: [true, false],
    },
  ],
  random_forest: [
    {
      name: 'category',
      kind: 'categorical',
      choices: ['ordinal', 'onehot', 'target'],
    },
    {
      name: 'trees',
      kind: 'int',
      low: 100,
      high: 400,
      log: true,
    },
    {
      name: 'min_leaf',
      kind: 'int',
      low: 1,
      high: 30,
      log: true,
    },
    {
      name: 'features',
      kind: 'float',
      low: 0.1,
      high: 1.0,
      log: false,
    },
    {
      name: 'log_target',
      kind: 'categorical',
      choices: [true, false],
    },
  ],
  extra_trees: [
    {
      name: 'category',
      kind: 'categorical',
      choices: ['ordinal', 'onehot', 'target'],
    },
    {
      name: 'trees',
      kind: 'int',
      low: 100,
      high: 400,
      log: true,
    },
    {
      name: 'min_leaf',
      kind: 'int',
      low: 1,
      high: 30,
      log: true,
    },
    {
      name: 'features',
      kind: 'float',
      low: 0.1,
      high: 1.0,
      log: false,
    },
    {
      name: 'log_target',
      kind: 'categorical',
      choices: [true, false],
    },
  ],
};
