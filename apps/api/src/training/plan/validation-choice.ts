import type { Task, ValidationStrategy } from '@modelwright/contracts';
import type { RunBlocker } from '../create-run.dto.js';
import { nearestName } from '../../platform/text/nearest-name.js';
import { count, isNumeric, rarestClass } from './task-inference.js';
import type { TrainingColumn, TrainingTable } from './training-table.js';

const DEFAULT_FOLDS = 5;
const LARGE_ROWS = 500_000;
const FOLDS_OF_LARGE_TABLES = 3;
/** The trainer refuses less: there is nothing to set aside. */
export const MIN_ROWS = 10;
const MIN_GROUPS = 3;

export interface ValidationWish {
  readonly strategy?: ValidationStrategy | undefined;
  readonly folds?: number | undefined;
  readonly column?: string | null | undefined;
  readonly repeats?: number | undefined;
}

export interface ValidationChoice {
  readonly strategy: ValidationStrategy;
  readonly folds: number;
  readonly column: string | null;
  /** How often the folds are drawn anew; runs of before do not say. */
  readonly repeats?: number;
}

export interface ChosenValidation {
  readonly validation: ValidationChoice;
  readonly blockers: readonly RunBlocker[];
  /** What was changed or should be known, in words. */
  readonly notes: readonly { readonly code: string; readonly detail: string }[];
}

interface Question {
  readonly table: TrainingTable;
  readonly target: TrainingColumn;
  readonly task: Task;
  readonly wish: ValidationWish;
  /** Rows that are not held out. */
  readonly trainRows: number;
}

/** Chooses how rows are divided into folds, keeping what was asked for where that can be done. */
export function chooseValidation(question: Question): ChosenValidation {
  const { task, wish } = question;
  const notes: { code: string; detail: string }[] = [];
  const blockers: RunBlocker[] = [];
  const strategy = strategyOf(wish, task, notes);
  const column =
    strategy === 'grouped' || strategy === 'time' || strategy === 'given'
      ? splitColumn(question, strategy, blockers)
      : null;
  const folds = foldsOf(question, strategy, notes, blockers);
  const repeats = wish.repeats ?? 1;
  if (repeats > 1 && (strategy === 'time' || strategy === 'given'))
    blockers.push({
      code: 'repeats-do-not-fit',
      pointer: '#/validation/repeats',
      detail: 'Folds that follow time or are given are always the same, so drawing them again tells nothing.',
    });
  if (strategy !== 'time' && strategy !== 'given') notes.push(...mixedTimes(question));
  return { validation: { strategy, folds, column, repeats }, blockers, notes };
}

/** A table with dates may be asked about its future; whether it is, only people know. */
function mixedTimes({ table, target }: Question): ChosenValidation['notes'] {
  const dates = table.columns.filter(
    ({ name, type, distinct }) => type === 'datetime' && name !== target.name && distinct >= MIN_GROUPS,
  );
  const ordering = table.columns.find(({ role }) => role === 'time');
  const [first] = dates;
  if (!ordering && !first) return [];
  const found = ordering
    ? `"${ordering.name}" orders the rows in time, but the folds mix past and future.`
    : `${dates.map(({ name }) => `"${name}"`).join(', ')} ${dates.length === 1 ? 'holds dates' : 'hold dates'}, and the folds mix past and future.`;
  return [
    {
      code: 'time-column-random-split',
      detail: `${found} If the model is to predict the future, validate by time.`,
    },
  ];
}

function strategyOf(
  wish: ValidationWish,
  task: Task,
  notes: { code: string; detail: string }[],
): ValidationStrategy {
  if (wish.strategy === undefined) return task === 'regression' ? 'random' : 'stratified';
  if (wish.strategy === 'stratified' && task === 'regression') {
    notes.push({
      code: 'stratified-regression',
      detail: 'A number cannot be stratified by class; the rows are divided at random.',
    });
    return 'random';
  }
  return wish.strategy;
}

