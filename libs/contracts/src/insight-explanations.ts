import { z } from 'zod';
import { Explanation } from './explanations.js';
import { about, metric, number, output } from './insight-parts.js';
import { CellValue } from './model-contract.js';
import { COLUMN_TYPES } from './statuses.js';

export const ShapGlobalResult = z
  .object({
    kind: z.literal('shap_global').describe('Contributions of columns over many rows.'),
    ...about,
    ...output,
    base: z.number().describe('Mean output: where every explanation starts.'),
    additivity: z
      .object({
        rows: z.number().int().describe('Rows that were checked.'),
        maxError: z.number().describe('Largest |base + sum of contributions − prediction|.'),
        tolerance: z.number().describe('Error up to which the check holds.'),
        holds: z.boolean().describe('Whether it held on every row.'),
      })
      .describe('The contributions of a row and the base add up to its prediction.'),
    sampleRows: z.array(z.number().int()).describe('Rows of the dataset behind `points`, in their order.'),
    columns: z
      .array(
        z.object({
          column: z.string().describe('Name.'),
          type: z.enum(COLUMN_TYPES).describe('Type in the model contract.'),
          meanAbsolute: z.number().describe('Mean absolute contribution: the length of the bar.'),
          mean: z.number().describe('Mean contribution, with its sign.'),
          share: z.number().describe('Share of all mean absolute contributions, 0 to 1.'),
          points: z
            .array(
              z.object({
                value: CellValue.describe('Value of the column in the row.'),
                position: number.describe(
                  'Rank of the value among the sample, 0 to 1, for the colour; null where order means nothing.',
                ),
                contribution: z.number().describe('Contribution in the space of `output`.'),
              }),
            )
            .describe('One point per sample row, for the first 30 columns; empty for the others.'),
        }),
      )
      .describe('Columns, most important first.'),
    classes: z
      .array(
        z.object({
          label: z.string().describe('Class.'),
          columns: z
            .array(
              z.object({
                column: z.string().describe('Name.'),
                meanAbsolute: z.number().describe('Mean absolute contribution to this class.'),
              }),
            )
            .describe('In the order of `columns`.'),
        }),
      )
      .nullable()
      .describe('Mean absolute contributions to each class; only with more than two classes.'),
  })
  .meta({ id: 'ShapGlobalResult' });
export type ShapGlobalResult = z.infer<typeof ShapGlobalResult>;

export const ShapRowResult = z
  .object({
    kind: z.literal('shap_row').describe('Contributions of columns to one prediction: the waterfall.'),
    ...about,
    row: z.number().int().nullable().describe('Row of the dataset; null for a row that was given.'),
    actual: CellValue.describe('What was true; null when nobody knows.'),
    explanation: Explanation.describe('From the base to the prediction.'),
  })
  .meta({ id: 'ShapRowResult' });
export type ShapRowResult = z.infer<typeof ShapRowResult>;

export const PermutationImportanceResult = z
  .object({
    kind: z.literal('permutation_importance').describe('What the score loses when a column is shuffled.'),
    ...about,
    ...metric,
    score: z.number().describe('Score with nothing shuffled.'),
    repeats: z.number().int().describe('Shuffles of each column.'),
    columns: z
      .array(
        z.object({
          column: z.string().describe('Name.'),
          mean: z.number().describe('Mean loss of score, turned so that more means more important.'),
          std: z.number().describe('Standard deviation over the repeats.'),
          low: z.number().describe('Lower end of the 95 % interval of the mean (t distribution).'),
          high: z.number().describe('Upper end of the 95 % interval of the mean.'),
          drops: z.array(z.number()).describe('Loss of each repeat.'),
        }),
      )
      .describe('Columns, most important first.'),
  })
  .meta({ id: 'PermutationImportanceResult' });
export type PermutationImportanceResult = z.infer<typeof PermutationImportanceResult>;

export const PartialDependenceResult = z
  .object({
    kind: z.literal('partial_dependence').describe('Mean prediction when one or two columns are set.'),
    ...about,
    ...output,
    axes: z
      .array(
        z.object({
          column: z.string().describe('Name.'),
          type: z.enum(COLUMN_TYPES).describe('Type in the model contract.'),
          grid: z.array(CellValue).describe('Values that the column was set to, in order.'),
          counts: z.array(z.number().int()).describe('Rows that lie nearest to each value of the grid.'),
        }),
      )
      .describe('One axis or two.'),
    average: z
      .array(z.number())
      .nullable()
      .describe('Partial dependence at each value of the grid; null with two axes.'),
    spread: z
      .array(z.object({ low: z.number(), high: z.number() }))
      .nullable()
      .describe('10 % and 90 % quantiles over the rows at each value; null with two axes.'),
    curves: z
      .array(
        z.object({
          row: z.number().int().describe('Row of the dataset.'),
          value: CellValue.describe('Value that the row really has.'),
          predictions: z.array(z.number()).describe('Prediction at each value of the grid (ICE).'),
        }),
      )
      .describe('Individual curves, at most 100; empty with two axes.'),
    surface: z
      .array(z.array(z.number()))
      .nullable()
      .describe('`surface[i][j]`: first column at i, second at j; null with one axis.'),
    support: z
      .array(z.array(z.number().int()))
      .nullable()
      .describe('Rows nearest to each point of the surface; few means extrapolation.'),
  })
  .meta({ id: 'PartialDependenceResult' });
export type PartialDependenceResult = z.infer<typeof PartialDependenceResult>;

export const InteractionsResult = z
  .object({
    kind: z
      .literal('interactions')
      .describe('How much pairs of columns do together that neither does alone.'),
    ...about,
    ...output,
    pairs: z
      .array(
        z.object({
          left: z.string().describe('First column.'),
          right: z.string().describe('Second column.'),
          strength: number.describe(
            "Friedman's H: 0 nothing, 1 all of the pair's effect; null without effect.",
          ),
          size: z.number().describe('Root mean square of the joint part, in units of the output.'),
        }),
      )
      .describe('Pairs, largest `size` first.'),
    columns: z
      .array(
        z.object({
          column: z.string().describe('Name.'),
          size: z.number().describe('Root mean square of its own effect, in units of the output.'),
          total: z.number().describe('Sum of the sizes of its pairs.'),
        }),
      )
      .describe('The columns that were paired.'),
  })
  .meta({ id: 'InteractionsResult' });
export type InteractionsResult = z.infer<typeof InteractionsResult>;
