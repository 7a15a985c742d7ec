import type { CreateRunRequest } from '@modelwright/sdk';

type Defined<T> = Exclude<T, undefined>;
export type Preset = Defined<CreateRunRequest['preset']>;
export type Task = Defined<CreateRunRequest['task']>;
export type Family = Defined<CreateRunRequest['families']>[number];
export type Engine = Defined<CreateRunRequest['engine']>;
export type RunClass = Defined<CreateRunRequest['class']>;
export type ClassWeights = NonNullable<CreateRunRequest['classWeights']>;
export type CostMatrix = NonNullable<CreateRunRequest['costMatrix']>;
export type Strategy = Defined<Defined<CreateRunRequest['validation']>['strategy']>;

/** What was chosen on the page; everything that is left out is decided from the data. */
export interface RunDraft {
  readonly preset: Preset;
  readonly budgetSeconds: number;
  readonly task?: Task | undefined;
  readonly metric?: string | undefined;
  readonly strategy?: Strategy | undefined;
  readonly folds?: number | undefined;
  readonly repeats?: number | undefined;
  readonly groupColumn?: string | undefined;
  readonly holdoutFraction?: number | undefined;
  readonly excluded: readonly string[];
  readonly included: readonly string[];
  readonly families?: readonly Family[] | undefined;
  readonly engine?: Engine | undefined;
  readonly classWeights?: ClassWeights | undefined;
  readonly costMatrix?: CostMatrix | undefined;
  readonly latencyBudgetMs?: number | undefined;
  readonly memoryMb?: number | undefined;
  readonly cpus?: number | undefined;
  readonly maxCandidates?: number | undefined;
  readonly runClass?: RunClass | undefined;
  readonly seed?: number | undefined;
  readonly name?: string | undefined;
}

export interface DraftSubject {
  readonly datasetId: string;
  readonly versionNumber?: number | undefined;
  readonly target?: string | undefined;
}

export const EMPTY_DRAFT: RunDraft = { preset: 'quick', budgetSeconds: 300, excluded: [], included: [] };
export const PRESETS: readonly {
  readonly id: Preset;
  readonly label: string;
  readonly time: string;
  readonly use: string;
}[] = [
  { id: 'quick', label: 'Quick', time: '60 s', use: 'A first answer' },
  { id: 'balanced', label: 'Balanced', time: '10 min', use: 'Good for most tables' },
  { id: 'thorough', label: 'Thorough', time: '1 h', use: 'The last bit of quality' },
  { id: 'custom', label: 'Custom', time: 'your time', use: '10 s to 24 h' },
];

