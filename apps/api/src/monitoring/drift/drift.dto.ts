import { z } from 'zod';

export const DRIFT_LIGHTS = ['steady', 'watch', 'drifted', 'not-enough-data'] as const;
export const DriftLight = z
  .enum(DRIFT_LIGHTS)
  .describe(
    '`steady`, `watch` (a moderate, certain shift), `drifted` (a large, certain one), or `not-enough-data`.',
  );
export type DriftLight = z.infer<typeof DriftLight>;
export const DRIFT_SCHEDULES = ['off', 'hourly', 'daily'] as const;

export const DriftColumnReport = z
  .object({
    name: z.string().describe('Column, or `prediction`.'),
    kind: z.enum(['number', 'category', 'time', 'presence']).describe('How its values are counted.'),
    light: DriftLight,
    method: z
      .enum(['kolmogorov-smirnov', 'chi-square'])
      .describe('Test of the shift: of numbers at the bounds of the bins, of anything else over its cells.'),
    psi: z.number().nullable().describe('Population stability index; null without enough rows.'),
    statistic: z.number().nullable().describe('Statistic of the test.'),
    pValue: z.number().nullable().describe('Probability of such a statistic without a change.'),
    adjustedPValue: z
      .number()
      .nullable()
      .describe('The p-value adjusted for having tested all columns (Benjamini-Hochberg).'),
    rows: z.number().int().describe('Rows counted in the window.'),
    importance: z
      .number()
      .nullable()
      .describe('Permutation importance of the column, in units of the metric.'),
    weight: z.number().describe('Share of the column in the importance of all, 0 to 1.'),
    sentence: z.string().describe('What has changed, in plain words.'),
    histogram: z
      .object({
        labels: z.array(z.string()).describe('Names of the bins.'),
        reference: z.array(z.number()).describe('Share of each bin in the reference, 0 to 1.'),
        window: z.array(z.number()).describe('Share of each bin in the window, 0 to 1.'),
      })
      .describe('Both distributions over the same bins.'),
  })
  .meta({ id: 'DriftColumn' });
export type DriftColumnReport = z.infer<typeof DriftColumnReport>;

export const DriftReport = z
  .object({
    deploymentId: z.uuid().describe('The deployment.'),
    modelVersionId: z.uuid().describe('The version whose calls are counted.'),
    modelVersionNumber: z.number().int().describe('Number of that version.'),
    from: z.iso.datetime().describe('Start of the window, a full hour.'),
    to: z.iso.datetime().describe('When the counts were read; they lag behind calls by a second at most.'),
    windowHours: z.number().int().describe('Length of the window.'),
    rows: z.number().int().describe('Predicted rows in the window.'),
    minimumRows: z.number().int().describe('Below so many rows a column is not judged.'),
    segment: z
      .object({ column: z.string().describe('Column.'), value: z.string().describe('Its value.') })
      .nullable()
      .describe('Only rows with this value; null for all rows.'),
    reference: z
      .enum(['training', 'earlier-traffic'])
      .describe('What the window is compared with; segments with their own traffic before the window.'),
    light: DriftLight,
    score: z
      .number()
      .describe('Drifted columns by weight, 0 to 1: a drifted column counts whole, one to watch half.'),
    sentence: z.string().describe('The result in plain words.'),
    columns: z.array(DriftColumnReport).describe('Inputs, the most important ones first.'),
    prediction: DriftColumnReport.nullable().describe(
      'The predictions, compared with those of held-out rows; null when the model came without any.',
    ),
  })
  .meta({ id: 'DriftReport' });
export type DriftReport = z.infer<typeof DriftReport>;

const windowHours = z.number().int().min(1).max(2160).describe('How far back a check looks, hours.');
const minimumRows = z
  .number()
  .int()
  .min(20)
  .max(1_000_000)
  .describe('Below so many rows in the window a column is grey: there is not enough to judge.');
const segmentColumns = z
  .array(z.string().min(1))
  .max(3)
  .describe('Up to three categorical columns whose values are also watched one by one.');

