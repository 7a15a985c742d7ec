import { z } from 'zod';

/** One searched hyperparameter: a number in a range, or a choice. */
export const StudyDimension = z.discriminatedUnion('kind', [
  z.object({
    name: z.string(),
    kind: z.enum(['float', 'int']),
    low: z.number(),
    high: z.number(),
    log: z.boolean().describe('Whether it is drawn on a logarithmic scale.'),
  }),
  z.object({
    name: z.string(),
    kind: z.literal('categorical'),
    choices: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(1)
      .max(50),
  }),
]);
export type StudyDimension = z.infer<typeof StudyDimension>;

/** How trials are chosen. */
export const STUDY_SAMPLERS = ['tpe', 'random', 'grid'] as const;
export type StudySampler = (typeof STUDY_SAMPLERS)[number];

/** How trials that fall behind are given up, fold by fold. */
export const STUDY_PRUNERS = ['none', 'median', 'hyperband'] as const;
export type StudyPruner = (typeof STUDY_PRUNERS)[number];

export const MAX_STUDY_TRIALS = 2_000;

/** What a run of kind `study` tunes: one family around a candidate. */
export const StudySpec = z.object({
  family: z.string(),
  baseHyperparameters: z.record(z.string(), z.unknown()),
  space: z.array(StudyDimension).min(1).max(20),
  sampler: z.enum(STUDY_SAMPLERS),
  pruner: z.enum(STUDY_PRUNERS),
  maxTrials: z.number().int().min(1).max(MAX_STUDY_TRIALS),
});
export type StudySpec = z.infer<typeof StudySpec>;

export const TRIAL_STATES = ['running', 'complete', 'pruned', 'failed'] as const;
export type TrialState = (typeof TRIAL_STATES)[number];

/** The full current state of a trial; a later event replaces an earlier one. */
export const TrialRecord = z.object({
  number: z.number().int().min(0).max(100_000),
  state: z.enum(TRIAL_STATES),
  params: z.record(z.string(), z.unknown()).describe('Values of the searched hyperparameters.'),
  hyperparameters: z.record(z.string(), z.unknown()).describe('All that makes the recipe.'),
  score: z.number().nullish().describe('Mean over the folds so far, in units of the metric.'),
  std: z.number().nullish(),
  foldScores: z.array(z.number().nullable()).max(250),
  steps: z.array(z.number().nullable()).max(250).describe('Mean score after each fold.'),
  seconds: z.number(),
  reason: z.string().nullish().describe('Why it was given up or failed.'),
});
export type TrialRecord = z.infer<typeof TrialRecord>;

/** How much of the variation of the score each hyperparameter explains. */
export const ParameterImportance = z.object({
  method: z.string(),
  trials: z.number().int(),
  items: z.array(z.object({ name: z.string(), importance: z.number() })).max(50),
});
export type ParameterImportance = z.infer<typeof ParameterImportance>;
