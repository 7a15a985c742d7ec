import type { Task } from '@modelwright/contracts';
import type { RunWarning } from '../run.dto.js';
import { gigabytes } from './candidate-estimates.js';
import type { ColumnSelection } from './column-selection.js';
import { count, rarestClass } from './task-inference.js';
import type { TrainingColumn, TrainingFlag, TrainingTable } from './training-table.js';
import type { ChosenValidation } from './validation-choice.js';

const SMALL_TABLE = 100;
const RARE_ROWS = 10;
const IMBALANCED_SHARE = 0.05;
const MAX_WARNINGS = 50;
const TIGHT_SHARE = 0.5;
/** Ways to divide the rows that make scores doubtful. */
const DOUBTFUL_SPLITS: ReadonlySet<string> = new Set(['time-column-random-split']);

interface Situation {
  readonly table: TrainingTable;
  readonly target: TrainingColumn;
  readonly task: Task;
  readonly selection: ColumnSelection;
  readonly validation: ChosenValidation;
  readonly knownRows: number;
  readonly size: TableSize;
}

/** Memory that the table needs, and what there is. */
export interface TableSize {
  readonly tableMb: number;
  readonly limitMb: number;
}

/** What somebody should know before starting, most serious first. */
export function runWarnings(situation: Situation): RunWarning[] {
  const severities = ['serious', 'warning', 'info'];
  return [
    ...doubtfulColumns(situation),
    ...targetWarnings(situation),
    ...situation.validation.notes.map((note) => ({
      ...note,
      severity: 'warning' as const,
      ...(DOUBTFUL_SPLITS.has(note.code) ? { findingKey: note.code } : {}),
    })),
    ...sizeWarnings(situation),
  ]
    .sort((left, right) => severities.indexOf(left.severity) - severities.indexOf(right.severity))
    .slice(0, MAX_WARNINGS);
}

/**
 * Suspicious columns that stay in: by wish, or because what was seen is not strong enough to leave them out. A column
 * that all but gives the target away and is used by wish is serious: it stands in the way of promotion until somebody
 * waives it.
 */
function doubtfulColumns({ table, target, selection }: Situation): RunWarning[] {
  const used = new Set(selection.features.map((column) => column.name));
  return table.flags
    .filter((flag) => flag.column !== null && used.has(flag.column) && flag.severity !== 'info')
    .filter(
      (flag) =>
        flag.target === target.name ||
        (flag.target === null && isDoubtForEveryTarget(flag, used, target.name)),
    )
    .map((flag) => ({
      code: flag.code,
      severity: flag.severity === 'error' ? ('serious' as const) : ('warning' as const),
      detail: `"${flag.column}" is used: ${flag.reason}`,
      column: flag.column,
      findingKey: `${flag.code}:${flag.column}`,
    }));
}

/** Identifiers, and copies of a column that is used as well or is the target. */
function isDoubtForEveryTarget(flag: TrainingFlag, used: ReadonlySet<string>, target: string): boolean {
  if (flag.code === 'identifier') return true;
  return (
    flag.code === 'duplicate-column' && flag.relatedColumns.some((name) => used.has(name) || name === target)
  );
}

function targetWarnings({ target, task, knownRows, table }: Situation): RunWarning[] {
  const warnings: RunWarning[] = [];
  const column = target.name;
  if (knownRows < table.rows)
    warnings.push({
      code: 'target-missing',
      severity: 'warning',
      detail: `${count(table.rows - knownRows)} of ${count(table.rows)} rows have no value of "${column}" and are left out.`,
      column,
    });
  if ((target.infinite ?? 0) > 0)
    warnings.push({
      code: 'target-infinite',
      severity: 'warning',
      detail: `${count(target.infinite ?? 0)} rows have an infinite value of "${column}" and are left out.`,
      column,
    });
  const rarest = task === 'regression' ? undefined : rarestClass(target);
  if (rarest && rarest.rows < RARE_ROWS)
    warnings.push({
      code: 'tiny-class',
      severity: 'warning',
      detail: `The class "${rarest.value}" of "${column}" has only ${count(rarest.rows)} rows and can hardly be learned.`,
      column,
    });
  else if (rarest && task === 'binary' && rarest.rows / knownRows < IMBALANCED_SHARE)
    warnings.push({
      code: 'imbalanced',
      severity: 'info',
      detail: `Only ${((100 * rarest.rows) / knownRows).toFixed(1)} % of the rows are "${rarest.value}"; average precision tells more than accuracy here.`,
      column,
    });
  return warnings;
}

/** What the size of the table means. */
export function sizeWarnings({
  knownRows,
  selection,
  size,
}: Pick<Situation, 'knownRows' | 'selection' | 'size'>): RunWarning[] {
  const warnings: RunWarning[] = [];
  if (knownRows < SMALL_TABLE)
    warnings.push({
      code: 'few-rows',
      severity: 'warning',
      detail: `With only ${count(knownRows)} rows every figure is rough.`,
    });
  if (selection.features.length > knownRows)
    warnings.push({
      code: 'more-columns-than-rows',
      severity: 'warning',
      detail: `There are more columns (${count(selection.features.length)}) than rows (${count(knownRows)}): models will find patterns by chance.`,
    });
  if (size.tableMb <= size.limitMb && size.tableMb > size.limitMb * TIGHT_SHARE)
    warnings.push({
      code: 'memory-tight',
      severity: 'warning',
      detail:
        `${count(knownRows)} rows of ${count(selection.features.length)} columns take about ${gigabytes(size.tableMb)} of the ` +
        `${gigabytes(size.limitMb)} of memory before any model is fitted; large families will be skipped.`,
    });
  return warnings;
}