export const DriftSettings = z
  .object({
    schedule: z.enum(DRIFT_SCHEDULES).describe('How often a check is made by itself.'),
    windowHours,
    minimumRows,
    segmentColumns,
  })
  .meta({ id: 'DriftSettings' });
export type DriftSettings = z.infer<typeof DriftSettings>;

export const UpdateDriftSettingsRequest = z
  .strictObject({
    schedule: z.enum(DRIFT_SCHEDULES).optional().describe('How often a check is made by itself.'),
    windowHours: windowHours.optional(),
    minimumRows: minimumRows.optional(),
    segmentColumns: segmentColumns.optional(),
  })
  .meta({ id: 'UpdateDriftSettingsRequest' });
export type UpdateDriftSettingsRequest = z.infer<typeof UpdateDriftSettingsRequest>;

export const DriftQuery = z
  .object({
    windowHours: z.coerce
      .number()
      .int()
      .min(1)
      .max(2160)
      .optional()
      .describe('How far back, hours; default: the setting of the deployment.'),
    segmentColumn: z.string().max(500).optional().describe('A segment column of the settings.'),
    segmentValue: z.string().max(10_000).optional().describe('A value of that column.'),
  })
  .refine((query) => (query.segmentColumn === undefined) === (query.segmentValue === undefined), {
    path: ['segmentValue'],
    message: 'Give both `segmentColumn` and `segmentValue`, or neither.',
  });
export type DriftQuery = z.infer<typeof DriftQuery>;

export const DriftSegment = z
  .object({
    column: z.string().describe('Segment column.'),
    values: z
      .array(
        z.object({
          value: z.string().describe('Value of the column.'),
          rows: z.number().int().describe('Predicted rows with it in the window.'),
        }),
      )
      .describe('Values seen in the window, the most frequent first.'),
  })
  .meta({ id: 'DriftSegment' });

export const DriftResponse = z
  .object({
    report: DriftReport.describe('Computed now, from counts that are kept with every call.'),
    settings: DriftSettings,
    segments: z.array(DriftSegment).describe('What the window can be narrowed to.'),
    maskedColumns: z.array(z.string()).describe('Columns whose values are not counted, as they are masked.'),
  })
  .meta({ id: 'Drift' });
export type DriftResponse = z.infer<typeof DriftResponse>;

export const DriftCheckRequest = z
  .strictObject({ windowHours: windowHours.optional() })
  .meta({ id: 'DriftCheckRequest' });
export type DriftCheckRequest = z.infer<typeof DriftCheckRequest>;

export const DriftCheck = z
  .object({
    id: z.uuid().describe('The check.'),
    deploymentId: z.uuid().describe('The deployment.'),
    origin: z.enum(['manual', 'schedule']).describe('Who asked for it.'),
    at: z.iso.datetime().describe('When it was made.'),
    light: DriftLight,
    score: z.number().describe('Drifted columns by weight, 0 to 1.'),
    sentence: z.string().describe('The result in plain words.'),
  })
  .meta({ id: 'DriftCheck' });
export type DriftCheck = z.infer<typeof DriftCheck>;

export const DriftCheckResult = DriftCheck.extend({
  report: DriftReport.describe('The whole result as it was then.'),
}).meta({ id: 'DriftCheckResult' });
export type DriftCheckResult = z.infer<typeof DriftCheckResult>;

export const DriftChecksResponse = z
  .object({ items: z.array(DriftCheck).describe('The last hundred checks, newest first.') })
  .meta({ id: 'DriftChecks' });

export const DriftStatesResponse = z
  .object({
    items: z
      .array(
        z
          .object({
            deploymentId: z.uuid().describe('The deployment.'),
            light: DriftLight,
            score: z.number().describe('Drifted columns by weight, 0 to 1.'),
            sentence: z.string().describe('The result in plain words.'),
            at: z.iso.datetime().describe('When it was checked.'),
          })
          .meta({ id: 'DriftState' }),
      )
      .describe('The last check of each deployment that has one.'),
  })
  .meta({ id: 'DriftStates' });
