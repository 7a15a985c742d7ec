import type { SearchDimension, StartStudyRequest, StudySpace } from '@modelwright/sdk';

/** One hyperparameter as the editor holds it: text as typed, so that nothing is lost while it is wrong. */
export interface DraftDimension {
  readonly name: string;
  readonly kind: SearchDimension['kind'];
  readonly use: boolean;
  readonly low: string;
  readonly high: string;
  readonly log: boolean;
  readonly choices: readonly { readonly value: string | number | boolean; readonly use: boolean }[];
  /** What the candidate has; shown beside. */
  readonly present: unknown;
}

export interface StudyDraft {
  readonly dimensions: readonly DraftDimension[];
  readonly sampler: NonNullable<StartStudyRequest['sampler']>;
  readonly pruner: NonNullable<StartStudyRequest['pruner']>;
  readonly maxTrials: number;
  readonly budgetSeconds: number;
}

export function draftOf(offered: StudySpace): StudyDraft {
  return {
    dimensions: offered.space.map((dimension) => ({
      name: dimension.name,
      kind: dimension.kind,
      use: true,
      low: String(dimension.low ?? ''),
      high: String(dimension.high ?? ''),
      log: dimension.log ?? false,
      choices: (dimension.choices ?? []).map((value) => ({ value, use: true })),
      present: offered.base[dimension.name],
    })),
    sampler: 'tpe',
    pruner: 'median',
    maxTrials: offered.maxTrials,
    budgetSeconds: offered.budgetSeconds,
  };
}

/** What is wrong with a hyperparameter, in words; undefined when it can be searched. */
export function dimensionProblem(dimension: DraftDimension): string | undefined {
  if (!dimension.use) return undefined;
  if (dimension.kind === 'categorical')
    return dimension.choices.some(({ use }) => use) ? undefined : 'Choose at least one value.';
  const [low, high] = [number(dimension.low), number(dimension.high)];
  if (low === undefined || high === undefined) return 'Give both ends as numbers.';
  if (low >= high) return 'The first end must be less than the second.';
  if (dimension.log && low <= 0) return 'On a logarithmic scale both ends must be more than 0.';
  if (dimension.kind === 'int' && !(Number.isInteger(low) && Number.isInteger(high)))
    return 'Both ends must be whole numbers.';
  return undefined;
}

/** The request, or undefined while something is wrong or nothing is searched. */
export function requestOf(draft: StudyDraft): StartStudyRequest | undefined {
  const used = draft.dimensions.filter(({ use }) => use);
  if (used.length === 0 || used.some(dimensionProblem)) return undefined;
  return {
    space: used.map(toDimension),
    sampler: draft.sampler,
    pruner: draft.pruner,
    maxTrials: draft.maxTrials,
    budgetSeconds: draft.budgetSeconds,
  };
}

function toDimension({ name, kind, low, high, log, choices }: DraftDimension): SearchDimension {
  if (kind === 'categorical')
    return { name, kind, choices: choices.filter(({ use }) => use).map(({ value }) => value) };
  return { name, kind, low: number(low) ?? 0, high: number(high) ?? 0, log };
}

function number(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : undefined;
}
