import { COLUMN_ROLES, COLUMN_TYPES, TASKS } from '@modelwright/contracts';
import { z } from 'zod';

/** A cell as it travels in JSON: times are ISO 8601 without a zone, as the file had none. */
const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const FLAG_SEVERITIES = ['info', 'warning', 'error'] as const;

export const QualityFlag = z
  .object({
    code: z
      .string()
      .describe(
        'Which rule fired, as in `identifier`, `constant`, `near-empty`, `target-leak`, `duplicate-column`.',
      ),
    severity: z
      .enum(FLAG_SEVERITIES)
      .describe('`error` spoils a model if ignored, `warning` deserves a decision, `info` is good to know.'),
    column: z
      .string()
      .nullable()
      .describe('The column it is about; null when it is about rows or the whole table.'),
    relatedColumns: z
      .array(z.string())
      .describe('Other columns that take part, such as the column this one repeats.'),
    target: z
      .string()
      .nullable()
      .describe('The target for which it holds; null when it holds for every target.'),
    title: z.string().describe('Short name of the finding.'),
    reason: z.string().describe('What was measured, in a sentence.'),
    affectedRows: z
      .number()
      .int()
      .nullable()
      .describe('Rows concerned; null when it concerns the whole column.'),
    fix: z.string().describe('What to do about it.'),
    suggestedRole: z
      .enum(COLUMN_ROLES)
      .nullable()
      .describe('The role the column should have because of this finding; null when none follows.'),
  })
  .meta({ id: 'QualityFlag' });
export type QualityFlag = z.infer<typeof QualityFlag>;

export const Histogram = z
  .object({
    edges: z.array(z.number()).describe('n + 1 edges; milliseconds since 1970 for datetime columns.'),
    counts: z.array(z.number().int()).describe('n counts of rows.'),
  })
  .meta({ id: 'Histogram' });

export const ValueCount = z
  .object({ value: Cell.describe('The value.'), count: z.number().int().describe('Rows that have it.') })
  .meta({ id: 'ValueCount' });

export const TargetDistribution = z
  .object({
    kind: z
      .enum(['class', 'number'])
      .describe(
        '`class`: buckets hold counts per class. `number`: buckets hold the mean and quartiles of the target.',
      ),
    classes: z.array(z.string()).describe('Names of the classes; empty for a numeric target.'),
    buckets: z
      .array(
        z.object({
          label: z.string().describe('Value or range of this column.'),
          rows: z.number().int().describe('Rows in the bucket.'),
          classCounts: z.array(z.number().int()).describe('Rows per class, in the order of `classes`.'),
          mean: z.number().nullable().describe('Mean of a numeric target.'),
          lowerQuartile: z.number().nullable().describe('25 % quantile of a numeric target.'),
          median: z.number().nullable().describe('Median of a numeric target.'),
          upperQuartile: z.number().nullable().describe('75 % quantile of a numeric target.'),
        }),
      )
      .describe('Up to 20 buckets of this column, in its own order.'),
    strength: z
      .number()
      .nullable()
      .describe(
        'How much of the target this column alone explains, 0 to 1, measured on rows it was not fitted on.',
      ),
    profiledRows: z.number().int().describe('Rows it was computed from.'),
  })
  .meta({ id: 'TargetDistribution' });
export type TargetDistribution = z.infer<typeof TargetDistribution>;