/** The request that a draft stands for: only what was chosen is sent. */
export function toRequest(subject: DraftSubject, draft: RunDraft): CreateRunRequest {
  const validation = {
    ...(draft.strategy ? { strategy: draft.strategy } : {}),
    ...(draft.folds !== undefined ? { folds: draft.folds } : {}),
    ...(draft.repeats !== undefined ? { repeats: draft.repeats } : {}),
    ...(draft.groupColumn && needsColumn(draft.strategy) ? { column: draft.groupColumn } : {}),
  };
  const limits = {
    ...(draft.memoryMb !== undefined ? { memoryMb: draft.memoryMb } : {}),
    ...(draft.cpus !== undefined ? { cpus: draft.cpus } : {}),
    ...(draft.maxCandidates !== undefined ? { maxCandidates: draft.maxCandidates } : {}),
  };
  const isClustering = draft.task === 'clustering';
  return {
    datasetId: subject.datasetId,
    ...(subject.versionNumber ? { versionNumber: subject.versionNumber } : {}),
    ...(subject.target && !isClustering ? { target: subject.target } : {}),
    preset: draft.preset,
    ...(draft.preset === 'custom' ? { budgetSeconds: draft.budgetSeconds } : {}),
    ...(draft.task ? { task: draft.task } : {}),
    ...(draft.metric ? { metric: draft.metric } : {}),
    ...(Object.keys(validation).length > 0 && !isClustering ? { validation } : {}),
    ...(draft.holdoutFraction ? { holdoutFraction: draft.holdoutFraction } : {}),
    ...(draft.excluded.length > 0 ? { excludedColumns: [...draft.excluded] } : {}),
    ...(draft.included.length > 0 ? { includedColumns: [...draft.included] } : {}),
    ...(draft.families ? { families: [...draft.families] } : {}),
    ...(draft.engine && draft.engine !== 'builtin' ? { engine: draft.engine } : {}),
    ...(draft.classWeights ? { classWeights: draft.classWeights } : {}),
    ...(draft.costMatrix ? { costMatrix: draft.costMatrix } : {}),
    ...(draft.latencyBudgetMs !== undefined ? { latencyBudgetMs: draft.latencyBudgetMs } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(draft.runClass ? { class: draft.runClass } : {}),
    ...(draft.seed === undefined ? {} : { seed: draft.seed }),
    ...(draft.name?.trim() ? { name: draft.name.trim() } : {}),
  };
}

export function needsColumn(strategy: Strategy | undefined): boolean {
  return strategy === 'grouped' || strategy === 'time' || strategy === 'given';
}

/** Leaves a column out, or takes it back in. A column that the rules left out is named in `included` to come back. */
export function useColumn(draft: RunDraft, column: string, use: boolean): RunDraft {
  const without = (names: readonly string[]): readonly string[] => names.filter((name) => name !== column);
  if (use) {
    return draft.excluded.includes(column)
      ? { ...draft, excluded: without(draft.excluded) }
      : { ...draft, included: [...without(draft.included), column] };
  }
  return draft.included.includes(column)
    ? { ...draft, included: without(draft.included) }
    : { ...draft, excluded: [...without(draft.excluded), column] };
}

/** Leaves a column out, whatever was chosen for it before. */
export function withoutColumn(draft: RunDraft, column: string): RunDraft {
  return {
    ...draft,
    included: draft.included.filter((name) => name !== column),
    excluded: [...draft.excluded.filter((name) => name !== column), column],
  };
}

/** Choices that hold for one kind of prediction only do not survive another. */
export function withTask(draft: RunDraft, task: Task): RunDraft {
  const { metric: _, classWeights: __, costMatrix: ___, families: ____, ...kept } = draft;
  return { ...kept, task };
}

/** Choices that name columns or a kind of prediction do not survive another target. */
export function withoutTargetChoices(draft: RunDraft): RunDraft {
  return {
    preset: draft.preset,
    budgetSeconds: draft.budgetSeconds,
    excluded: [],
    included: [],
    ...(draft.families ? { families: draft.families } : {}),
    ...(draft.holdoutFraction ? { holdoutFraction: draft.holdoutFraction } : {}),
    ...(draft.folds !== undefined ? { folds: draft.folds } : {}),
    ...(draft.repeats !== undefined ? { repeats: draft.repeats } : {}),
    ...(draft.engine ? { engine: draft.engine } : {}),
    ...(draft.latencyBudgetMs !== undefined ? { latencyBudgetMs: draft.latencyBudgetMs } : {}),
    ...(draft.memoryMb !== undefined ? { memoryMb: draft.memoryMb } : {}),
    ...(draft.cpus !== undefined ? { cpus: draft.cpus } : {}),
    ...(draft.maxCandidates !== undefined ? { maxCandidates: draft.maxCandidates } : {}),
    ...(draft.runClass ? { runClass: draft.runClass } : {}),
  };
}

/** Whether something was chosen that is folded away at first. */
export function hasAdvancedChoices(draft: RunDraft): boolean {
  const { strategy, families, folds, repeats, holdoutFraction, engine, classWeights, costMatrix } = draft;
  const { latencyBudgetMs, memoryMb, cpus, maxCandidates, runClass, seed } = draft;
  const choices = [strategy, families, folds, repeats, holdoutFraction, engine, classWeights, costMatrix];
  return [...choices, latencyBudgetMs, memoryMb, cpus, maxCandidates, runClass, seed].some(
    (choice) => choice !== undefined,
  );
}

/** What was remembered, or nothing when it is not a draft of this version of the console. */
export function parseDraft(text: string): RunDraft | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isDraft(value) ? value : undefined;
  } catch {
    // Written by an older console or by hand: start afresh.
    return undefined;
  }
}

function isDraft(value: unknown): value is RunDraft {
  if (typeof value !== 'object' || value === null) return false;
  const draft: Partial<Record<keyof RunDraft, unknown>> = value;
  return (
    PRESETS.some((preset) => preset.id === draft.preset) &&
    typeof draft.budgetSeconds === 'number' &&
    Array.isArray(draft.excluded) &&
    Array.isArray(draft.included)
  );
}
