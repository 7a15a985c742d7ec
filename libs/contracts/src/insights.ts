import { z } from 'zod';
import { MAX_EXPLAINED_ROWS } from './explanations.js';
import {
  FairnessResult,
  LearningCurveResult,
  ResidualsResult,
  SegmentsResult,
  WhatIfResult,
} from './insight-errors.js';
import {
  InteractionsResult,
  PartialDependenceResult,
  PermutationImportanceResult,
  ShapGlobalResult,
  ShapRowResult,
} from './insight-explanations.js';
import { ANALYSIS_KINDS, type AnalysisKind } from './insight-kinds.js';
import { CellValue } from './model-contract.js';
import { CostMatrix } from './run-spec.js';
import { COLUMN_TYPES } from './statuses.js';

export const AnalysisResult = z
  .discriminatedUnion('kind', [
    ShapGlobalResult,
    ShapRowResult,
    PermutationImportanceResult,
    PartialDependenceResult,
    InteractionsResult,
    SegmentsResult,
    FairnessResult,
    LearningCurveResult,
    ResidualsResult,
    WhatIfResult,
  ])
  .meta({ id: 'AnalysisResult' });
export type AnalysisResult = z.infer<typeof AnalysisResult>;

const row = z.record(z.string(), CellValue);
const explainMethod = z
  .enum(['auto', 'tree', 'linear', 'permutation'])
  .default('auto')
  .describe(
    'How contributions are computed; auto takes the exact way that fits the model, else permutation.',
  );
const classOf = z
  .string()
  .nullable()
  .default(null)
  .describe('Class whose probability is looked at; null: the positive one, or the most frequent of many.');
const rowCount = (most: number, usual: number) =>
  z.number().int().min(20).max(most).default(usual).describe('Most rows that are looked at.');

/** Options of each kind; what is left out gets its default before options are compared. */
export const ANALYSIS_OPTIONS = {
  shap_global: z.strictObject({ rows: rowCount(2000, 500), method: explainMethod, class: classOf }),
  shap_row: z.strictObject({
    row: row.nullable().default(null).describe('The row itself.'),
    rowIndex: z
      .number()
      .int()
      .min(0)
      .nullable()
      .default(null)
      .describe(
        'Or a held-out row by its position in the dataset; with neither, the example of the contract.',
      ),
    method: explainMethod,
    class: classOf,
  }),
  permutation_importance: z.strictObject({
    metric: z.string().nullable().default(null).describe('Metric of the task; null: the one of the run.'),
    repeats: z.number().int().min(2).max(30).default(10).describe('Shuffles of each column.'),
    rows: rowCount(10_000, 2000),
  }),
  partial_dependence: z.strictObject({
    columns: z.array(z.string()).min(1).max(2).describe('One column, or two for a surface.'),
    class: classOf,
    points: z.number().int().min(5).max(50).default(20).describe('Most grid values of a column.'),
    curves: z.number().int().min(0).max(100).default(50).describe('Individual curves.'),
    rows: rowCount(2000, 500),
  }),
  interactions: z.strictObject({
    columns: z
      .array(z.string())
      .min(2)
      .max(12)
      .nullable()
      .default(null)
      .describe('Columns to pair; null: the eight with the largest effect.'),
    class: classOf,
    rows: rowCount(200, 60),
  }),
  segments: z.strictObject({
    columns: z
      .array(z.string())
      .min(1)
      .max(50)
      .nullable()
      .default(null)
      .describe('Columns that segments may name, also ones that the model does not see; null: its inputs.'),
    conditions: z.number().int().min(1).max(3).default(2).describe('Most conditions of a segment.'),
    minRows: z.number().int().min(10).max(10_000).default(30).describe('Least held-out rows of a segment.'),
    count: z.number().int().min(1).max(30).default(10).describe('Most segments that are tested and told.'),
  }),
  fairness: z.strictObject({
    column: z.string().describe('Column whose values make the groups; the model need not see it.'),
    positiveClass: z.string().nullable().default(null).describe('Class that counts as selected.'),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(null)
      .describe('Probability from which a row is selected; null: as the model decides.'),
    minGroupSize: z
      .number()
      .int()
      .min(5)
      .max(10_000)
      .default(30)
      .describe('Smaller groups are not compared.'),
    reference: z.string().nullable().default(null).describe('Group to compare with; null: the largest.'),
    bins: z.number().int().min(2).max(10).default(4).describe('Groups that numbers and times are cut into.'),
  }),
  learning_curve: z.strictObject({
    budgetSeconds: z.number().int().min(5).max(3600).default(120).describe('Time for all refits together.'),
    points: z.number().int().min(3).max(12).default(6).describe('Shares of the training rows.'),
    metric: z.string().nullable().default(null).describe('Metric of the task; null: the one of the run.'),
  }),
  residuals: z.strictObject({
    bins: z.number().int().min(3).max(30).default(10).describe('Bins by prediction and by size.'),
  }),
  what_if: z.strictObject({
    rows: z.array(row).min(1).max(MAX_EXPLAINED_ROWS).describe('The rows.'),
    method: explainMethod,
    class: classOf,
  }),
} as const satisfies Record<AnalysisKind, z.ZodType>;
export type AnalysisOptions = { [K in AnalysisKind]: z.output<(typeof ANALYSIS_OPTIONS)[K]> };

/** The whole input of an analysis container besides model and data: `/control/spec.json`. */
export const InsightSpec = z.object({
  schemaVersion: z.literal(1),
  analysisId: z.uuid(),
  kind: z.enum(ANALYSIS_KINDS),
  options: z.record(z.string(), z.unknown()),
  metric: z.string(),
  costMatrix: CostMatrix.nullish().describe('What the metric `cost` counts, where the run had costs.'),
  seed: z.number().int(),
  target: z.object({ name: z.string(), type: z.enum(COLUMN_TYPES) }).nullable(),
  columns: z
    .array(z.object({ name: z.string(), type: z.enum(COLUMN_TYPES) }))
    .describe('All columns of the dataset: groups and segments may name what the model does not see.'),
  datasetPath: z.string(),
  dataSha256: z.string(),
  holdoutPath: z
    .string()
    .nullable()
    .describe('Held-out rows with their predictions, as the trainer wrote them.'),
  holdoutSha256: z.string().nullable(),
  modelManifestSha256: z.string(),
  limits: z.object({ memoryMb: z.number().int(), cpus: z.number().positive(), seconds: z.number().int() }),
});
export type InsightSpec = z.infer<typeof InsightSpec>;

/** One line of the events of an analysis. */
export const InsightEvent = z.discriminatedUnion('type', [
  z.object({
    seq: z.number().int().positive(),
    at: z.string(),
    type: z.literal('progress'),
    share: z.number().min(0).max(1),
    step: z.string(),
  }),
  z.object({
    seq: z.number().int().positive(),
    at: z.string(),
    type: z.literal('log'),
    level: z.enum(['info', 'warning', 'error']),
    message: z.string(),
  }),
  z.object({
    seq: z.number().int().positive(),
    at: z.string(),
    type: z.literal('finished'),
    outcome: z.enum(['succeeded', 'failed', 'cancelled']),
    reason: z.string().nullish(),
    elapsedSeconds: z.number(),
  }),
]);
export type InsightEvent = z.infer<typeof InsightEvent>;
