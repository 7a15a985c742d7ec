import type { ColumnStatistics, QualityFlag } from '../types.js';
import { identifierFinding } from './identifier.js';
import { orderOfLevels } from './ordered-levels.js';
import { figure, listed, percent, quoted, rowsText } from './words.js';

const NEAR_EMPTY_SHARE = 0.6;
const MUCH_MISSING_SHARE = 0.2;
const NEAR_CONSTANT_SHARE = 0.995;
const HIGH_CARDINALITY = 50;
/** Distance from the quartiles, in interquartile ranges, beyond which a value is called extreme. */
const EXTREME_RANGES = 10;

type Draft = Pick<QualityFlag, 'code' | 'severity' | 'title' | 'reason' | 'fix'> &
  Partial<Pick<QualityFlag, 'affectedRows' | 'suggestedRole' | 'relatedColumns'>>;

/** Findings that one column gives by itself. */
export function columnFlags(column: ColumnStatistics): QualityFlag[] {
  const rules = [
    nothingInIt,
    missingValues,
    blanks,
    unreadable,
    infinite,
    identity,
    levels,
    mixedTypes,
    zeros,
    extremes,
    dates,
  ];
  const drafts = rules.flatMap((rule) => rule(column) ?? []);
  return drafts.map((draft) => ({
    column: column.name,
    relatedColumns: [],
    target: null,
    affectedRows: null,
    suggestedRole: null,
    ...draft,
  }));
}

const present = ({ rows, missing }: ColumnStatistics): number => rows - missing;
const isNumeric = ({ type }: ColumnStatistics): boolean => type === 'number' || type === 'integer';

function nothingInIt(column: ColumnStatistics): Draft | undefined {
  if (column.rows < 2) return undefined;
  if (present(column) === 0)
    return {
      code: 'empty',
      severity: 'warning',
      title: 'Empty column',
      reason: 'No row has a value.',
      affectedRows: column.rows,
      fix: 'Leave it out.',
      suggestedRole: 'ignore',
    };
  if (column.distinct === 1 && column.missing === 0)
    return {
      code: 'constant',
      severity: 'warning',
      title: 'Constant',
      reason: `Every row says ${JSON.stringify(column.examples[0] ?? null)}.`,
      affectedRows: column.rows,
      fix: 'Leave it out: a model can learn nothing from it.',
      suggestedRole: 'ignore',
    };
  const top = column.topValues[0];
  if (top && column.distinct > 1 && top.count >= column.rows * NEAR_CONSTANT_SHARE && column.rows >= 50)
    return {
      code: 'near-constant',
      severity: 'info',
      title: 'Nearly constant',
      reason: `${percent(top.count / column.rows)} of the rows say ${JSON.stringify(top.value)}.`,
      affectedRows: column.rows - top.count,
      fix: 'Keep it only if the rare values matter.',
    };
  return undefined;
}

function missingValues(column: ColumnStatistics): Draft | undefined {
  const share = column.missing / Math.max(1, column.rows);
  if (column.missing === 0 || share === 1) return undefined;
  const reason = `${rowsText(column.missing)} (${percent(share)}) ${column.missing === 1 ? 'has' : 'have'} no value.`;
  if (share >= NEAR_EMPTY_SHARE)
    return {
      code: 'near-empty',
      severity: 'warning',
      title: 'Nearly empty',
      reason,
      affectedRows: column.missing,
      fix: 'Leave it out, unless a missing value itself says something.',
    };
  return {
    code: 'missing',
    severity: share >= MUCH_MISSING_SHARE ? 'warning' : 'info',
    title: 'Missing values',
    reason,
    affectedRows: column.missing,
    fix: 'Training fills gaps inside each fold; nothing has to be done.',
  };
}

function blanks(column: ColumnStatistics): Draft | undefined {
  if (column.blankAsMissing === 0) return undefined;
  const kind = isNumeric(column) ? 'numbers' : column.type === 'datetime' ? 'dates' : 'values';
  return {
    code: 'blank-as-missing',
    severity: 'info',
    title: 'Blanks read as missing',
    reason: `${rowsText(column.blankAsMissing)} held blanks or a spelling such as NA among the ${kind}; they were read as missing, so the column is ${column.type === 'integer' || column.type === 'number' ? 'numeric' : `of type ${column.type}`}.`,
    affectedRows: column.blankAsMissing,
    fix: 'Nothing has to be done, unless the blanks mean zero.',
  };
}

