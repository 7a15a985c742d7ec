import { z } from 'zod';
import { Explanation } from './explanations.js';
import { about, interval, metric, number } from './insight-parts.js';
import { CellValue } from './model-contract.js';

export const SegmentCondition = z
  .object({
    column: z.string().describe('Name.'),
    operator: z.enum(['=', '<', '>=', 'between', 'is missing']).describe('Comparison.'),
    value: CellValue.describe('What is compared with; the lower end of `between`; null for `is missing`.'),
    upper: CellValue.describe('Upper end of `between`, exclusive; null otherwise.'),
  })
  .meta({ id: 'SegmentCondition' });
export type SegmentCondition = z.infer<typeof SegmentCondition>;

export const SegmentsResult = z
  .object({
    kind: z.literal('segments').describe('Where the model fails.'),
    ...about,
    measure: z
      .enum(['error_rate', 'mean_absolute_error'])
      .describe('What is counted: share of wrong rows, or mean |actual − predicted|.'),
    overall: z
      .object({ ...interval, rows: z.number().int().describe('Rows.') })
      .describe('The measure over the rows that confirm.'),
    searched: z.number().int().describe('Segments that were looked at.'),
    discoveryRows: z.number().int().describe('Rows that segments were searched in.'),
    confirmationRows: z.number().int().describe('Other rows, on which the figures below were measured.'),
    segments: z
      .array(
        z.object({
          text: z.string().describe('As in `Contract = "Month-to-month" and tenure < 6`.'),
          conditions: z.array(SegmentCondition).describe('All must hold.'),
          rows: z.number().int().describe('Rows of the segment among all held-out rows.'),
          share: z.number().describe('Share of all held-out rows, 0 to 1.'),
          confirmationRows: z.number().int().describe('Rows of the segment that the figures rest on.'),
          ...interval,
          lift: number.describe('Measure of the segment over the measure of all rows.'),
          shareOfErrors: number.describe('Share of all errors (or of all absolute error) that lie here.'),
          pValue: number.describe('One-sided p-value of "not worse than the other rows", on other rows.'),
          adjustedPValue: number.describe('The same after Holm, over the segments that were tested.'),
          confirmed: z.boolean().describe('Whether the adjusted p-value is at most 0.05.'),
        }),
      )
      .describe('Confirmed ones first, then by excess of errors.'),
    worstRows: z
      .array(
        z.object({
          row: z.number().int().describe('Row of the dataset.'),
          values: z.record(z.string(), CellValue).describe('Its columns.'),
          actual: CellValue.describe('What was true.'),
          predicted: CellValue.describe('What the model says.'),
          probability: number.describe('Probability given to the actual class; null for numbers.'),
          loss: z.number().describe('Log loss, or absolute error.'),
        }),
      )
      .describe('The 25 worst held-out rows.'),
  })
  .meta({ id: 'SegmentsResult' });
export type SegmentsResult = z.infer<typeof SegmentsResult>;

export const FAIRNESS_MEASURES = [
  'base_rate',
  'selection_rate',
  'true_positive_rate',
  'false_positive_rate',
  'precision',
  'accuracy',
  'mean_prediction',
  'calibration_gap',
  'mean_absolute_error',
  'mean_error',
] as const;
export type FairnessMeasure = (typeof FAIRNESS_MEASURES)[number];

const measure = z.enum(FAIRNESS_MEASURES).describe('Name of the measure.');

export const FairnessResult = z
  .object({
    kind: z.literal('fairness').describe('How the model treats groups.'),
    ...about,
    column: z.string().describe('Column whose values make the groups.'),
    usedByModel: z.boolean().describe('Whether the model looks at this column.'),
    positiveClass: z.string().nullable().describe('Class that counts as selected; null for numbers.'),
    threshold: number.describe('Probability from which a row is selected; null: the most probable class.'),
    minGroupSize: z.number().int().describe('Groups with fewer rows are listed and not compared.'),
    measures: z.array(measure).describe('The measures of this task, in order.'),
    groups: z
      .array(
        z.object({
          group: z.string().describe('Value, range of values, or "(missing)".'),
          rows: z.number().int().describe('Held-out rows.'),
          share: z.number().describe('Share of the rows, 0 to 1.'),
          tooSmall: z.boolean().describe('Whether it has too few rows to be compared.'),
          measures: z
            .array(
              z.object({
                measure,
                ...interval,
                rows: z
                  .number()
                  .int()
                  .describe('Rows that it rests on, as the positives are for a rate of them.'),
              }),
            )
            .describe('In the order of `measures`.'),
        }),
      )
      .describe('Groups, largest first.'),
    reference: z.string().describe('Group that the others are compared with.'),
    comparisons: z
      .array(
        z.object({
          group: z.string().describe('Group.'),
          measure,
          difference: z.object(interval).describe('Group minus reference.'),
          ratio: z.object(interval).describe('Group over reference; null without sense.'),
          clear: z.boolean().describe('Whether the interval of the difference leaves out 0.'),
        }),
      )
      .describe('Groups of sufficient size against the reference.'),
    widest: z
      .array(
        z.object({
          measure,
          lowest: z.string().describe('Group with the smallest value.'),
          highest: z.string().describe('Group with the greatest value.'),
          difference: number.describe('Highest minus lowest.'),
          ratio: number.describe('Lowest over highest: the four-fifths rule asks for 0.8.'),
        }),
      )
      .describe('The widest gap of each measure.'),
  })
  .meta({ id: 'FairnessResult' });
