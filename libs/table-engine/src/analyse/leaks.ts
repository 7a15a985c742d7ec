import type { Task } from '@modelwright/contracts';
import type { QualityFlag } from '../types.js';
import type { EncodedColumn, EncodedTable } from './encoded-table.js';
import { momentsOf, regress, type Moments } from './linear.js';
import { proportional, samePartition } from './relations.js';
import { strengthAlone } from './strength.js';
import { percent, quoted } from './words.js';

/** A single column that predicts this well on rows it was not fitted on knows the answer. */
const SUSPICIOUS_CLASS_STRENGTH = 0.97;
const SUSPICIOUS_NUMBER_STRENGTH = 0.99;
const MAX_SUM_COLUMNS = 40;
const SUM_ROWS = 20_000;

/** Columns that give a target away. */
export function targetLeaks(table: EncodedTable, target: EncodedColumn, task: Task): QualityFlag[] {
  const flags: QualityFlag[] = [];
  for (const column of table.columns) {
    if (column === target || column.distinct < 1) continue;
    const reason = copyOfTarget(column, target, table.rows) ?? tooStrong(column, target, task, table.rows);
    if (reason !== undefined) flags.push(leak(column.name, target.name, reason, []));
  }
  return flags;
}

function leak(column: string, target: string, reason: string, relatedColumns: string[]): QualityFlag {
  return {
    code: 'target-leak',
    severity: 'error',
    column,
    relatedColumns: [target, ...relatedColumns],
    target,
    title: 'Gives the target away',
    reason,
    affectedRows: null,
    fix: `Leave ${quoted(column)} out when predicting ${quoted(target)}: it will not be known when a prediction is needed.`,
    suggestedRole: 'ignore',
  };
}

function copyOfTarget(column: EncodedColumn, target: EncodedColumn, rows: number): string | undefined {
  if (rows < 20 || target.distinct < 2) return undefined;
  const small = Math.max(column.distinct, target.distinct) <= rows * 0.5;
  if (
    samePartition(column, target) &&
    (small || column.labels.every((label, code) => label === target.labels[code]))
  )
    return `Each value of ${quoted(column.name)} stands for exactly one value of ${quoted(target.name)} and the other way round: it is the target in other words.`;
  if (proportional(column, target, Math.max(1, Math.floor(rows / 2000)), rows))
    return `${quoted(column.name)} is ${quoted(target.name)} on another scale: the two lie on a straight line.`;
  return undefined;
}

function tooStrong(
  column: EncodedColumn,
  target: EncodedColumn,
  task: Task,
  rows: number,
): string | undefined {
  if (rows < 50 || (column.distinct > rows * 0.5 && !column.numbers)) return undefined;
  const classes = task !== 'regression';
  if (classes && target.distinct > 100) return undefined;
  const strength = strengthAlone(column, target, classes);
  if (strength < (classes ? SUSPICIOUS_CLASS_STRENGTH : SUSPICIOUS_NUMBER_STRENGTH)) return undefined;
  const measure = classes
    ? 'of the errors of always guessing the most frequent class'
    : 'of the variance (R²)';
  return `${quoted(column.name)} alone removes ${percent(strength)} ${measure} on rows it was not fitted on. That is too good for a cause: it probably records the outcome.`;
}

export interface SumColumn {
  readonly sum: string;
  readonly parts: string[];
  readonly r2: number;
}

/** Numeric columns that add up others (with whatever is not in the table left over), whichever of them is the target. */
export function sumColumns(table: EncodedTable): SumColumn[] {
  const numeric = table.columns
    .filter(
      (column) =>
        (column.type === 'number' || column.type === 'integer') &&
        column.distinct > 10 &&
        column.missing < table.rows * 0.5,
    )
    .slice(0, MAX_SUM_COLUMNS);
  if (numeric.length < 3) return [];
  const moments = momentsOf(
    numeric.map(({ name, numbers }) => ({
      name,
      numbers: (numbers ?? new Float64Array()).subarray(0, SUM_ROWS),
    })),
  );
  if (!moments) return [];
  return numeric.flatMap((_, index) => {
    const sum = sumOf(moments, index);
    return sum ? [sum] : [];
  });
}

/** Whether a column is close to the plain sum of at least two others: coefficients near one, none taken away. */
function sumOf(moments: Moments, index: number): SumColumn | undefined {
  const others = moments.names.map((_, other) => other).filter((other) => other !== index);
  const whole = regress(moments, index, others);
  if (whole.r2 < 0.98) return undefined;
  const parts = others.filter((other) => {
    const name = moments.names[other] ?? '';
    const coefficient = whole.coefficients.get(name) ?? 0;
    return coefficient >= 0.8 && coefficient <= 1.25 && (whole.weights.get(name) ?? 0) >= 0.02;
  });
  if (parts.length < 2) return undefined;
  const alone = regress(moments, index, parts);
  const names = parts.map((part) => moments.names[part] ?? '');
  const nearOne = names.every((name) => {
    const coefficient = alone.coefficients.get(name) ?? 0;
    return coefficient >= 0.75 && coefficient <= 1.3;
  });
  if (alone.r2 < 0.97 || !nearOne) return undefined;
  // Each part must be needed: without it, much more is left unexplained.
  const needed = parts.every((part) => {
    const rest = regress(
      moments,
      index,
      parts.filter((other) => other !== part),
    );
    return 1 - alone.r2 < (1 - rest.r2) * 0.7;
  });
  return needed ? { sum: moments.names[index] ?? '', parts: names, r2: alone.r2 } : undefined;
}

/** @param target when chosen, only sums that have to do with it; else one warning per sum */
export function sumFlags(sums: readonly SumColumn[], target: string | null): QualityFlag[] {
  return sums.flatMap(({ sum, parts, r2 }) => {
    const formula = `${sum} ≈ ${parts.join(' + ')}`;
    const found = `${formula} (R² ${r2.toFixed(3)}).`;
    if (target === null)
      return [
        {
          ...leak(sum, parts[0] ?? '', '', []),
          severity: 'warning' as const,
          target: null,
          relatedColumns: parts,
          title: 'Sum that contains other columns',
          reason: `${found} If one of ${parts.map(quoted).join(', ')} is the target, this column contains it.`,
          fix: `Leave ${quoted(sum)} out when predicting one of its parts, and the parts when predicting ${quoted(sum)}.`,
          suggestedRole: null,
        },
      ];
    if (parts.includes(target))
      return [
        leak(
          sum,
          target,
          `${found} ${quoted(sum)} contains the target: subtract the rest and the target is left.`,
          parts.filter((part) => part !== target),
        ),
      ];
    if (sum === target)
      return parts.map((part) => ({
        ...leak(
          part,
          target,
          `${found} ${quoted(part)} is a part of the target.`,
          parts.filter((other) => other !== part),
        ),
        severity: 'warning' as const,
        title: 'Part of the target',
        fix: `Leave ${quoted(part)} out unless it is known before ${quoted(target)} is.`,
        suggestedRole: null,
      }));
    return [];
  });
}
