import type { Task } from './statuses.js';

export interface MetricInfo {
  readonly name: string;
  readonly label: string;
  readonly tasks: readonly Task[];
  readonly greaterIsBetter: boolean;
  /** Whether it can be computed only with a table of costs. */
  readonly needsCostMatrix?: true;
  /** One line a newcomer understands. */
  readonly meaning: string;
}

const CLASSES: readonly Task[] = ['binary', 'multiclass'];

/** The metrics a run can be optimised for; the first that fits a task is its default. */
export const METRICS: readonly MetricInfo[] = [
  {
    name: 'roc_auc',
    label: 'ROC AUC',
    tasks: ['binary'],
    greaterIsBetter: true,
    meaning:
      'How often a random positive row is ranked above a random negative one; 0.5 is guessing, 1 is perfect.',
  },
  {
    name: 'average_precision',
    label: 'Average precision',
    tasks: ['binary'],
    greaterIsBetter: true,
    meaning: 'Area under the precision-recall curve; useful when positives are rare.',
  },
  {
    name: 'accuracy',
    label: 'Accuracy',
    tasks: ['multiclass', 'binary'],
    greaterIsBetter: true,
    meaning: 'Share of rows whose predicted class is right.',
  },
  {
    name: 'log_loss',
    label: 'Log loss',
    tasks: CLASSES,
    greaterIsBetter: false,
    meaning: 'Punishes confident wrong probabilities; 0 is perfect.',
  },
  {
    name: 'f1',
    label: 'F1',
    tasks: ['binary'],
    greaterIsBetter: true,
    meaning: 'Balance of precision and recall of the positive class.',
  },
  {
    name: 'f1_macro',
    label: 'F1 (macro)',
    tasks: ['multiclass'],
    greaterIsBetter: true,
    meaning: 'F1 averaged over classes, each class counting the same.',
  },
  {
    name: 'balanced_accuracy',
    label: 'Balanced accuracy',
    tasks: CLASSES,
    greaterIsBetter: true,
    meaning: 'Accuracy averaged over classes, so a large class cannot hide a small one.',
  },
  {
    name: 'cost',
    label: 'Cost per row',
    tasks: CLASSES,
    greaterIsBetter: false,
    needsCostMatrix: true,
    meaning: 'Mean cost of a prediction by the cost table that you give; 0 is free of costs.',
  },
  {
    name: 'rmse',
    label: 'RMSE',
    tasks: ['regression'],
    greaterIsBetter: false,
    meaning: 'Typical size of the error in the unit of the target; large errors weigh more.',
  },
  {
    name: 'mae',
    label: 'MAE',
    tasks: ['regression'],
    greaterIsBetter: false,
    meaning: 'Mean absolute error in the unit of the target.',
  },
  {
    name: 'r2',
    label: 'R²',
    tasks: ['regression'],
    greaterIsBetter: true,
    meaning: 'Share of the variance that is explained; 0 is predicting the mean, 1 is perfect.',
  },
  {
    name: 'median_absolute_error',
    label: 'Median absolute error',
    tasks: ['regression'],
    greaterIsBetter: false,
    meaning: 'Half of the errors are smaller than this; not moved by outliers.',
  },
  {
    name: 'silhouette',
    label: 'Silhouette',
    tasks: ['clustering'],
    greaterIsBetter: true,
    meaning: 'How much closer rows are to their own group than to the next; 1 is far apart, 0 is touching.',
  },
  {
    name: 'calinski_harabasz',
    label: 'Calinski-Harabasz',
    tasks: ['clustering'],
    greaterIsBetter: true,
    meaning: 'Spread between groups relative to the spread within them; greater is clearer.',
  },
  {
    name: 'davies_bouldin',
    label: 'Davies-Bouldin',
    tasks: ['clustering'],
    greaterIsBetter: false,
    meaning: 'How alike the two most similar groups are, on average; 0 is perfectly apart.',
  },
];

export function metricsFor(task: Task): readonly MetricInfo[] {
  return METRICS.filter((metric) => metric.tasks.includes(task));
}

/** @throws RangeError for an unknown name. */
export function metricNamed(name: string): MetricInfo {
  const metric = METRICS.find((candidate) => candidate.name === name);
  if (!metric) throw new RangeError(`Unknown metric "${name}".`);
  return metric;
}
