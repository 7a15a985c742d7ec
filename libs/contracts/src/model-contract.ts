import { z } from 'zod';
import { COLUMN_TYPES, TASKS } from './statuses.js';

const histogram = z
  .object({ edges: z.array(z.number()), counts: z.array(z.number()) })
  .describe('Training distribution: n + 1 edges, n counts.');

/** A cell as it travels in JSON. */
export const CellValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type CellValue = z.infer<typeof CellValue>;

export const ContractInput = z
  .object({
    name: z.string(),
    type: z.enum(COLUMN_TYPES),
    nullable: z.boolean().describe('Whether null (missing) is accepted.'),
    required: z
      .boolean()
      .describe('Whether the key must be present; a column that had gaps in training may be left out.'),
    min: z
      .union([z.number(), z.string()])
      .nullish()
      .describe('Smallest training value; an ISO time for datetime columns.'),
    max: z
      .union([z.number(), z.string()])
      .nullish()
      .describe('Largest training value; an ISO time for datetime columns.'),
    mean: z.number().nullish(),
    median: z.number().nullish(),
    histogram: histogram.nullish(),
    categories: z
      .array(z.object({ value: z.string(), count: z.number() }))
      .nullish()
      .describe('Up to 100 most frequent training categories.'),
    categoryCount: z.number().nullish().describe('Number of distinct training categories.'),
    format: z.string().nullish(),
    importance: z
      .number()
      .nullish()
      .describe('Permutation importance on the hold-out, in units of the metric.'),
    example: CellValue.nullish().describe('Value of this column in the example row.'),
  })
  .meta({ id: 'ContractInput' });
export type ContractInput = z.infer<typeof ContractInput>;

/** What a model takes and gives. Form, validation, OpenAPI example and code snippets all read this one document. */
export const ModelContract = z
  .object({
    schemaVersion: z.literal(1),
    task: z.enum(TASKS),
    target: z
      .object({ name: z.string(), type: z.enum(COLUMN_TYPES) })
      .nullable()
      .describe('Null for clustering: the model names the group a row belongs to.'),
    output: z.object({
      kind: z.enum(['class', 'number']),
      classes: z.array(z.string()).nullish(),
      positiveClass: z.string().nullish(),
      threshold: z
        .number()
        .nullish()
        .describe('Probability from which on the positive class is predicted; 0.5 when left out.'),
      costs: z
        .array(z.array(z.number()))
        .nullish()
        .describe(
          'Cost of a row by its actual class (row) and the predicted one (column), in the order of `classes`: the class with the smallest expected cost is predicted. The most probable one when left out.',
        ),
      unit: z.string().nullish(),
      min: z.number().nullish(),
      max: z.number().nullish(),
    }),
    inputs: z.array(ContractInput),
    example: z.record(z.string(), CellValue).describe('A real held-out row.'),
  })
  .meta({ id: 'ModelContract' });
export type ModelContract = z.infer<typeof ModelContract>;
