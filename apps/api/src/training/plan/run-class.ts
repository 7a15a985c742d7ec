import type { RunClass } from '@modelwright/contracts';

const INTERACTIVE_SECONDS = 300;
const STANDARD_SECONDS = 3_600;

export interface RunClassInfo {
  readonly name: RunClass;
  readonly meaning: string;
  /** Longest search in it, seconds; null for no limit. */
  readonly maxBudgetSeconds: number | null;
}

/** Classes of the queue, in the order in which they go. */
export const RUN_CLASS_INFO: readonly RunClassInfo[] = [
  {
    name: 'interactive',
    meaning: 'Somebody waits for it: up to 5 minutes, goes first.',
    maxBudgetSeconds: INTERACTIVE_SECONDS,
  },
  {
    name: 'standard',
    meaning: 'Up to an hour; goes before batch runs.',
    maxBudgetSeconds: STANDARD_SECONDS,
  },
  { name: 'batch', meaning: 'Any length; fills the time that is left.', maxBudgetSeconds: null },
];

/** The class that a budget calls for when none was asked for. */
export function classFor(budgetSeconds: number): RunClass {
  if (budgetSeconds <= INTERACTIVE_SECONDS) return 'interactive';
  return budgetSeconds < STANDARD_SECONDS ? 'standard' : 'batch';
}

/** Longest search in a class, seconds; null for no limit. */
export function longestIn(runClass: RunClass): number | null {
  return RUN_CLASS_INFO.find(({ name }) => name === runClass)?.maxBudgetSeconds ?? null;
}
