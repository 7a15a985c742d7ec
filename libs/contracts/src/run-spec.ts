import { z } from 'zod';
import {
  COLUMN_ROLES,
  COLUMN_TYPES,
  ENGINES,
  FAMILIES,
  RUN_KINDS,
  TASKS,
  VALIDATION_STRATEGIES,
} from './statuses.js';
import { StudySpec } from './studies.js';

/** A candidate that can be fitted again: its family and everything about it that was chosen. */
export const CandidateRecipe = z.object({
  family: z.string(),
  hyperparameters: z.record(z.string(), z.unknown()),
});
export type CandidateRecipe = z.infer<typeof CandidateRecipe>;

/** Cost of one row, by what it is (row of the table) and what it was taken for (column). */
export const CostMatrix = z.object({
  labels: z.array(z.string()).min(2).max(50),
  costs: z.array(z.array(z.number()).min(2).max(50)).min(2).max(50),
});
export type CostMatrix = z.infer<typeof CostMatrix>;

/** Weight of a row by its class; `balanced` weighs every class the same in total. */
export const ClassWeights = z.union([z.literal('balanced'), z.record(z.string(), z.number().positive())]);
export type ClassWeights = z.infer<typeof ClassWeights>;

/** What the trainer is asked to do: the whole input of a training container besides the data. */
export const RunSpec = z.object({
  schemaVersion: z.literal(1),
  runId: z.uuid(),
  datasetPath: z.string(),
  dataSha256: z.string(),
  target: z.string().nullable().describe('Null for clustering.'),
  task: z.enum(TASKS),
  metric: z.string(),
  budgetSeconds: z.number().positive(),
  seed: z.number().int(),
  validation: z.object({
    strategy: z.enum(VALIDATION_STRATEGIES),
    folds: z.number().int().min(2).max(20),
    column: z
      .string()
      .nullable()
      .describe('Groups, time, or for `given` train/validation/test (any case) or fold numbers.'),
    repeats: z.number().int().min(1).max(10).nullish(),
  }),
  holdoutFraction: z.number().min(0.05).max(0.5),
  columns: z.array(z.object({ name: z.string(), type: z.enum(COLUMN_TYPES), role: z.enum(COLUMN_ROLES) })),
  excludedColumns: z.array(z.object({ name: z.string(), reason: z.string() })),
  families: z.array(z.enum(FAMILIES)),
  limits: z.object({
    memoryMb: z.number().int(),
    cpus: z.number().positive(),
    maxCandidates: z.number().int().positive().nullish(),
  }),
  engine: z.enum(ENGINES).nullish(),
  classWeights: ClassWeights.nullish(),
  costMatrix: CostMatrix.nullish(),
  latencyBudgetMs: z
    .number()
    .positive()
    .nullish()
    .describe('Longest time that the winner may take to predict one row.'),
  mode: z.enum(RUN_KINDS).nullish(),
  recipe: CandidateRecipe.nullish().describe('What to fit in mode `fixed`.'),
  study: StudySpec.nullish().describe('What to tune in mode `study`.'),
  continueFrom: z
    .string()
    .nullish()
    .describe('Folder with the search state of the run that this one goes on from, read-only.'),
});
export type RunSpec = z.infer<typeof RunSpec>;

/** Where the trainer finds the search state of the run that it goes on from. */
export const CONTINUE_FROM = '/data/continue-from';

export const RunCommand = z.object({ command: z.enum(['stop', 'cancel', 'pause', 'continue']) });
export type RunCommand = z.infer<typeof RunCommand>;
