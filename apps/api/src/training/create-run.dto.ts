import { FAMILIES, TASKS, VALIDATION_STRATEGIES } from '@modelwright/contracts';
import { z } from 'zod';
import { ExcludedColumn, MetricChoice, RunWarning, ValidationPlan } from './run.dto.js';

export const PRESETS = ['quick', 'balanced', 'thorough', 'custom'] as const;
export type Preset = (typeof PRESETS)[number];

const columnName = z.string().min(1).max(1000);
const columnNames = z.array(columnName).max(10_000);

export const CreateRunRequest = z
  .strictObject({
    datasetId: z.uuid().describe('Dataset to learn from.'),
    versionNumber: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('Its version; the newest if left out.'),
    target: columnName.optional().describe('Column to predict; the suggested one if left out.'),
    task: z.enum(TASKS).optional().describe('Kind of prediction; inferred from the target if left out.'),
    metric: z
      .string()
      .min(1)
      .max(60)
      .optional()
      .describe('Metric to optimise; the default of the task if left out.'),
    preset: z
      .enum(PRESETS)
      .default('quick')
      .describe('quick 60 s, balanced 10 min, thorough 1 h, custom: `budgetSeconds`.'),
    budgetSeconds: z
      .number()
      .int()
      .min(10)
      .max(86_400)
      .optional()
      .describe('Time for the search, seconds; required for preset custom, refused otherwise.'),
    validation: z
      .strictObject({
        strategy: z.enum(VALIDATION_STRATEGIES).optional().describe('How rows are divided into folds.'),
        folds: z.number().int().min(2).max(20).optional().describe('Number of folds.'),
        column: columnName.nullable().optional().describe('Column of the groups or of the time.'),
      })
      .optional()
      .describe('Cross-validation; chosen from the data if left out.'),
    holdoutFraction: z
      .number()
      .min(0.05)
      .max(0.5)
      .optional()
      .describe('Share of rows kept for the final evaluation; 0.2 if left out.'),
    excludedColumns: columnNames.optional().describe('Columns not to use.'),
    includedColumns: columnNames.optional().describe('Columns to use although we would leave them out.'),
    families: z
      .array(z.enum(FAMILIES))
      .min(1)
      .max(FAMILIES.length)
      .optional()
      .describe('Model families to try; all if left out. The baseline always runs.'),
    seed: z.number().int().min(0).max(4_294_967_295).optional().describe('Random seed; 42 if left out.'),
    name: z
      .string()
      .trim()
      .min(1)
      .max(80)
      .optional()
      .describe('Name of the run, unique in the project; made from target and preset if left out.'),
  })
  .meta({ id: 'CreateRunRequest' });
export type CreateRunRequest = z.infer<typeof CreateRunRequest>;

export const RunBlocker = z
  .object({
    code: z.string().describe('Kind of blocker, stable.'),
    pointer: z.string().describe('JSON pointer to the field of the request it is about.'),
    detail: z.string().describe('What is in the way and what to do.'),
  })
  .meta({ id: 'RunBlocker' });
export type RunBlocker = z.infer<typeof RunBlocker>;

export const PlannedCandidate = z
  .object({
    family: z.string(),
    label: z.string().describe('Name for people.'),
    expectedMemoryMb: z.number().int().describe('Estimated peak memory, MiB.'),
    expectedSeconds: z.number().describe('Estimated time for one configuration over all folds, seconds.'),
    skipReason: z.string().nullable().describe('Why it will probably be skipped; null if it will run.'),
  })
  .meta({ id: 'PlannedCandidate' });

export const RunPreviewResponse = z
  .object({
    name: z.string().describe('Suggested name of the run.'),
    datasetVersionId: z.uuid(),
    versionNumber: z.number().int(),
    target: z
      .string()
      .nullable()
      .describe('Column that would be predicted; null if none could be suggested.'),
    targetReason: z.string().nullable().describe('Why this target, when it was suggested.'),
    task: z.enum(TASKS).nullable().describe('Null while the target is not usable.'),
    taskReason: z.string().nullable().describe('Why this task, in words.'),
    classes: z.number().int().nullable().describe('Number of classes of the target; null for regression.'),
    metric: MetricChoice.nullable(),
    metricOptions: z.array(MetricChoice).describe('Metrics that fit the task, the default first.'),
    validation: ValidationPlan.nullable(),
    holdoutFraction: z.number(),
    rows: z.number().int().describe('Rows with a known target.'),
    trainRows: z.number().int(),
    holdoutRows: z.number().int(),
    features: z.array(z.string()).describe('Columns offered to the models.'),
    excluded: z.array(ExcludedColumn),
    candidates: z.array(PlannedCandidate).describe('In the order in which they are tried.'),
    warnings: z.array(RunWarning),
    blockers: z
      .array(RunBlocker)
      .describe('What must be changed before the run can start; empty when it can.'),
    budgetSeconds: z.number().int(),
    expectedSeconds: z.number().int().describe('Expected time from start to model, seconds.'),
    expectedMemoryMb: z.number().int().describe('Expected peak memory, MiB.'),
    limits: z.object({
      memoryMb: z.number().int().describe('Memory limit, MiB.'),
      cpus: z.number().describe('CPU limit, cores.'),
    }),
    queueAhead: z.number().int().describe('Runs that would go first.'),
  })
  .meta({ id: 'RunPreview' });
export type RunPreviewResponse = z.infer<typeof RunPreviewResponse>;
