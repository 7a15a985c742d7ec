import { z } from 'zod';

const MAX_WINDOW_HOURS = 2_160;

const windowHours = z.coerce
  .number()
  .int()
  .min(1)
  .max(MAX_WINDOW_HOURS)
  .default(720)
  .describe('Predictions of the last so many hours; 30 days when left out.');
const modelVersionId = z
  .uuid()
  .optional()
  .describe('Version whose predictions are judged; the one that answers now when left out.');

export const PerformanceQuery = z.object({ windowHours, modelVersionId });
export type PerformanceQuery = z.infer<typeof PerformanceQuery>;

export const PerformanceSegmentsQuery = z.object({
  windowHours,
  modelVersionId,
  column: z.string().min(1).max(500).describe('Input whose values or bins are compared.'),
});
export type PerformanceSegmentsQuery = z.infer<typeof PerformanceSegmentsQuery>;

export const PERFORMANCE_LIGHTS = ['as-held-out', 'worse', 'not-enough-data'] as const;
export const LiveMetricName = z.enum([
  'accuracy',
  'precision',
  'recall',
  'f1',
  'roc_auc',
  'log_loss',
  'precision_macro',
  'recall_macro',
  'f1_macro',
  'mae',
  'rmse',
  'r2',
]);
export type LiveMetricName = z.infer<typeof LiveMetricName>;

const low = z.number().nullable().describe('Lower end of the 95 % interval; null without one.');
const high = z.number().nullable().describe('Upper end of the 95 % interval; null without one.');

export const LiveMetric = z
  .object({
    name: LiveMetricName.describe('The metric.'),
    greaterIsBetter: z.boolean().describe('Whether a greater value is better.'),
    value: z.number().nullable().describe('Over rows with a known outcome; null without enough of them.'),
    low,
    high,
    rows: z.number().int().describe('Rows that it is computed of.'),
    needed: z.number().int().describe('Rows that it needs at least.'),
    method: z.string().describe('How the interval is made, with its source.'),
    holdout: z
      .object({ value: z.number().describe('Value on held-out rows.'), low, high })
      .nullable()
      .describe('The same metric on the held-out rows of the version; null where it was not kept.'),
    light: z
      .enum(PERFORMANCE_LIGHTS)
      .describe('`worse` when the whole interval is worse than that of the held-out rows.'),
  })
  .meta({ id: 'LiveMetric' });
export type LiveMetric = z.infer<typeof LiveMetric>;

export const LiveCalibration = z
  .object({
    kind: z
      .enum(['positive-class', 'confidence', 'number'])
      .describe(
        'Probability of the positive class, of the predicted class, or predicted numbers in ten groups.',
      ),
    error: z
      .number()
      .nullable()
      .describe('Expected calibration error: mean distance of predicted and observed, by rows.'),
    bins: z
      .array(
        z.object({
          from: z.number().describe('Start of the bin.'),
          to: z.number().describe('End of the bin.'),
          rows: z.number().int().describe('Rows in it.'),
          predicted: z.number().describe('Mean of what was predicted.'),
          observed: z.number().describe('Share in which it happened, or mean of the true numbers.'),
          low,
          high,
        }),
      )
      .describe('Bins with rows in them.'),
  })
  .meta({ id: 'LiveCalibration' });
export type LiveCalibration = z.infer<typeof LiveCalibration>;

