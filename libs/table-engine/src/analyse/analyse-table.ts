import type { ColumnRole } from '@modelwright/contracts';
import type { ColumnStatistics, QualityFlag, TableProfile, TargetAnalysis } from '../types.js';
import { columnFlags, derivedColumnFlag, duplicateColumnFlag, duplicateRowsFlag } from './column-flags.js';
import type { EncodedTable } from './encoded-table.js';
import { sumColumns, sumFlags, targetLeaks } from './leaks.js';
import { derivedColumns, duplicateColumns, type Duplicate } from './relations.js';
import { distributionAgainst } from './target-distribution.js';
import { suggestTarget, targetFlags, targetProblem, taskOf } from './target.js';

const SEVERITY_ORDER = { error: 0, warning: 1, info: 2 } as const;

/** Puts together what the columns say alone and what they say about each other. */
export function analyseTable(
  columns: readonly ColumnStatistics[],
  sample: EncodedTable,
  table: { rows: number; duplicateRows: number; fileName: string },
): TableProfile {
  const alone = columns.flatMap(columnFlags);
  const unusable = new Set(
    alone.filter(({ suggestedRole }) => suggestedRole !== null).map(({ column }) => column ?? ''),
  );
  const duplicates = duplicateColumns(sample).filter(
    ({ column, of }) => !unusable.has(column.name) && !unusable.has(of.name),
  );
  const leaveOut = new Set([...unusable, ...duplicates.map(({ column }) => column.name)]);
  const derived = derivedColumns(sample, leaveOut);
  const suggestion = suggestTarget(columns, table.fileName, {
    unusable,
    derived: new Set(derived.map(({ column }) => column.name)),
  });
  const target = suggestion?.column ?? null;
  const copies = duplicates.map((duplicate) => keepTarget(duplicate, target));
  const sums = sumColumns(sample);
  const flags = [
    ...alone,
    ...duplicateRowsFlag(table.duplicateRows, table.rows),
    ...copies
      .filter(({ of }) => of !== target)
      .map(({ column, of, kind }) => duplicateColumnFlag(column, of, kind)),
    ...derived
      .filter(({ from }) => from.every(({ name }) => name !== target))
      .map(({ column, from }) =>
        derivedColumnFlag(
          column.name,
          from.map(({ name }) => name),
          sample.rows,
        ),
      ),
    ...sumFlags(sums, null),
    ...suggestedTargetFlags(columns, sample, target),
  ];
  return {
    rows: table.rows,
    profiledRows: sample.rows,
    duplicateRows: table.duplicateRows,
    columns: [...columns],
    flags: sortFlags(flags),
    suggestedRoles: suggestedRoles(columns, flags),
    targetSuggestion: suggestion,
  };
}

/** Of two columns that say the same, the target is never the one to leave out. */
function keepTarget(
  { column, of, kind }: Duplicate,
  target: string | null,
): { column: string; of: string; kind: string } {
  return column.name === target
    ? { column: of.name, of: column.name, kind }
    : { column: column.name, of: of.name, kind };
}

function suggestedTargetFlags(
  columns: readonly ColumnStatistics[],
  sample: EncodedTable,
  target: string | null,
): QualityFlag[] {
  if (target === null) return [];
  const statistics = columns.find(({ name }) => name === target);
  const encoded = sample.columns.find(({ name }) => name === target);
  const task = statistics && taskOf(statistics);
  if (!statistics || !encoded || !task) return [];
  return [...targetFlags(statistics, task), ...targetLeaks(sample, encoded, task)];
}

function suggestedRoles(columns: readonly ColumnStatistics[], flags: readonly QualityFlag[]): ColumnRole[] {
  const byColumn = new Map<string | null, ColumnRole>();
  for (const { column, suggestedRole, target } of flags)
    if (suggestedRole !== null && target === null && !byColumn.has(column))
      byColumn.set(column, suggestedRole);
  const times = columns.filter(({ type }) => type === 'datetime');
  return columns.map((column) => {
    const history =
      times.length === 1 && column.type === 'datetime' && column.increasing && column.missing === 0;
    return byColumn.get(column.name) ?? (history ? 'time' : 'feature');
  });
}

export function sortFlags(flags: readonly QualityFlag[]): QualityFlag[] {
  return [...flags].sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity]);
}

/** What follows from choosing a target. */
export function analyseTarget(
  columns: readonly ColumnStatistics[],
  sample: EncodedTable,
  target: string,
): TargetAnalysis {
  const statistics = columns.find(({ name }) => name === target);
  const encoded = sample.columns.find(({ name }) => name === target);
  if (!statistics || !encoded)
    return { target, task: null, problem: `There is no column "${target}".`, flags: [], againstTarget: [] };
  const problem = targetProblem(statistics);
  const task = taskOf(statistics) ?? null;
  if (task === null) return { target, task, problem, flags: [], againstTarget: [] };
  const againstTarget = sample.columns.map((column) =>
    column !== encoded && column.distinct > 0 ? distributionAgainst(column, encoded, task) : null,
  );
  const flags =
    problem === null ? [...targetLeaks(sample, encoded, task), ...sumFlags(sumColumns(sample), target)] : [];
  return {
    target,
    task,
    problem,
    flags: sortFlags(onePerColumn([...targetFlags(statistics, task), ...flags])),
    againstTarget,
  };
}

/** One leak per column is enough. */
function onePerColumn(flags: readonly QualityFlag[]): QualityFlag[] {
  const seen = new Set<string>();
  return flags.filter(({ code, column }) => {
    const key = `${code}\0${column ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
