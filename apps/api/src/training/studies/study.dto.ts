import {
  MAX_STUDY_TRIALS,
  ParameterImportance,
  STUDY_PRUNERS,
  STUDY_SAMPLERS,
  TRIAL_STATES,
} from '@modelwright/contracts';
import { z } from 'zod';

const Choices = z
  .array(z.union([z.string().max(200), z.number(), z.boolean()]))
  .min(1)
  .max(50);

export const SearchDimension = z
  .strictObject({
    name: z.string().min(1).max(100).describe('Hyperparameter, as in `learning_rate`.'),
    kind: z.enum(['float', 'int', 'categorical']).describe('Number, whole number or choice.'),
    low: z.number().nullish().describe('Smallest value, for numbers.'),
    high: z.number().nullish().describe('Largest value, for numbers.'),
    log: z.boolean().nullish().describe('Whether it is drawn on a logarithmic scale.'),
    choices: Choices.nullish().describe('Values to choose from, for choices.'),
  })
  .meta({ id: 'SearchDimension' });
export type SearchDimension = z.infer<typeof SearchDimension>;

const Method = z
  .object({
    name: z.string().describe('Name to send back.'),
    label: z.string().describe('Name for people.'),
    meaning: z.string().describe('What it does, in one line.'),
  })
  .meta({ id: 'StudyMethod' });

export const StudySpaceResponse = z
  .object({
    family: z.string().describe('Family that is tuned.'),
    label: z.string().describe('Name of the candidate.'),
    base: z.record(z.string(), z.unknown()).describe('Hyperparameters of the candidate; trial 0 has them.'),
    space: z
      .array(SearchDimension)
      .describe('What the trainer itself searches, wide enough for the candidate.'),
    samplers: z.array(Method),
    pruners: z.array(Method),
    secondsPerTrial: z.number().nullable().describe('What a trial takes about, seconds; null if not known.'),
    budgetSeconds: z.number().int().describe('Time that is suggested, seconds.'),
    maxTrials: z.number().int().describe('Number of trials that is suggested.'),
  })
  .meta({ id: 'StudySpace' });
export type StudySpaceResponse = z.infer<typeof StudySpaceResponse>;

export const StartStudyRequest = z
  .strictObject({
    space: z
      .array(SearchDimension)
      .min(1)
      .max(20)
      .optional()
      .describe('What is searched; as `getStudySpace` suggests if left out.'),
    sampler: z.enum(STUDY_SAMPLERS).default('tpe').describe('How trials are chosen.'),
    pruner: z.enum(STUDY_PRUNERS).default('median').describe('How trials that fall behind are given up.'),
    maxTrials: z.number().int().min(1).max(MAX_STUDY_TRIALS).default(50).describe('Most trials.'),
    budgetSeconds: z.number().int().min(10).max(86_400).default(300).describe('Most time, seconds.'),
    name: z.string().trim().min(1).max(80).optional().describe('Name of the new run; made if left out.'),
  })
  .meta({ id: 'StartStudyRequest' });
export type StartStudyRequest = z.infer<typeof StartStudyRequest>;

export const TrialResponse = z
  .object({
    number: z.number().int().describe('From 0; trial 0 is the candidate itself.'),
    state: z.enum(TRIAL_STATES).describe('pruned: given up because it fell behind.'),
    params: z.record(z.string(), z.unknown()).describe('Values of the searched hyperparameters.'),
    hyperparameters: z.record(z.string(), z.unknown()).describe('All that makes the recipe.'),
    score: z.number().nullable().describe('Mean over the folds that were judged, in units of the metric.'),
    std: z.number().nullable().describe('Standard deviation over the folds.'),
    foldScores: z.array(z.number().nullable()).describe('Score of each fold, in units of the metric.'),
    seconds: z.number().describe('How long it took, seconds.'),
    reason: z.string().nullable().describe('Why it was given up or failed.'),
    best: z.boolean().describe('Whether it is the best of all complete trials.'),
  })
  .meta({ id: 'Trial' });
export type TrialResponse = z.infer<typeof TrialResponse>;

export const StudySummary = z
  .object({
    family: z.string().describe('Family that is tuned.'),
    sampler: z.enum(STUDY_SAMPLERS),
    pruner: z.enum(STUDY_PRUNERS),
    maxTrials: z.number().int().describe('Most trials of this run.'),
    space: z.array(SearchDimension).describe('What is searched.'),
  })
  .meta({ id: 'StudySummary' });

export const TrialListResponse = z
  .object({
    items: z.array(TrialResponse).describe('In the order in which they were run.'),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
    total: z.number().int().describe('Trials so far, those that the study went on from included.'),
    study: StudySummary,
    importance: ParameterImportance.nullable().describe(
      'How much of the variation of the score each hyperparameter explains; null while too little is known.',
    ),
  })
  .meta({ id: 'TrialList' });
export type TrialListResponse = z.infer<typeof TrialListResponse>;

export const TrialListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_STUDY_TRIALS).default(200).describe('Trials per page.'),
  cursor: z.string().max(500).optional().describe('`nextCursor` of the page before.'),
});
export type TrialListQuery = z.infer<typeof TrialListQuery>;

export const ApplyTrialRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(80).optional().describe('Name of the new run; made if left out.'),
  })
  .meta({ id: 'ApplyTrialRequest' });
export type ApplyTrialRequest = z.infer<typeof ApplyTrialRequest>;
