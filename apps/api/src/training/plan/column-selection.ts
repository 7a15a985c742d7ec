import type { RunBlocker } from '../create-run.dto.js';
import { nearestName } from '../../platform/text/nearest-name.js';
import type { TrainingColumn, TrainingFlag, TrainingTable } from './training-table.js';

export interface ExcludedColumn {
  readonly column: string;
  readonly code: string;
  readonly reason: string;
  /** Whether we left it out; a wish in `includedColumns` brings it back. */
  readonly automatic: boolean;
}

export interface ColumnSelection {
  readonly features: readonly TrainingColumn[];
  readonly excluded: readonly ExcludedColumn[];
  readonly blockers: readonly RunBlocker[];
}

export interface ColumnWishes {
  readonly excludedColumns?: readonly string[] | undefined;
  readonly includedColumns?: readonly string[] | undefined;
}

const DUPLICATE = 'duplicate-column';

/**
 * Decides which columns the models may look at. A wish wins over a rule; a rule about this target (a leak) wins over a
 * role set by hand, because the role was set without knowing the target.
 */
export function selectColumns(
  table: TrainingTable,
  target: string | null,
  wishes: ColumnWishes,
): ColumnSelection {
  const unwanted = new Set(wishes.excludedColumns ?? []);
  const wanted = new Set(wishes.includedColumns ?? []);
  const excluded = new Map<string, ExcludedColumn>();
  const candidates = table.columns.filter((column) => column.name !== target);
  for (const column of candidates) {
    if (unwanted.has(column.name)) excluded.set(column.name, chosen(column.name));
    else if (!wanted.has(column.name)) {
      const reason = reasonAgainst(column, table, target);
      if (reason) excluded.set(column.name, { column: column.name, ...reason, automatic: true });
    }
  }
  for (const column of candidates) {
    if (excluded.has(column.name) || wanted.has(column.name)) continue;
    const duplicate = duplicateFlag(column, table, target, excluded);
    if (duplicate)
      excluded.set(column.name, {
        column: column.name,
        code: DUPLICATE,
        reason: duplicate.reason,
        automatic: true,
      });
  }
  return {
    features: candidates.filter((column) => !excluded.has(column.name)),
    excluded: candidates.flatMap((column) => excluded.get(column.name) ?? []),
    blockers: wishBlockers(table, target, wishes),
  };
}

function chosen(column: string): ExcludedColumn {
  return { column, code: 'chosen', reason: 'Left out on request.', automatic: false };
}

function reasonAgainst(
  column: TrainingColumn,
  table: TrainingTable,
  target: string | null,
): { code: string; reason: string } | undefined {
  if (column.distinct === 0) return { code: 'empty', reason: 'It has no value in any row.' };
  if (column.distinct === 1 && column.missing === 0)
    return { code: 'constant', reason: 'It has the same value in every row.' };
  const flag = table.flags.find((candidate) => excludes(candidate, column, target));
  if (flag) return { code: flag.code, reason: flag.reason };
  if (column.role === 'identifier')
    return { code: 'identifier', reason: 'It identifies rows rather than describing them.' };
  // A copy is judged below, where it is known whether the column that it repeats is used.
  const isCopy = table.flags.some((other) => other.code === DUPLICATE && other.column === column.name);
  if (isCopy && column.suggestedRole === 'ignore') return undefined;
  if (column.role === 'ignore') return { code: 'ignored', reason: 'Its role in the dataset is "ignore".' };
  return undefined;
}

function excludes(flag: TrainingFlag, column: TrainingColumn, target: string | null): boolean {
  if (flag.column !== column.name || flag.code === DUPLICATE) return false;
  if (flag.target !== null)
    return flag.target === target && (flag.severity === 'error' || namesNoFeature(flag));
  const keptByHand = column.role === 'feature' && column.suggestedRole !== 'feature';
  return namesNoFeature(flag) && !keptByHand;
}

function namesNoFeature(flag: TrainingFlag): boolean {
  return flag.suggestedRole === 'ignore' || flag.suggestedRole === 'identifier';
}

/** A copy is left out only while the column that it repeats is used; a copy of the target always. */
function duplicateFlag(
  column: TrainingColumn,
  table: TrainingTable,
  target: string | null,
  excluded: ReadonlyMap<string, ExcludedColumn>,
): TrainingFlag | undefined {
  const keptByHand = column.role === 'feature' && column.suggestedRole !== 'feature';
  return table.flags.find((flag) => {
    if (flag.code !== DUPLICATE || flag.column !== column.name) return false;
    if (flag.target !== null && flag.target !== target) return false;
    if (target !== null && flag.relatedColumns.includes(target)) return true;
    const partnerIsUsed = flag.relatedColumns.some((name) => !excluded.has(name));
    return partnerIsUsed && namesNoFeature(flag) && !keptByHand;
  });
}

function wishBlockers(table: TrainingTable, target: string | null, wishes: ColumnWishes): RunBlocker[] {
  const names = table.columns.map((column) => column.name);
  const known = new Set(names);
  const unknown = (field: 'excludedColumns' | 'includedColumns'): RunBlocker[] =>
    (wishes[field] ?? []).flatMap((name, index) => {
      if (known.has(name)) return [];
      const meant = nearestName(name, names);
      const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
      return {
        code: 'unknown-column',
        pointer: `#/${field}/${index}`,
        detail: `There is no column "${name}".${hint}`,
      };
    });
  const both = (wishes.includedColumns ?? []).filter((name) => wishes.excludedColumns?.includes(name));
  const targetIndex = target === null ? -1 : (wishes.includedColumns?.indexOf(target) ?? -1);
  return [
    ...unknown('excludedColumns'),
    ...unknown('includedColumns'),
    ...both.map((name) => ({
      code: 'contradiction',
      pointer: '#/includedColumns',
      detail: `"${name}" is both included and excluded; decide for one.`,
    })),
    ...(targetIndex < 0
      ? []
      : [
          {
            code: 'target-as-feature',
            pointer: `#/includedColumns/${targetIndex}`,
            detail: `"${target}" is the target; a model may not look at what it has to predict.`,
          },
        ]),
  ];
}