export const Performance = z
  .object({
    deploymentId: z.uuid().describe('The deployment.'),
    modelVersionId: z.uuid().describe('The version whose predictions are judged.'),
    modelVersionNumber: z.number().int().describe('Its number.'),
    kind: z.enum(['class', 'number']).describe('What it predicts.'),
    positiveClass: z.string().nullable().describe('The class that precision and recall are of.'),
    unit: z.string().nullable().describe('Unit of the predicted number.'),
    from: z.iso.datetime().describe('Start of the window, a full hour.'),
    to: z.iso.datetime().describe('Now.'),
    windowHours: z.number().int().describe('Length of the window.'),
    predictedRows: z.number().int().describe('Rows predicted in the window.'),
    labelledRows: z
      .number()
      .int()
      .describe('Of them, rows whose outcome is known; the newest 200,000 are counted.'),
    labelledShare: z.number().nullable().describe('Their share, 0 to 1; null without a prediction.'),
    abstainedRows: z.number().int().describe('Rows with a known outcome for which the endpoint abstained.'),
    isCut: z.boolean().describe('Whether there are more known outcomes in the window than are counted.'),
    neededRows: z.number().int().describe('Below so many rows nothing is judged.'),
    light: z.enum(PERFORMANCE_LIGHTS).describe('The worst light of the figures.'),
    sentence: z.string().describe('The result in plain words.'),
    metrics: z.array(LiveMetric).describe('The first one is the main figure.'),
    confusion: z
      .object({
        labels: z.array(z.string()).describe('Classes.'),
        counts: z.array(z.array(z.number().int())).describe('Rows are true classes, columns predicted ones.'),
      })
      .nullable()
      .describe('Of at most 20 classes, the most frequent ones; null for numbers.'),
    calibration: LiveCalibration.nullable().describe('Null without enough rows.'),
    trend: z
      .object({
        step: z.enum(['hour', 'day']).describe('Length of a step.'),
        metric: z.enum(['accuracy', 'mae']).describe('What is drawn.'),
        points: z
          .array(
            z.object({
              at: z.iso.datetime().describe('Start of the step, by the time of the prediction.'),
              rows: z.number().int().describe('Rows in it.'),
              value: z.number().describe('The metric.'),
              low,
              high,
            }),
          )
          .describe('Steps with rows in them.'),
      })
      .describe('How it went.'),
    labelDelay: z
      .object({
        medianSeconds: z.number().describe('Half of the outcomes were known after so long.'),
        p90Seconds: z.number().describe('Nine of ten were.'),
      })
      .nullable()
      .describe('Time from prediction to outcome; null without outcomes.'),
    versions: z
      .array(
        z.object({
          modelVersionId: z.uuid().describe('A version.'),
          number: z.number().int().describe('Its number.'),
          labelled: z.number().int().describe('Rows with a known outcome, of all times.'),
        }),
      )
      .describe('Versions to choose from.'),
    columns: z.array(z.string()).describe('Inputs to compare by; masked ones are left out.'),
    maskedColumns: z.array(z.string()).describe('Inputs whose values the log does not hold.'),
  })
  .meta({ id: 'Performance' });
export type Performance = z.infer<typeof Performance>;

export const PerformanceSegments = z
  .object({
    column: z.string().describe('The input.'),
    metric: z.enum(['accuracy', 'mae']).describe('What is compared.'),
    rows: z.number().int().describe('Newest labelled rows that were looked at, at most 20,000.'),
    missingRows: z.number().int().describe('Labelled rows whose inputs have left the log or are masked.'),
    overall: z.number().nullable().describe('Over all rows looked at.'),
    neededRows: z.number().int().describe('Below so many rows a segment is grey.'),
    segments: z
      .array(
        z.object({
          label: z.string().describe('Value or range.'),
          rows: z.number().int().describe('Rows in it.'),
          value: z.number().nullable().describe('The metric; null without enough rows.'),
          low,
          high,
        }),
      )
      .describe('Segments with rows in them.'),
  })
  .meta({ id: 'PerformanceSegments' });
export type PerformanceSegments = z.infer<typeof PerformanceSegments>;

export const LiveErrorSegments = z
  .object({
    measure: z.enum(['error_rate', 'mean_absolute_error']).describe('What a segment is worse by.'),
    rows: z.number().int().describe('Newest labelled rows that were searched, at most 5,000.'),
    neededRows: z.number().int().describe('Below so many rows nothing is searched.'),
    overall: z.number().nullable().describe('Over all of them; null without enough rows.'),
    searched: z.number().int().describe('Segments that were looked at.'),
    method: z.string().describe('How segments are found and tested, with sources.'),
    segments: z
      .array(
        z.object({
          text: z.string().describe('Conditions in words.'),
          conditions: z
            .array(
              z.object({
                column: z.string().describe('Input.'),
                text: z.string().describe('Condition on it.'),
              }),
            )
            .describe('One or two; all of them hold.'),
          rows: z.number().int().describe('Rows in it.'),
          share: z.number().describe('Share of the rows, 0 to 1.'),
          value: z.number().describe('Error rate, or mean absolute error.'),
          low,
          high,
          lift: z.number().describe('Times the value of all rows.'),
          shareOfErrors: z.number().describe('Share of all errors, 0 to 1.'),
          pValue: z.number().describe('Of being no worse than the other rows, one-sided.'),
          adjustedPValue: z
            .number()
            .describe('Adjusted for all segments looked at (Benjamini and Hochberg).'),
        }),
      )
      .describe('Clearly worse segments, the worst first.'),
  })
  .meta({ id: 'LiveErrorSegments' });
export type LiveErrorSegments = z.infer<typeof LiveErrorSegments>;