function unreadable(column: ColumnStatistics): Draft | undefined {
  if (column.unreadable.count === 0) return undefined;
  return {
    code: 'mixed-types',
    severity: 'warning',
    title: 'Mixed types',
    reason: `${rowsText(column.unreadable.count)} cannot be read as ${column.type === 'datetime' ? 'dates' : 'numbers'} like the rest (${listed(column.unreadable.examples, 3)}) and became missing.`,
    affectedRows: column.unreadable.count,
    fix: 'Correct them in the file and upload it again, or leave them missing.',
  };
}

function infinite(column: ColumnStatistics): Draft | undefined {
  if (column.infinite === null || column.infinite === 0) return undefined;
  return {
    code: 'infinite',
    severity: 'warning',
    title: 'Infinite values',
    reason: `${rowsText(column.infinite)} ${column.infinite === 1 ? 'holds' : 'hold'} an infinite number or one too large to store; read as missing.`,
    affectedRows: column.infinite,
    fix: 'Check how they came about, a division by zero for instance.',
  };
}

function identity(column: ColumnStatistics): Draft | undefined {
  const finding = identifierFinding(column);
  if (!finding) return undefined;
  const full = finding.kind === 'identifier';
  return {
    code: finding.kind,
    severity: 'warning',
    title: full ? 'Identifier' : 'Nearly an identifier',
    reason: full
      ? `It tells rows apart instead of describing them: ${finding.why}.`
      : `It hardly repeats: ${finding.why}. A model would learn rows by heart.`,
    affectedRows: null,
    fix: full
      ? 'Leave it out of training; it stays in the table.'
      : 'Leave it out, or replace it by a group such as its first word.',
    suggestedRole: full ? 'identifier' : 'ignore',
  };
}

function levels(column: ColumnStatistics): Draft[] {
  if (column.type !== 'category' && column.type !== 'text') return [];
  const drafts: Draft[] = [];
  if (column.distinct > HIGH_CARDINALITY && !identifierFinding(column) && (column.textLength?.mean ?? 0) < 40)
    drafts.push({
      code: 'high-cardinality',
      severity: 'info',
      title: 'Many levels',
      reason: `${column.distinct.toLocaleString('en-US')} different values; many of them are rare.`,
      fix: 'Training groups rare levels; grouping them by hand may say more.',
    });
  const words = column.topValues.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  const order = column.distinct <= 20 ? orderOfLevels(words) : undefined;
  if (order !== undefined)
    drafts.push({
      code: 'ordered-categories',
      severity: 'info',
      title: 'Ordered categories',
      reason: `The ${column.distinct} values seem to have an order: ${order} (${listed(words, 4)}).`,
      fix: 'Nothing has to be done; tree models find the order, linear ones use a column per level.',
    });
  return drafts;
}

function mixedTypes(column: ColumnStatistics): Draft | undefined {
  const words = column.type === 'category' || column.type === 'text';
  if (!words || column.numericShare < 0.05 || column.numericShare > 0.98 || present(column) < 20)
    return undefined;
  if (identifierFinding(column)) return undefined;
  return {
    code: 'mixed-types',
    severity: 'warning',
    title: 'Mixed types',
    reason: `${percent(column.numericShare)} of the values are numbers, the rest is text, so the column was read as ${column.type}.`,
    affectedRows: Math.round(present(column) * Math.min(column.numericShare, 1 - column.numericShare)),
    fix: 'If it should be a number, correct the other values in the file and upload it again.',
  };
}

