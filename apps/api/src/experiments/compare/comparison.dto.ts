import { ModelEvaluation } from '@modelwright/contracts';
import { z } from 'zod';
import { ExperimentValue } from '../experiment-run.dto.js';

export const ComparisonQuery = z.object({
  id: z
    .union([z.uuid(), z.array(z.uuid()).max(6)])
    .transform((value) => [...new Set([value].flat())])
    .refine((ids) => ids.length >= 2, 'name two to six runs or model versions')
    .describe('Runs or model versions, two to six, repeated.'),
});
export type ComparisonQuery = z.infer<typeof ComparisonQuery>;

const metric = z.object({
  name: z.string(),
  value: ExperimentValue,
  low: z.number().nullable().describe('Lower end of the 95 % interval; null when it is not known.'),
  high: z.number().nullable().describe('Upper end of the 95 % interval; null when it is not known.'),
  greaterIsBetter: z.boolean().nullable().describe('Null when nobody told.'),
});

export const ComparedItem = z
  .object({
    id: z.uuid().describe('As it was asked for.'),
    kind: z.enum(['run', 'candidate', 'external', 'model-version']),
    name: z.string(),
    detail: z.string().describe('One line that tells it from others of the same name.'),
    status: z.string(),
    runId: z.uuid().nullable(),
    modelId: z.uuid().nullable(),
    modelVersionId: z.uuid().nullable(),
    task: z.string().nullable(),
    target: z.string().nullable(),
    metric: z.string().nullable().describe('Metric that was optimised.'),
    datasetId: z.uuid().nullable(),
    metrics: z.array(metric).describe('On the hold-out, or as the client logged them.'),
    curves: ModelEvaluation.pick({ binary: true, regression: true, multiclass: true })
      .nullable()
      .describe('Of the rows that `curvesFrom` names; null when there is nothing to draw them from.'),
    curvesFrom: z
      .enum(['holdout', 'folds'])
      .nullable()
      .describe(
        'Rows of the curves: held out from the whole run, or those of the folds, each predicted by a fit that had not seen it.',
      ),
    curvesMissing: z
      .string()
      .nullable()
      .describe('Why there are no curves and what to do about it; null when there are.'),
  })
  .meta({ id: 'ComparedItem' });
export type ComparedItem = z.infer<typeof ComparedItem>;

export const Comparison = z
  .object({
    items: z.array(ComparedItem).describe('In the order in which they were asked for.'),
    facts: z
      .array(
        z.object({
          group: z.string().describe('What it is about: Data, Validation, Parameters, …'),
          name: z.string(),
          values: z.array(ExperimentValue).describe('One for each item; null where it has none.'),
          equal: z.boolean().describe('Whether all are the same.'),
        }),
      )
      .describe('Differences first.'),
    warnings: z.array(
      z.object({
        code: z
          .string()
          .describe('other-task, other-target, other-data, other-rows, other-folds, unknown-rows.'),
        detail: z.string().describe('What differs and what it means for the comparison.'),
      }),
    ),
    sameRows: z.boolean().describe('Whether all were evaluated on the same rows.'),
    rescoring: z
      .object({
        possible: z.boolean(),
        reason: z.string().nullable().describe('Why not.'),
        modelVersionIds: z.array(z.uuid()).describe('Versions that can be scored on common rows.'),
      })
      .describe('Whether they can be scored anew on the same rows.'),
    trials: z
      .array(
        z.object({
          itemId: z.uuid(),
          name: z.string(),
          score: z.number(),
          params: z.record(z.string(), z.string()),
        }),
      )
      .describe('Candidates that the compared runs tried, for a picture of settings against scores.'),
  })
  .meta({ id: 'Comparison' });
export type Comparison = z.infer<typeof Comparison>;
