import type { Task } from '@modelwright/contracts';
import type { ColumnStatistics, QualityFlag, TargetCandidate, TargetSuggestion } from '../types.js';
import { identifierFinding, namedLikeIdentifier } from './identifier.js';
import { percent, quoted, rowsText } from './words.js';

/** Names that people give to what they want to know. */
const OUTCOME_WORDS = new Set(
  'target label labels class y outcome response result churn churned default defaulted fraud survived survival diagnosis disease converted conversion clicked click purchased purchase attrition left exited subscribed approved approval cancelled canceled returned failed failure success won risk quality species variety grade rating score price cost sales revenue income salary wage profit amount demand load consumption usage value charges expenses tip tips delay yield strength'.split(
    ' ',
  ),
);
const withoutY = new Set([...OUTCOME_WORDS].filter((word) => word !== 'y'));
const MAX_ALTERNATIVES = 6;
const MAX_CLASSES = 100;

/** Which task a column makes as the target; undefined when it can be none. */
export function taskOf(column: Pick<ColumnStatistics, 'type' | 'distinct'>): Task | undefined {
  if (column.distinct < 2) return undefined;
  switch (column.type) {
    case 'boolean':
      return 'binary';
    case 'category':
    case 'text':
      return column.distinct === 2 ? 'binary' : column.distinct <= MAX_CLASSES ? 'multiclass' : undefined;
    case 'integer':
      return column.distinct === 2 ? 'binary' : column.distinct <= 10 ? 'multiclass' : 'regression';
    case 'number':
      return column.distinct === 2 ? 'binary' : 'regression';
    case 'datetime':
      return undefined;
  }
}

/** Why a column cannot be trained on as the target; null when it can. */
export function targetProblem(column: ColumnStatistics): string | null {
  const present = column.rows - column.missing;
  const name = quoted(column.name);
  if (present === 0) return `${name} has no value in any row, so there is nothing to learn.`;
  if (column.distinct < 2) return `${name} has only one value, so there is nothing to tell apart.`;
  if (column.type === 'datetime') return `${name} is a time; times cannot be predicted yet.`;
  if (present < 20)
    return `Only ${rowsText(present)} ${present === 1 ? 'has' : 'have'} a value in ${name}; at least 20 are needed.`;
  if (taskOf(column) === undefined)
    return `${name} has ${column.distinct.toLocaleString('en-US')} classes in ${rowsText(present)}; at most ${MAX_CLASSES} can be told apart. Group them, or choose another column.`;
  if (taskOf(column) !== 'regression' && column.distinct > present / 3)
    return `${name} has ${column.distinct} classes in ${rowsText(present)}: most classes have too few rows to learn from.`;
  return null;
}

interface Scored extends TargetCandidate {
  readonly score: number;
}

/** The column that looks most like what people want to predict, with reasons from its name, place and values. */
export function suggestTarget(
  columns: readonly ColumnStatistics[],
  fileName: string,
  known: { readonly unusable: ReadonlySet<string>; readonly derived: ReadonlySet<string> },
): TargetSuggestion | null {
  // In a table of coordinates, y is no outcome.
  const outcomes = columns.some(({ name }) => name.toLowerCase() === 'z') ? withoutY : OUTCOME_WORDS;
  const fileWords = wordsOf(fileName.replace(/\.[a-z]{1,5}$/iu, ''));
  const scored = columns
    .flatMap((column, index): Scored[] => {
      if (targetProblem(column) !== null || identifierFinding(column) || known.unusable.has(column.name))
        return [];
      const task = taskOf(column);
      return task === undefined ? [] : [score(column, task, index, columns.length, { fileWords, outcomes })];
    })
    .map((candidate) =>
      // What follows from other columns needs no model.
      known.derived.has(candidate.column) ? { ...candidate, score: candidate.score - 4 } : candidate,
    )
    .sort((a, b) => b.score - a.score);
  const [best, ...rest] = scored;
  if (!best) return null;
  const plain = ({ column, task, reason }: Scored): TargetCandidate => ({ column, task, reason });
  return { ...plain(best), alternatives: rest.slice(0, MAX_ALTERNATIVES).map(plain) };
}

