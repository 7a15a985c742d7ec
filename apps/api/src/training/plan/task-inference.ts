import type { Task } from '@modelwright/contracts';
import type { RunBlocker } from '../create-run.dto.js';
import type { TrainingColumn } from './training-table.js';

/** An integer with at most so many different values, and enough rows of each, names classes rather than amounts. */
const MAX_INTEGER_CLASSES = 10;
const MIN_ROWS_PER_INTEGER_CLASS = 5;
/** The same limits as the trainer's: more classes cannot be learned, whatever the data. */
export const MAX_CLASSES = 1000;

export interface InferredTask {
  readonly task: Task;
  readonly reason: string;
}

/** The kind of prediction that the values of a column call for; undefined when it cannot be predicted. */
export function inferTask(column: TrainingColumn, rows: number): InferredTask | undefined {
  const { name, type, distinct } = column;
  if (type === 'datetime') return undefined;
  if (distinct === 2) return { task: 'binary', reason: `"${name}" has two different values.` };
  const known = rows - column.missing;
  const fewEach = distinct * MIN_ROWS_PER_INTEGER_CLASS > known;
  if (type === 'number' || (type === 'integer' && (distinct > MAX_INTEGER_CLASSES || fewEach)))
    return { task: 'regression', reason: `"${name}" is a number with ${count(distinct)} different values.` };
  if (type === 'integer')
    return {
      task: 'multiclass',
      reason: `"${name}" is a whole number with only ${distinct} different values.`,
    };
  if (distinct === 1)
    return {
      task: 'multiclass',
      reason: `"${name}" has the same value in every row: there is nothing to predict.`,
    };
  return { task: 'multiclass', reason: `"${name}" has ${count(distinct)} classes.` };
}

/** What makes a column useless as a target for a task; all that is wrong at once. */
export function targetBlockers(column: TrainingColumn, task: Task, rows: number): RunBlocker[] {
  const known = rows - column.missing;
  const blocker = (code: string, detail: string, pointer = '#/target'): RunBlocker => ({
    code,
    pointer,
    detail,
  });
  const name = `The target "${column.name}"`;
  if (known === 0)
    return [blocker('target-all-missing', `${name} has no value in any row. Choose another target.`)];
  if (column.distinct <= 1)
    return [
      blocker(
        'target-one-class',
        `${name} has the same value in every row, so there is nothing to predict. Choose another target.`,
      ),
    ];
  if (task === 'regression')
    return isNumeric(column)
      ? []
      : [
          blocker(
            'task-does-not-fit',
            `${name} is of type ${column.type}; regression needs numbers. Choose classification or another target.`,
            '#/task',
          ),
        ];
  if (column.type === 'datetime')
    return [
      blocker(
        'target-is-time',
        `${name} is a date or time, which cannot be predicted as classes. Choose another target.`,
      ),
    ];
  if (task === 'binary' && column.distinct > 2)
    return [
      blocker(
        'task-does-not-fit',
        `${name} has ${count(column.distinct)} classes, not two. Choose multi-class classification or another target.`,
        '#/task',
      ),
    ];
  if (column.distinct > known / 2 || column.distinct > MAX_CLASSES)
    return [
      blocker(
        'target-too-many-classes',
        `${name} has ${count(column.distinct)} classes in ${count(known)} rows, too many to learn from. ` +
          (isNumeric(column) ? 'Choose regression.' : 'If it is an identifier, choose another target.'),
      ),
    ];
  return [];
}

export function isNumeric(column: TrainingColumn): boolean {
  return column.type === 'number' || column.type === 'integer';
}

/** Rows of the rarest class; undefined when not all classes were counted. */
export function rarestClass(column: TrainingColumn): { value: string; rows: number } | undefined {
  if (column.topValues.length < column.distinct) return undefined;
  const rarest = column.topValues.reduce<{ value: unknown; count: number } | undefined>(
    (least, entry) => (least === undefined || entry.count < least.count ? entry : least),
    undefined,
  );
  return rarest && { value: String(rarest.value), rows: rarest.count };
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
