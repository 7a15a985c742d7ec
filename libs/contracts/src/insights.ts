import { z } from 'zod';
import { Explanation, ExplanationMethod, InsightOutput, MAX_EXPLAINED_ROWS } from './explanations.js';
import { CellValue } from './model-contract.js';
import { COLUMN_TYPES } from './statuses.js';

/** What can be asked about a model version. */
export const ANALYSIS_KINDS = [
  'shap_global',
  'shap_row',
  'permutation_importance',
  'partial_dependence',
  'interactions',
  'segments',
  'fairness',
  'learning_curve',
  'residuals',
  'what_if',
] as const;
export type AnalysisKind = (typeof ANALYSIS_KINDS)[number];

export const ANALYSIS_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type AnalysisStatus = (typeof ANALYSIS_STATUSES)[number];

const number = z.number().nullable();
const interval = {
  value: number.describe('Point estimate; null when it is not defined, as a rate of no rows is.'),
  low: number.describe('Lower end of the 95 % interval.'),
  high: number.describe('Upper end of the 95 % interval.'),
};
const metric = {
  metric: z.string().describe('Name of the metric, as in the evaluation.'),
  greaterIsBetter: z.boolean().describe('Whether more of the metric is better.'),
};
const output = { output: InsightOutput.describe('What is explained, and in which space.') };

/** What every result says about itself. */
const about = {
  method: ExplanationMethod.describe('How the numbers were made.'),
  data: z.enum(['holdout', 'training', 'given']).describe('Whose rows were looked at.'),
  rows: z.number().int().describe('Rows that the numbers rest on.'),
  seconds: z.number().describe('How long the computation took.'),
  notes: z.array(z.string()).describe('What a reader has to know, in sentences: samples, limits, caveats.'),
};

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
