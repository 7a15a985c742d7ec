import type { Comparison, ComparedItem } from './comparison.dto.js';

export type FactValue = string | number | null;

/** What is known of one compared thing, by group and name. */
export interface KnownFacts {
  readonly item: ComparedItem;
  /** Its name in its run; null for what is no candidate. */
  readonly candidateId: string | null;
  readonly facts: ReadonlyMap<string, FactValue>;
  /** SHA-256 of the data it learned from. */
  readonly dataSha256: string | null;
  /** What decides which rows were held out; null when nobody can tell. */
  readonly holdoutKey: string | null;
  readonly foldsKey: string | null;
}

const GROUPS = ['Model', 'Data', 'Validation', 'Search', 'Parameters', 'Cost', 'Environment', 'Record'];
const SEPARATOR = '\u0000';

export const factKey = (group: string, name: string): string => `${group}${SEPARATOR}${name}`;

/** What is settled by the run for all of its candidates. */
const OF_THE_RUN = new Set(['Data', 'Validation', 'Search', 'Environment']);

/** The facts of a candidate: its own model and cost, on the data and the folds of its run. */
export function candidateFacts(
  own: ReadonlyMap<string, FactValue>,
  ofRun: ReadonlyMap<string, FactValue>,
): Map<string, FactValue> {
  const shared = [...ofRun].filter(([key]) => OF_THE_RUN.has(key.split(SEPARATOR)[0] ?? ''));
  return new Map([...own, ...shared]);
}

/** Every fact that some of them have, what differs before what is the same. */
export function factsOf(known: readonly KnownFacts[]): Comparison['facts'] {
  const keys = [...new Set(known.flatMap(({ facts }) => [...facts.keys()]))];
  const rows = keys.map((key) => {
    const [group = '', name = ''] = key.split(SEPARATOR);
    const values = known.map(({ facts }) => facts.get(key) ?? null);
    return { group, name, values, equal: values.every((value) => value === values[0]) };
  });
  return rows.sort(
    (left, right) =>
      Number(left.equal) - Number(right.equal) ||
      GROUPS.indexOf(left.group) - GROUPS.indexOf(right.group) ||
      left.name.localeCompare(right.name),
  );
}

function differ<T>(known: readonly KnownFacts[], read: (one: KnownFacts) => T | null): boolean {
  const values = new Set(known.map(read).filter((value) => value !== null));
  return values.size > 1;
}

/** What stands between the compared numbers and a fair comparison. */
export function warningsOf(known: readonly KnownFacts[]): Comparison['warnings'] {
  const warnings: Comparison['warnings'] = [];
  const warn = (code: string, detail: string): void => void warnings.push({ code, detail });
  if (differ(known, ({ item }) => item.task))
    warn('other-task', 'They solve different tasks, so their metrics do not mean the same.');
  else if (differ(known, ({ item }) => item.target))
    warn('other-target', 'They predict different columns, so their metrics do not mean the same.');
  if (differ(known, ({ dataSha256 }) => dataSha256))
    warn('other-data', 'They learned from different data, and were evaluated on different rows.');
  else if (differ(known, ({ holdoutKey }) => holdoutKey))
    warn(
      'other-rows',
      'They were evaluated on different held-out rows: the seed, the share or the way of splitting differs.',
    );
  else if (differ(known, ({ foldsKey }) => foldsKey))
    warn('other-folds', 'They were cross-validated on different folds. The hold-out is the same.');
  const unknown = known.filter(({ holdoutKey }) => holdoutKey === null).map(({ item }) => item.name);
  if (unknown.length > 0)
    warn(
      'unknown-rows',
      `It is not known which rows ${list(unknown)} ${unknown.length === 1 ? 'was' : 'were'} evaluated on.`,
    );
  return warnings;
}

export function sameRows(known: readonly KnownFacts[]): boolean {
  const keys = new Set(
    known.map(({ holdoutKey, dataSha256 }) => holdoutKey && `${dataSha256} ${holdoutKey}`),
  );
  return keys.size === 1 && !keys.has(null);
}

/** Whether they can be scored on the same rows, which takes two models of the same task and target. */
export function rescoringOf(known: readonly KnownFacts[]): Comparison['rescoring'] {
  const versions = [...new Set(known.flatMap(({ item }) => item.modelVersionId ?? []))];
  const refuse = (reason: string) => ({ possible: false, reason, modelVersionIds: versions });
  if (versions.length < known.length) return refuse(withoutModel(known));
  if (differ(known, ({ item }) => item.task) || differ(known, ({ item }) => item.target))
    return refuse('Only models of the same task and target can be scored on the same rows.');
  return { possible: true, reason: null, modelVersionIds: versions };
}

/** Why some cannot be scored again, and what to do about it. */
function withoutModel(known: readonly KnownFacts[]): string {
  const lacking = known.filter(({ item }) => item.modelVersionId === null).map(({ item }) => item);
  if (lacking.length === 0)
    return 'Some of them are the same model, so there is nothing to score side by side.';
  const names = `${list(lacking.map(({ name }) => name))} ${lacking.length === 1 ? 'has' : 'have'} no model to score.`;
  if (lacking.every(({ kind }) => kind === 'candidate'))
    return `${names} A run keeps the model of its winner only. Open a candidate on the leaderboard of its run and choose “Fit this candidate”, then compare the model that it makes.`;
  return `${names} Only models that were made or imported here can be scored on the same rows.`;
}

function list(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''}`;
}