function splitColumn(
  question: Question,
  strategy: 'grouped' | 'time' | 'given',
  blockers: RunBlocker[],
): string | null {
  const { table, target, wish } = question;
  const pointer = '#/validation/column';
  const what = { grouped: 'group', time: 'time', given: 'split' }[strategy];
  const name = wish.column ?? (strategy === 'time' ? defaultTimeColumn(table) : undefined);
  if (name === undefined) {
    blockers.push({
      code: 'validation-column-missing',
      pointer,
      detail:
        strategy === 'given'
          ? 'A given split needs the column that says train, validation or test, or the number of the fold; choose it.'
          : `Validation by ${what} needs a ${what} column; choose one.`,
    });
    return null;
  }
  const column = table.columns.find((candidate) => candidate.name === name);
  if (!column) {
    const meant = nearestName(
      name,
      table.columns.map((candidate) => candidate.name),
    );
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    blockers.push({ code: 'unknown-column', pointer, detail: `There is no column "${name}".${hint}` });
  } else if (name === target.name) {
    blockers.push({
      code: 'validation-column-is-target',
      pointer,
      detail: 'The target cannot divide the rows; choose another column.',
    });
  } else if (strategy === 'time' && column.type !== 'datetime' && !isNumeric(column)) {
    blockers.push({
      code: 'validation-column-unsuitable',
      pointer,
      detail: `"${name}" is of type ${column.type}; validation by time needs dates or numbers that grow with time.`,
    });
  } else if (strategy === 'given') {
    blockers.push(...givenBlockers(column, pointer));
  } else if (column.distinct < MIN_GROUPS) {
    blockers.push({
      code: 'validation-column-unsuitable',
      pointer,
      detail: `"${name}" has only ${column.distinct} different values; at least ${MIN_GROUPS} are needed to divide the rows.`,
    });
  }
  return name;
}

/** Spellings of the parts of a given split; case does not matter. */
const PARTS = [
  ...['train', 'training', 'validation', 'valid', 'val', 'dev', 'development'],
  ...['test', 'testing', 'holdout', 'hold-out', 'hold_out'],
];
const FOLD = /^\d+(\.0)?$/;
const MAX_GIVEN_FOLDS = 20;

/** A given split names its parts in words, or numbers its folds. */
function givenBlockers(column: TrainingColumn, pointer: string): RunBlocker[] {
  const unsuitable = (detail: string): RunBlocker[] => [
    { code: 'validation-column-unsuitable', pointer, detail },
  ];
  const words = `"${column.name}" must hold train, validation and test, or the numbers of the folds`;
  if (column.distinct < 2) return unsuitable(`${words}; it has one value only.`);
  if (column.distinct > MAX_GIVEN_FOLDS)
    return unsuitable(`${words}; it has ${count(column.distinct)} different values.`);
  const values = column.topValues.map(({ value }) => String(value).trim().toLowerCase());
  const known = values.every((value) => PARTS.includes(value) || FOLD.test(value));
  if (known) return [];
  const odd = values.find((value) => !PARTS.includes(value) && !FOLD.test(value));
  return unsuitable(`${words}; it has "${odd ?? ''}".`);
}

function defaultTimeColumn(table: TrainingTable): string | undefined {
  const chosen = table.columns.find((column) => column.role === 'time');
  const datetimes = table.columns.filter((column) => column.type === 'datetime');
  return chosen?.name ?? (datetimes.length === 1 ? datetimes[0]?.name : undefined);
}

function foldsOf(
  question: Question,
  strategy: ValidationStrategy,
  notes: { code: string; detail: string }[],
  blockers: RunBlocker[],
): number {
  const { table, target, wish, trainRows } = question;
  const standard = table.rows > LARGE_ROWS ? FOLDS_OF_LARGE_TABLES : DEFAULT_FOLDS;
  const wanted = wish.folds ?? standard;
  const most = Math.max(2, Math.floor(trainRows / 2));
  if (wanted > most && wish.folds !== undefined)
    blockers.push({
      code: 'fewer-rows-than-folds',
      pointer: '#/validation/folds',
      detail: `${wanted} folds need at least ${wanted * 2} training rows, there are ${count(trainRows)}. Use ${most} folds or fewer.`,
    });
  const rarest = strategy === 'stratified' ? rarestClass(target) : undefined;
  if (!rarest || rarest.rows >= wanted) return Math.min(wanted, most);
  // The trainer lowers the number likewise, and counts only classes that occur at least twice.
  const folds = Math.min(wanted, most, Math.max(2, rarest.rows));
  notes.push({
    code: 'rare-class',
    detail: `The class "${rarest.value}" has only ${count(rarest.rows)} rows, so not every fold can show it; its figures are rough.`,
  });
  return folds;
}