function score(
  column: ColumnStatistics,
  task: Task,
  index: number,
  count: number,
  hints: { fileWords: ReadonlySet<string>; outcomes: ReadonlySet<string> },
): Scored {
  const words = wordsOf(column.name);
  const reasons: string[] = [];
  let points = 0;
  if ([...words].some((word) => hints.outcomes.has(word))) {
    points += words.size === 1 ? 5 : 3;
    reasons.push('its name is one that outcomes usually have');
  }
  if ([...words].some((word) => word.length > 2 && hints.fileWords.has(word))) {
    points += 4;
    reasons.push('the file is named after it');
  }
  if (index === count - 1) {
    points += 2;
    reasons.push('it is the last column');
  } else if (index === 0 && !namedLikeIdentifier(column.name)) {
    points += 2;
    reasons.push('it is the first column');
  }
  const [bonus, shape] = shapeOf(column, task);
  points += bonus;
  reasons.push(shape);
  points -= (column.missing / column.rows) * 4;
  return { column: column.name, task, reason: sentence(reasons), score: points };
}

function shapeOf(column: ColumnStatistics, task: Task): [number, string] {
  if (task === 'binary') {
    const minority =
      Math.min(...column.topValues.map(({ count }) => count)) / Math.max(1, column.rows - column.missing);
    return [
      minority >= 0.01 ? 2 : 0,
      `it has two values (the rarer one in ${percent(minority)} of the rows)`,
    ];
  }
  if (task === 'multiclass')
    return [column.distinct <= 10 && column.type !== 'integer' ? 1 : 0, `it has ${column.distinct} classes`];
  return [
    column.type === 'number' ? 1 : 0.5,
    `it is a number with ${column.distinct.toLocaleString('en-US')} different values`,
  ];
}

function sentence(reasons: readonly string[]): string {
  const text =
    reasons.length > 2 ? `${reasons.slice(0, -1).join(', ')}, and ${reasons.at(-1)}` : reasons.join(' and ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function wordsOf(name: string): Set<string> {
  return new Set(
    name
      .replaceAll(/([a-z])([A-Z])/gu, '$1 $2')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== ''),
  );
}

/** Imbalance, skew and gaps of a target. */
export function targetFlags(column: ColumnStatistics, task: Task): QualityFlag[] {
  const flags: QualityFlag[] = [];
  const present = column.rows - column.missing;
  const base = { column: column.name, relatedColumns: [], target: column.name, suggestedRole: null };
  if (column.missing > 0)
    flags.push({
      ...base,
      code: 'target-missing',
      severity: 'warning',
      title: 'Target is missing in some rows',
      reason: `${rowsText(column.missing)} ${column.missing === 1 ? 'has' : 'have'} no value in the target.`,
      affectedRows: column.missing,
      fix: 'These rows are left out of training.',
    });
  const rarest = column.topValues.at(-1);
  if (
    task !== 'regression' &&
    rarest &&
    column.distinct <= column.topValues.length &&
    rarest.count < (present * 0.1) / Math.max(1, column.distinct / 2)
  )
    flags.push({
      ...base,
      code: 'imbalance',
      severity: rarest.count < 10 ? 'warning' : 'info',
      title: 'Imbalanced classes',
      reason: `The rarest class, ${JSON.stringify(rarest.value)}, has ${rowsText(rarest.count)} (${percent(rarest.count / present)}).`,
      affectedRows: rarest.count,
      fix: 'Judge by a metric that does not reward guessing the frequent class, such as ROC AUC or balanced accuracy.',
    });
  if (task === 'regression' && column.skewness !== null && Math.abs(column.skewness) > 1)
    flags.push({
      ...base,
      code: 'skewed-target',
      severity: 'info',
      title: 'Skewed target',
      reason: `Most values are small and a few are very ${column.skewness > 0 ? 'large' : 'low'} (skewness ${column.skewness.toFixed(1)}).`,
      affectedRows: null,
      fix: 'Errors on large values dominate RMSE; look at the mean absolute error as well.',
    });
  return flags;
}