export const ColumnProfile = z
  .object({
    name: z.string().describe('Column name, unique in the table.'),
    originalName: z
      .string()
      .nullable()
      .describe('Name in the file when it had to be changed to be unique; else null.'),
    type: z.enum(COLUMN_TYPES).describe('Type in use: detected, or as set by hand.'),
    detectedType: z.enum(COLUMN_TYPES).describe('Type found in the data.'),
    role: z.enum(COLUMN_ROLES).describe('Role in use: suggested, or as set by hand.'),
    suggestedRole: z.enum(COLUMN_ROLES).describe('Role that the data suggests.'),
    rows: z.number().int().describe('Rows of the table.'),
    missing: z.number().int().describe('Rows without a value.'),
    blankAsMissing: z
      .number()
      .int()
      .describe('Of the missing ones, rows that held blanks or a spelling such as NA instead of nothing.'),
    distinct: z.number().int().describe('Number of different values.'),
    distinctIsApproximate: z.boolean().describe('Whether `distinct` is an estimate (about ±3 %).'),
    min: Cell.describe('Smallest number or earliest time; null for other types.'),
    max: Cell.describe('Largest number or latest time; null for other types.'),
    mean: z.number().nullable().describe('Mean of a numeric column.'),
    std: z.number().nullable().describe('Sample standard deviation of a numeric column.'),
    skewness: z.number().nullable().describe('Skewness of a numeric column.'),
    zeros: z.number().int().nullable().describe('Rows with exactly 0, for numeric columns.'),
    negatives: z.number().int().nullable().describe('Rows below 0, for numeric columns.'),
    infinite: z.number().int().nullable().describe('Rows with an infinite value, for numeric columns.'),
    quantiles: z
      .object({
        p01: z.number().describe('1 % quantile.'),
        p05: z.number().describe('5 % quantile.'),
        p25: z.number().describe('25 % quantile.'),
        p50: z.number().describe('Median.'),
        p75: z.number().describe('75 % quantile.'),
        p95: z.number().describe('95 % quantile.'),
        p99: z.number().describe('99 % quantile.'),
      })
      .nullable()
      .describe('Quantiles of a numeric column.'),
    quantilesAreApproximate: z.boolean().describe('Whether the quantiles are estimates.'),
    histogram: Histogram.nullable().describe('Distribution of a number, integer or datetime column.'),
    topValues: z.array(ValueCount).describe('Up to 20 most frequent values, most frequent first.'),
    textLength: z
      .object({
        min: z.number().int().describe('Characters of the shortest value.'),
        mean: z.number().describe('Mean number of characters.'),
        max: z.number().int().describe('Characters of the longest value.'),
      })
      .nullable()
      .describe('Lengths of a category or text column.'),
    format: z
      .string()
      .nullable()
      .describe('How dates were written in the file, as in `%d/%m/%Y`; else null.'),
    examples: z.array(Cell).describe('Up to 5 values as they occur.'),
    flagCodes: z.array(z.string()).describe('Codes of the flags about this column.'),
    againstTarget: TargetDistribution.nullable().describe('Present when a target is chosen or asked for.'),
  })
  .meta({ id: 'ColumnProfile' });
export type ColumnProfile = z.infer<typeof ColumnProfile>;

export const TargetCandidate = z
  .object({
    column: z.string().describe('Column that could be predicted.'),
    task: z.enum(TASKS).describe('Task it would make.'),
    reason: z.string().describe('Why it looks like a target.'),
  })
  .meta({ id: 'TargetCandidate' });

export const TargetSuggestion = TargetCandidate.extend({
  alternatives: z.array(TargetCandidate).describe('Other plausible targets, best first.'),
}).meta({ id: 'TargetSuggestion' });
export type TargetSuggestion = z.infer<typeof TargetSuggestion>;

export const ProfileResponse = z
  .object({
    datasetId: z.uuid().describe('The dataset.'),
    versionNumber: z.number().int().describe('Version it describes.'),
    rows: z.number().int().describe('Rows of the table.'),
    profiledRows: z
      .number()
      .int()
      .describe('Rows that relations between columns were searched in; less than `rows` for large tables.'),
    duplicateRows: z.number().int().describe('Rows that repeat an earlier row in every column.'),
    target: z
      .string()
      .nullable()
      .describe('Target in force for this answer: asked for, or chosen for the dataset.'),
    task: z.enum(TASKS).nullable().describe('Task that follows from the target.'),
    targetProblem: z
      .string()
      .nullable()
      .describe(
        'Why the target cannot be trained on (one class, all missing, more classes than fit); else null.',
      ),
    targetSuggestion: TargetSuggestion.nullable().describe('Null when no column can be a target.'),
    columns: z.array(ColumnProfile).describe('In the order of the file.'),
    flags: z.array(QualityFlag).describe('Most severe first.'),
  })
  .meta({ id: 'ProfileResponse' });
export type ProfileResponse = z.infer<typeof ProfileResponse>;

export const ProfileQuery = z.object({
  version: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Version number; the newest ready one by default.'),
  target: z
    .string()
    .max(500)
    .optional()
    .describe('Column to analyse as the target, instead of the chosen one.'),
});
export type ProfileQuery = z.infer<typeof ProfileQuery>;
