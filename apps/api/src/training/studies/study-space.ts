import { STUDY_SPACES, type CandidateState, type StudyDimension } from '@modelwright/contracts';
import type { RunEntity } from '../run.entity.js';
import type { SearchDimension } from './study.dto.js';

type Columns = RunEntity['plan']['columns'];

/** What the trainer searches of a family; undefined for one that has nothing to tune. */
export function familySpace(family: string): readonly StudyDimension[] | undefined {
  return STUDY_SPACES[family];
}

/**
 * The space that is offered for a candidate: the hyperparameters that matter for its table, wide enough to hold the
 * values that it has. How categories are encoded matters only where there are some.
 */
export function spaceFor(
  { family, hyperparameters }: Pick<CandidateState, 'family' | 'hyperparameters'>,
  columns: Columns,
): StudyDimension[] {
  const values = hyperparameters ?? {};
  const hasCategories = columns.some(({ role, type }) => role === 'feature' && type === 'category');
  const known = (familySpace(family) ?? []).filter(({ name }) => name !== 'category' || hasCategories);
  const mattering = known.filter(({ name }) => name in values);
  return (mattering.length > 0 ? mattering : known).map((dimension) =>
    including(dimension, values[dimension.name]),
  );
}

function including(dimension: StudyDimension, value: unknown): StudyDimension {
  if (dimension.kind === 'categorical') {
    const isNew =
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') &&
      !dimension.choices.includes(value);
    return isNew ? { ...dimension, choices: [...dimension.choices, value] } : dimension;
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || (dimension.log && value <= 0)) return dimension;
  return { ...dimension, low: Math.min(dimension.low, value), high: Math.max(dimension.high, value) };
}

export interface SpaceError {
  readonly pointer: string;
  readonly detail: string;
}

/** The space that was asked for, or what is wrong with it, each with the place in the request. */
export function checkedSpace(
  family: string,
  asked: readonly SearchDimension[],
): { space: StudyDimension[]; errors: SpaceError[] } {
  const names = (familySpace(family) ?? []).map(({ name }) => name);
  const space: StudyDimension[] = [];
  const errors: SpaceError[] = [];
  asked.forEach((dimension, index) => {
    const refuse = (field: string, detail: string): void => {
      errors.push({ pointer: `#/space/${index}/${field}`, detail });
    };
    if (!names.includes(dimension.name)) refuse('name', `is one of ${names.join(', ')}`);
    else if (asked.findIndex(({ name }) => name === dimension.name) < index) refuse('name', 'is named twice');
    else if (dimension.kind === 'categorical') {
      const choices = [...new Set(dimension.choices ?? [])];
      if (choices.length < 1) refuse('choices', 'needs at least one value');
      else space.push({ name: dimension.name, kind: 'categorical', choices });
    } else {
      const range = checkedRange(dimension, refuse);
      if (range) space.push({ name: dimension.name, kind: dimension.kind, ...range });
    }
  });
  return { space, errors };
}

function checkedRange(
  { kind, low, high, log }: SearchDimension,
  refuse: (field: string, detail: string) => void,
): { low: number; high: number; log: boolean } | undefined {
  if (low == null) refuse('low', 'is missing');
  else if (high == null) refuse('high', 'is missing');
  else if (low >= high) refuse('high', `must be more than ${low}`);
  else if (log && low <= 0) refuse('low', 'must be more than 0 on a logarithmic scale');
  else if (kind === 'int' && !Number.isInteger(low)) refuse('low', 'must be a whole number');
  else if (kind === 'int' && !Number.isInteger(high)) refuse('high', 'must be a whole number');
  else return { low, high, log: log ?? false };
  return undefined;
}

export const SAMPLERS = [
  {
    name: 'tpe',
    label: 'Bayesian (TPE)',
    meaning: 'Looks where good trials were more likely than bad ones; best for most studies.',
  },
  { name: 'random', label: 'Random', meaning: 'Draws anywhere; a fair picture of the whole space.' },
  {
    name: 'grid',
    label: 'Grid',
    meaning: 'Tries evenly spaced values of everything; for a few hyperparameters.',
  },
];

export const PRUNERS = [
  {
    name: 'median',
    label: 'Median',
    meaning: 'Gives up a trial that is behind the median after the same folds.',
  },
  {
    name: 'hyperband',
    label: 'Hyperband',
    meaning: 'Gives most trials a few folds and only the best of them all.',
  },
  { name: 'none', label: 'None', meaning: 'Judges every trial on every fold.' },
];

const SUGGESTED_TRIALS = 50;
const BUDGETS = [60, 300, 600, 1_800, 3_600];

/** Time that lets the suggested trials run, from the choices that people are offered. */
export function suggestedStudy(secondsPerTrial: number | null): { budgetSeconds: number; maxTrials: number } {
  const wanted = (secondsPerTrial ?? 3) * SUGGESTED_TRIALS;
  const budgetSeconds = BUDGETS.find((budget) => budget >= wanted) ?? 3_600;
  return { budgetSeconds, maxTrials: SUGGESTED_TRIALS };
}