export type FairnessResult = z.infer<typeof FairnessResult>;

export const LearningCurveResult = z
  .object({
    kind: z.literal('learning_curve').describe('The score on the hold-out by number of training rows.'),
    ...about,
    ...metric,
    budgetSeconds: z.number().describe('Time that was given.'),
    complete: z.boolean().describe('Whether every share could be fitted in that time.'),
    points: z
      .array(
        z.object({
          share: z.number().describe('Share of the training rows, 0 to 1.'),
          rows: z.number().int().describe('Training rows.'),
          training: number.describe('Score on (at most 5,000 of) the rows it was fitted on.'),
          ...interval,
          seconds: z.number().describe('Time of the fit.'),
        }),
      )
      .describe('`value`, `low` and `high` are the score on the hold-out; smallest share first.'),
    sentence: z.string().describe('Whether more rows would help, in words.'),
  })
  .meta({ id: 'LearningCurveResult' });
export type LearningCurveResult = z.infer<typeof LearningCurveResult>;

export const ResidualsResult = z
  .object({
    kind: z.literal('residuals').describe('Actual minus predicted, looked at from several sides.'),
    ...about,
    summary: z
      .object({
        mean: z.object(interval).describe('Mean residual: 0 means no bias.'),
        std: z.number().describe('Standard deviation.'),
        median: z.number().describe('Median residual.'),
        meanAbsolute: z.number().describe('Mean absolute error.'),
        rootMeanSquare: z.number().describe('Root mean squared error.'),
        skewness: number.describe('0 for a symmetric distribution.'),
        within: z
          .array(z.object({ share: z.number(), error: z.number() }))
          .describe('So large a share of predictions is off by at most so much.'),
      })
      .describe('In units of the target.'),
    points: z
      .array(
        z.object({
          row: z.number().int().describe('Row of the dataset.'),
          actual: z.number().describe('What was true.'),
          predicted: z.number().describe('What the model says.'),
          residual: z.number().describe('Actual minus predicted.'),
        }),
      )
      .describe('At most 1,000 held-out rows.'),
    byPredicted: z
      .array(
        z.object({
          from: z.number().describe('Smallest prediction of the bin.'),
          to: z.number().describe('Greatest prediction of the bin.'),
          rows: z.number().int().describe('Rows.'),
          mean: z.number().describe('Mean residual.'),
          p10: z.number().describe('10 % quantile of the residuals.'),
          p90: z.number().describe('90 % quantile of the residuals.'),
        }),
      )
      .describe('Bins of equal count, by prediction: a trend is bias, a widening fan is unequal spread.'),
    bySize: z
      .array(
        z.object({
          from: z.number().describe('Smallest actual value of the bin.'),
          to: z.number().describe('Greatest actual value of the bin.'),
          rows: z.number().int().describe('Rows.'),
          meanAbsolute: z.number().describe('Mean absolute error.'),
          medianAbsolute: z.number().describe('Median absolute error.'),
          relative: number.describe('Mean absolute error over the mean absolute actual value.'),
        }),
      )
      .describe('Error by size of the target, bins of equal count.'),
    quantiles: z
      .array(
        z.object({
          normal: z.number().describe('Quantile of the standard normal distribution.'),
          residual: z.number().describe('Quantile of the standardised residuals.'),
        }),
      )
      .describe('QQ plot: on the diagonal, residuals are normal.'),
    histogram: z
      .object({
        edges: z.array(z.number()).describe('One more than counts.'),
        counts: z.array(z.number().int()).describe('Rows.'),
      })
      .describe('Distribution of the residuals.'),
  })
  .meta({ id: 'ResidualsResult' });
export type ResidualsResult = z.infer<typeof ResidualsResult>;

export const WhatIfResult = z
  .object({
    kind: z.literal('what_if').describe('Predictions of rows that somebody made up.'),
    ...about,
    explanations: z.array(Explanation).describe('One per row, in order.'),
  })
  .meta({ id: 'WhatIfResult' });
export type WhatIfResult = z.infer<typeof WhatIfResult>;