/** A measure whose other values keep well away from zero, in which a few rows say exactly zero. */
function zeros(column: ColumnStatistics): Draft | undefined {
  const { zeros: count, quantiles, smallestPositive } = column;
  if (!isNumeric(column) || count === null || count === 0 || column.negatives !== 0 || !quantiles)
    return undefined;
  const share = count / Math.max(1, present(column));
  const gap = smallestPositive !== null && smallestPositive >= quantiles.p50 * 0.2;
  if (share > 0.05 || column.distinct < 10 || !gap) return undefined;
  return {
    code: 'suspicious-zeros',
    severity: 'warning',
    title: 'Suspicious zeros',
    reason: `${rowsText(count)} ${count === 1 ? 'says' : 'say'} 0 although the next smallest value is ${figure(smallestPositive)} and the median ${figure(quantiles.p50)}: probably "not measured".`,
    affectedRows: count,
    fix: 'Make them empty in the file, or leave the rows out.',
  };
}

function extremes(column: ColumnStatistics): Draft | undefined {
  const { quantiles, min, max } = column;
  if (!isNumeric(column) || !quantiles || typeof min !== 'number' || typeof max !== 'number')
    return undefined;
  const range = quantiles.p75 - quantiles.p25;
  if (range <= 0 || column.distinct < 20 || identifierFinding(column)) return undefined;
  const high = (max - quantiles.p75) / range;
  const low = (quantiles.p25 - min) / range;
  // A long tail reaches far without a break; an outlier stands far off its own 99 % quantile as well.
  const lonelyHigh = high > EXTREME_RANGES && max - quantiles.p99 > (quantiles.p99 - quantiles.p50) * 2;
  const lonelyLow = low > EXTREME_RANGES && quantiles.p01 - min > (quantiles.p50 - quantiles.p01) * 2;
  if (!lonelyHigh && !lonelyLow) return undefined;
  return {
    code: 'outliers',
    severity: 'info',
    title: 'Extreme values',
    reason: `The ${lonelyHigh ? 'largest' : 'smallest'} value, ${figure(lonelyHigh ? max : min)}, is far from the rest: 98 % lie between ${figure(quantiles.p01)} and ${figure(quantiles.p99)}.`,
    fix: 'Check whether it is an error of measuring or typing.',
  };
}

function dates(column: ColumnStatistics): Draft | undefined {
  if (column.type !== 'datetime') return undefined;
  return {
    code: 'dates-as-text',
    severity: 'info',
    title: 'Dates written as text',
    reason: `The file holds times as text (${column.format ?? 'ISO 8601'}); they were read as times from ${String(column.min)} to ${String(column.max)}.`,
    fix: 'Training takes year, month, weekday and hour from them. Split by time if the table is a history.',
  };
}

/** Rows that are repeated. */
export function duplicateRowsFlag(duplicates: number, rows: number): QualityFlag[] {
  if (duplicates === 0) return [];
  return [
    {
      code: 'duplicate-rows',
      severity: duplicates / rows >= 0.001 ? 'warning' : 'info',
      column: null,
      relatedColumns: [],
      target: null,
      title: 'Duplicate rows',
      reason: `${rowsText(duplicates)} (${percent(duplicates / rows)}) ${duplicates === 1 ? 'repeats' : 'repeat'} an earlier row in every column.`,
      affectedRows: duplicates,
      fix: 'Remove them if they are copies: the same row in training and test makes a model look better than it is.',
      suggestedRole: null,
    },
  ];
}

export function duplicateColumnFlag(column: string, of: string, how: string): QualityFlag {
  return {
    code: 'duplicate-column',
    severity: 'warning',
    column,
    relatedColumns: [of],
    target: null,
    title: 'Repeats another column',
    reason: `It says the same as ${quoted(of)}: ${how}.`,
    affectedRows: null,
    fix: `Keep one of the two; ${quoted(of)} is enough.`,
    suggestedRole: 'ignore',
  };
}

export function derivedColumnFlag(column: string, from: readonly string[], rows: number): QualityFlag {
  return {
    code: 'derived-column',
    severity: 'info',
    column,
    relatedColumns: [...from],
    target: null,
    title: 'Follows from other columns',
    reason: `In all ${rows.toLocaleString('en-US')} rows looked at, ${from.map(quoted).join(' and ')} ${from.length === 1 ? 'determines' : 'determine'} its value: it adds nothing new.`,
    affectedRows: null,
    fix: 'It may stay; leaving it out makes importance easier to read.',
    suggestedRole: null,
  };
}
