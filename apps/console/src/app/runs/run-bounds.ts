import { RUN_BOUNDS } from '@modelwright/contracts';
import { type Bounds, numberError } from '../shared/ui/form-errors';
import { EMPTY_DRAFT, type RunDraft } from './run-draft';

const { latencyBudgetMs, classWeight, cost } = RUN_BOUNDS;
const BOUNDS = {
  budgetSeconds: RUN_BOUNDS.budgetSeconds,
  folds: RUN_BOUNDS.folds,
  repeats: RUN_BOUNDS.repeats,
  memoryMb: RUN_BOUNDS.memoryMb,
  cpus: { ...RUN_BOUNDS.cpus, fractions: true },
  maxCandidates: { ...RUN_BOUNDS.maxCandidates, optional: true },
  latencyBudgetMs: {
    min: latencyBudgetMs.above,
    max: latencyBudgetMs.max,
    above: true,
    fractions: true,
    optional: true,
  },
  seed: RUN_BOUNDS.seed,
} as const satisfies Readonly<Partial<Record<keyof RunDraft, Bounds>>>;

export type TypedField = keyof typeof BOUNDS;
/** Fields by the words above them: so a value that cannot be used is found, also where its section is folded away. */
export const TYPED_LABELS: Readonly<Record<TypedField | 'weights' | 'costs', string>> = {
  budgetSeconds: 'Time for the search',
  folds: 'Number of folds',
  repeats: 'How often the folds are drawn',
  memoryMb: 'Memory',
  cpus: 'Cores',
  maxCandidates: 'Most candidates',
  latencyBudgetMs: 'Longest time per prediction',
  seed: 'Seed',
  weights: 'Weight of classes',
  costs: 'Cost of mistakes',
};
const FIELDS: readonly TypedField[] = [
  'budgetSeconds',
  'folds',
  'repeats',
  'memoryMb',
  'cpus',
  'maxCandidates',
  'latencyBudgetMs',
  'seed',
];

/** Everything that is typed, in the order of the form. */
export const TYPED_FIELDS = [...FIELDS, 'weights', 'costs'] as const;
export type TypedProblems = Readonly<Partial<Record<TypedField | 'weights' | 'costs', string>>>;

/**
 * What cannot be sent as it stands in the form, in the words of each field. What this installation does not give is not
 * among it: that is for the API to say, with its reason.
 */
export function typedProblems(draft: RunDraft): TypedProblems {
  const problems: Partial<Record<TypedField | 'weights' | 'costs', string>> = {};
  for (const field of FIELDS) {
    const value = draft[field];
    if (value === undefined || !isUsed(field, draft)) continue;
    const problem = numberError(String(value), BOUNDS[field]);
    if (problem) problems[field] = problem;
  }
  const weights = draft.classWeights;
  if (weights && weights !== 'balanced' && !Object.values(weights).every(isWeight))
    problems.weights = `A weight is a number above ${classWeight.above}, at most ${classWeight.max.toLocaleString()}.`;
  if (draft.costMatrix && !draft.costMatrix.costs.flat().every(isCost))
    problems.costs = `A cost is a number from ${cost.min.toLocaleString()} to ${cost.max.toLocaleString()}.`;
  return problems;
}

/** The draft without what cannot be sent: what is remembered, so that nobody comes back to a form that is refused. */
export function withoutProblems(draft: RunDraft): RunDraft {
  const problems = typedProblems(draft);
  const dropped = new Set<string>([
    ...FIELDS.filter((field) => problems[field] !== undefined),
    ...(problems.weights ? ['classWeights'] : []),
    ...(problems.costs ? ['costMatrix'] : []),
  ]);
  const kept = Object.entries(draft).filter(([field]) => !dropped.has(field));
  return { ...EMPTY_DRAFT, ...Object.fromEntries(kept) };
}

function isUsed(field: TypedField, { preset, task }: RunDraft): boolean {
  if (field === 'budgetSeconds') return preset === 'custom';
  return task !== 'clustering' || (field !== 'folds' && field !== 'repeats');
}

function isWeight(weight: number): boolean {
  return weight > classWeight.above && weight <= classWeight.max;
}

function isCost(value: number): boolean {
  return value >= cost.min && value <= cost.max;
}
