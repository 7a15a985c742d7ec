import type { Task } from '@modelwright/contracts';
import { nearestName } from '../../platform/text/nearest-name.js';
import type { RunBlocker } from '../create-run.dto.js';
import type { ColumnSelection } from './column-selection.js';
import { count, targetBlockers } from './task-inference.js';
import type { TrainingColumn, TrainingTable } from './training-table.js';
import { MIN_ROWS, type ChosenValidation } from './validation-choice.js';

export function targetMissing(name: string | undefined, table: TrainingTable): RunBlocker {
  const pointer = '#/target';
  if (name === undefined)
    return {
      code: 'target-missing',
      pointer,
      detail: 'No column suggests itself as the target; choose one.',
    };
  const meant = nearestName(
    name,
    table.columns.map((column) => column.name),
  );
  const hint = meant === undefined ? 'Choose one of its columns.' : `Did you mean "${meant}"?`;
  return {
    code: 'unknown-column',
    pointer,
    detail: `Version ${table.versionNumber} of "${table.datasetName}" has no column "${name}". ${hint}`,
  };
}

/** What in the data stands in the way of a prediction of this target. */
export function blockersOf(situation: {
  target: TrainingColumn;
  task: Task | undefined;
  table: TrainingTable;
  knownRows: number;
  selection: ColumnSelection;
  validation: ChosenValidation | undefined;
}): RunBlocker[] {
  const { target, task, table, knownRows, selection, validation } = situation;
  const about = targetBlockers(target, task ?? 'multiclass', table.rows);
  const rows = about.length === 0 ? rowBlockers(knownRows, target.name) : [];
  return [
    ...about,
    ...rows,
    ...featureBlockers(selection),
    ...selection.blockers,
    ...(validation?.blockers ?? []),
  ];
}

export function rowBlockers(knownRows: number, target: string | null): RunBlocker[] {
  if (knownRows >= MIN_ROWS) return [];
  const have = target === null ? 'rows are there' : `rows have a value of "${target}"`;
  return [
    {
      code: 'too-few-rows',
      pointer: '#/datasetId',
      detail: `Only ${count(knownRows)} ${have}; at least ${MIN_ROWS} are needed. Upload more rows.`,
    },
  ];
}

export function featureBlockers(selection: ColumnSelection): RunBlocker[] {
  if (selection.features.length > 0) return [];
  return [
    {
      code: 'no-features',
      pointer: '#/excludedColumns',
      detail: 'No column is left to learn from. Include one of the excluded columns or exclude fewer.',
    },
  ];
}
