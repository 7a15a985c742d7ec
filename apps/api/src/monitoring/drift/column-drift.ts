import { chiSquare, kolmogorovSmirnov, stabilityIndex, type TestResult } from './drift-statistics.js';
import type { DriftColumn } from './drift-layout.js';
import type { DriftColumnReport, DriftLight } from './drift.dto.js';
import { columnSentence, type Than } from './drift-sentences.js';

/** Share of false alarms among the columns that are called shifted. */
const SIGNIFICANT = 0.01;
/** Fewer reference rows tell too little; above it the tests know how many there are. */
const MIN_REFERENCE_ROWS = 30;
const WATCH = 0.1;
const DRIFTED = 0.25;
/** Bins of a number that hold less of the reference are put together for the index, as in deciles. */
const MIN_BIN_SHARE = 0.1;
/** Categories that are rarer are judged together. */
const MIN_CATEGORY_SHARE = 0.02;

type Counts = readonly number[];

/** A column with its counts, before the lights: those depend on how many columns were tested. */
export interface JudgedColumn {
  readonly column: DriftColumn;
  readonly reference: Counts;
  readonly window: Counts;
  readonly rows: number;
  readonly method: DriftColumnReport['method'];
  /** Undefined without enough rows on either side. */
  readonly result: (TestResult & { readonly psi: number }) | undefined;
}

export function judge(
  column: DriftColumn,
  reference: Counts,
  window: Counts,
  minimumRows: number,
): JudgedColumn {
  const rows = sum(window);
  const method = column.kind === 'number' ? 'kolmogorov-smirnov' : 'chi-square';
  const isEnough = rows >= minimumRows && sum(reference) >= MIN_REFERENCE_ROWS;
  const result = isEnough
    ? { ...test(column, reference, window), psi: indexOf(column, reference, window) }
    : undefined;
  return { column, reference, window, rows, method, result };
}

/** Numbers by their order, gaps by their share: of both the smaller p-value, doubled for having looked twice. */
function test({ kind }: DriftColumn, reference: Counts, window: Counts): TestResult {
  if (kind !== 'number') return chiSquare(reference, window);
  const [values, windowValues] = [reference.slice(0, -1), window.slice(0, -1)];
  const shift = kolmogorovSmirnov(values, windowValues);
  const gaps = [reference.at(-1) ?? 0, window.at(-1) ?? 0];
  if (gaps[0] === 0 && gaps[1] === 0) return shift;
  const missing = chiSquare([sum(values), gaps[0] ?? 0], [sum(windowValues), gaps[1] ?? 0]);
  return { statistic: shift.statistic, pValue: Math.min(1, 2 * Math.min(shift.pValue, missing.pValue)) };
}

function indexOf(column: DriftColumn, reference: Counts, window: Counts): number {
  const groups = column.kind === 'number' ? numberGroups(reference) : categoryGroups(column, reference);
  const grouped = (counts: Counts) => groups.map((slots) => sum(slots.map((slot) => counts[slot] ?? 0)));
  return stabilityIndex(grouped(reference), grouped(window));
}

/** Neighbouring bins until each group has its share; gaps stay a group of their own. */
function numberGroups(reference: Counts): number[][] {
  const missing = reference.length - 1;
  const least = sum(reference.slice(0, missing)) * MIN_BIN_SHARE;
  const groups: number[][] = [];
  let group: number[] = [];
  let held = 0;
  for (let slot = 0; slot < missing; slot++) {
    group.push(slot);
    held += reference[slot] ?? 0;
    if (held < least) continue;
    groups.push(group);
    [group, held] = [[], 0];
  }
  if (group.length > 0) groups.push([...(groups.pop() ?? []), ...group]);
  return [...groups, [missing]];
}

/** Rare categories and the other known ones together; new ones and gaps each by themselves. */
function categoryGroups(column: DriftColumn, reference: Counts): number[][] {
  if (column.kind !== 'category') return reference.map((_, slot) => [slot]);
  const listed = column.categories.length;
  const least = sum(reference) * MIN_CATEGORY_SHARE;
  const slots = column.categories.map((_, slot) => slot);
  const rare = slots.filter((slot) => (reference[slot] ?? 0) < least);
  const frequent = slots.filter((slot) => (reference[slot] ?? 0) >= least);
  return [...frequent.map((slot) => [slot]), [...rare, listed], [listed + 1], [listed + 2]];
}

/** @param adjustedPValue of the column among all that were tested; null for one that was not */
export function lightOf({ column, result }: JudgedColumn, adjustedPValue: number | null): DriftLight {
  if (!result || adjustedPValue === null) return 'not-enough-data';
  if (adjustedPValue >= SIGNIFICANT || result.psi < WATCH) return 'steady';
  // Time goes on by itself: later times alone are a reason to look, not an alarm.
  return result.psi >= DRIFTED && column.kind !== 'time' ? 'drifted' : 'watch';
}

export function describeColumn(
  judged: JudgedColumn,
  adjustedPValue: number | null,
  about: {
    readonly importance: number | null;
    readonly weight: number;
    readonly isMasked: boolean;
    readonly than: Than;
    readonly minimumRows: number;
  },
): DriftColumnReport {
  const { column, rows, method, result } = judged;
  const light = lightOf(judged, adjustedPValue);
  return {
    name: column.name,
    kind: column.kind,
    light,
    method,
    psi: result?.psi ?? null,
    statistic: result?.statistic ?? null,
    pValue: result?.pValue ?? null,
    adjustedPValue: result ? adjustedPValue : null,
    rows,
    importance: about.importance,
    weight: about.weight,
    sentence: columnSentence(judged, light, about),
    histogram: histogramOf(judged),
  };
}

/** Slots in which neither side has anything at the ends are left out of the drawing. */
function histogramOf({ column, reference, window }: JudgedColumn): DriftColumnReport['histogram'] {
  const labels = labelsOf(column);
  const [n, m] = [sum(reference) || 1, sum(window) || 1];
  const bins = column.kind === 'number' ? column.edges.length - 1 : column.categories.length;
  const isInner = (slot: number) =>
    column.kind === 'number' ? slot >= 1 && slot <= bins : column.kind === 'category' && slot < bins;
  const shown = labels
    .map((_, slot) => slot)
    .filter((slot) => isInner(slot) || (reference[slot] ?? 0) > 0 || (window[slot] ?? 0) > 0);
  return {
    labels: shown.map((slot) => labels[slot] ?? ''),
    reference: shown.map((slot) => (reference[slot] ?? 0) / n),
    window: shown.map((slot) => (window[slot] ?? 0) / m),
  };
}

function labelsOf(column: DriftColumn): string[] {
  switch (column.kind) {
    case 'number': {
      const ends = column.edges.map((edge) => String(Number(edge.toPrecision(4))));
      const inner = ends.slice(0, -1).map((low, index) => `${low} to ${ends[index + 1] ?? ''}`);
      return [`below ${ends[0] ?? ''}`, ...inner, `above ${ends.at(-1) ?? ''}`, 'missing'];
    }
    case 'category':
      return [...column.categories, 'other', 'new', 'missing'];
    case 'time':
      return ['earlier', 'in the time of training', 'later', 'missing'];
    case 'presence':
      return ['there', 'missing'];
  }
}

const sum = (counts: Counts): number => counts.reduce((total, count) => total + count, 0);
