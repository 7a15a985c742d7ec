/** Numbers that a run may be asked for: one place for the API, which refuses others, and for forms, which say so first. */
export const RUN_BOUNDS = {
  /** Time for the search, seconds. */
  budgetSeconds: { min: 10, max: 86_400 },
  folds: { min: 2, max: 20 },
  /** How often the folds are drawn anew. */
  repeats: { min: 1, max: 10 },
  /** MiB. */
  memoryMb: { min: 512, max: 1_048_576 },
  cpus: { min: 0.5, max: 256 },
  maxCandidates: { min: 1, max: 5_000 },
  /** Milliseconds for one row; more than 0. */
  latencyBudgetMs: { above: 0, max: 60_000 },
  seed: { min: 0, max: 4_294_967_295 },
  /** Of a class; more than 0. */
  classWeight: { above: 0, max: 1e6 },
  /** Of one mistake. */
  cost: { min: -1e12, max: 1e12 },
} as const;
