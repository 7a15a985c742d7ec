import type { ColumnType, DateOrder, DecimalSign } from '../types.js';
import { dateStyle, type DateStyle } from './date-format.js';
import { isMissingNumber, isMissingText, naIsMissing } from './missing.js';
import {
  bestNumberStyle,
  hasLeadingZero,
  matchesStyle,
  readNumber,
  type NumberStyle,
} from './number-style.js';
import { MAX_SAFE_INTEGER } from '../limits.js';

/** What the rows seen say about a column; ingest confirms or corrects it on all rows. */
export interface ColumnGuess {
  readonly type: ColumnType;
  readonly numberStyle: NumberStyle | null;
  readonly dateStyle: DateStyle | null;
  /** Whether every value seen is plainly written and the only gaps are empty cells, so the engine can read it typed. */
  readonly plain: boolean;
  readonly missing: number;
  readonly present: number;
  readonly distinct: number;
  /** Share of values that read as numbers, 0 to 1. */
  readonly numericShare: number;
  /** Whether "NA" means a gap in this column. */
  readonly naIsMissing: boolean;
}

/** Numbers make a column a number column when at most this share of its values is unreadable (it becomes missing, said aloud). */
export const UNREADABLE_SHARE = 0.02;

export function guessColumn(
  values: readonly (string | undefined)[],
  options: { decimal: DecimalSign; dateOrder: DateOrder | undefined },
): ColumnGuess {
  const cells = values.map((value) => value ?? '');
  const na = naIsMissing(cells);
  const words = cells.filter((cell) => !isMissingText(cell, na));
  const figures = cells.filter((cell) => !isMissingNumber(cell));
  const distinct = new Set(words).size;
  const onlyEmptyGaps = cells.every((cell) => cell === '' || !isMissingNumber(cell));
  const base = { missing: cells.length - words.length, present: words.length, distinct, naIsMissing: na };
  if (figures.length === 0)
    return {
      ...base,
      type: words.length === 0 ? 'text' : 'category',
      numberStyle: null,
      dateStyle: null,
      plain: false,
      numericShare: 0,
    };
  if (words.every((word) => /^(?:true|false)$/iu.test(word.trim())))
    return { ...base, type: 'boolean', numberStyle: null, dateStyle: null, plain: false, numericShare: 0 };
  const best = bestNumberStyle(figures, options.decimal);
  const numericShare = best?.share ?? 0;
  if (best && isNumberColumn(figures, best)) {
    const fitting = figures.filter((value) => matchesStyle(best.style, value));
    const numbers = fitting.map((value) => readNumber(best.style, value));
    const integer = numbers.every((value) => Number.isInteger(value));
    return {
      ...base,
      missing: cells.length - fitting.length,
      present: fitting.length,
      type: integer ? 'integer' : 'number',
      numberStyle: best.style,
      dateStyle: null,
      plain:
        onlyEmptyGaps && best.share === 1 && best.style.name === 'plain' && numbers.every(Number.isFinite),
      numericShare,
    };
  }
  const dates = dateStyle(figures, options.dateOrder);
  if (dates)
    return {
      ...base,
      missing: cells.length - figures.length,
      present: figures.length,
      type: 'datetime',
      numberStyle: null,
      dateStyle: dates,
      plain:
        onlyEmptyGaps &&
        dates.formats === null &&
        figures.every((value) => !/[+-]\d{2}:?\d{2}$|Z$/u.test(value.slice(10))),
      numericShare,
    };
  return {
    ...base,
    type: isCategory(words, distinct) ? 'category' : 'text',
    numberStyle: null,
    dateStyle: null,
    plain: false,
    numericShare,
  };
}

function isNumberColumn(figures: readonly string[], best: { style: NumberStyle; share: number }): boolean {
  if (best.share < 1 - UNREADABLE_SHARE || (best.share < 1 && new Set(figures).size < 20)) return false;
  if (codesWithLeadingZeros(figures)) return false;
  return !figures.some(
    (value) => /^[+-]?\d{16,}$/u.test(value.trim()) && Math.abs(Number(value)) > MAX_SAFE_INTEGER,
  );
}

/** Postal codes and article numbers: some begin with a zero and all are written alike. */
function codesWithLeadingZeros(figures: readonly string[]): boolean {
  if (!figures.some(hasLeadingZero)) return false;
  return figures.every((value) => /^\s*[+-]?\d+\s*$/u.test(value));
}

function isCategory(words: readonly string[], distinct: number): boolean {
  const characters = words.reduce((sum, word) => sum + word.length, 0) / Math.max(1, words.length);
  return decideCategory({ distinct, present: words.length, meanLength: characters });
}

/** Few enough different and short enough values to be levels rather than free text or names. */
export function decideCategory(column: { distinct: number; present: number; meanLength: number }): boolean {
  if (column.meanLength > 60) return false;
  if (column.distinct <= 20) return column.distinct <= 2 || column.distinct <= column.present * 0.7;
  return (
    column.distinct <= Math.min(1000, column.present * 0.1) ||
    (column.distinct <= 60 && column.distinct <= column.present * 0.2)
  );
}
