import {
  ENGINES,
  FAMILIES,
  RUN_BOUNDS,
  RUN_CLASSES,
  TASKS,
  VALIDATION_STRATEGIES,
} from '@modelwright/contracts';
import { z } from 'zod';
import { ExcludedColumn, MetricChoice, RunWarning, ValidationPlan } from './run.dto.js';

export const PRESETS = ['quick', 'balanced', 'thorough', 'custom'] as const;
export type Preset = (typeof PRESETS)[number];

const { budgetSeconds, folds, repeats, memoryMb, cpus, maxCandidates, latencyBudgetMs, seed } = RUN_BOUNDS;
const { classWeight, cost } = RUN_BOUNDS;
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
    task: z
      .enum(TASKS)
      .optional()
      .describe('Kind of prediction; inferred from the target if left out. Clustering has no target.'),
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
      .min(budgetSeconds.min)
      .max(budgetSeconds.max)
      .optional()
      .describe('Time for the search, seconds; required for preset custom, refused otherwise.'),
    validation: z
      .strictObject({
        strategy: z.enum(VALIDATION_STRATEGIES).optional().describe('How rows are divided into folds.'),
        folds: z.number().int().min(folds.min).max(folds.max).optional().describe('Number of folds.'),
        column: columnName
          .nullable()
          .optional()
          .describe('Column of the groups, of the time, or of the given split.'),
        repeats: z
          .number()
          .int()
          .min(repeats.min)
          .max(repeats.max)
          .optional()
          .describe('How often the folds are drawn anew; small tables get steadier figures by it.'),
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
    engine: z
      .enum(ENGINES)
      .optional()
      .describe('Who searches; builtin if left out. Others need their package in the runtime image.'),
    classWeights: z
      .union([
        z.literal('balanced'),
        z.record(z.string().max(1000), z.number().gt(classWeight.above).max(classWeight.max)),
      ])
      .nullable()
      .optional()
      .describe('Weight of rows by class: balanced, or a weight for each class.'),
    costMatrix: z
      .strictObject({
        labels: z.array(z.string().max(1000)).min(2).max(50).describe('Classes in the order of the table.'),
        costs: z
          .array(z.array(z.number().min(cost.min).max(cost.max)).max(50))
          .min(2)
          .max(50)
          .describe('Cost of a row of the actual class (row) taken for the predicted one (column).'),
      })
      .nullable()
      .optional()
      .describe('What mistakes cost; needed by the metric `cost`.'),
    latencyBudgetMs: z
      .number()
      .gt(latencyBudgetMs.above)
      .max(latencyBudgetMs.max)
      .nullable()
      .optional()
      .describe('Longest time that the winner may take to predict one row, milliseconds.'),
    limits: z
      .strictObject({
        memoryMb: z.number().int().min(memoryMb.min).max(memoryMb.max).optional().describe('Memory, MiB.'),
        cpus: z.number().min(cpus.min).max(cpus.max).optional().describe('Cores.'),
        maxCandidates: z
          .number()
          .int()
          .min(maxCandidates.min)
          .max(maxCandidates.max)
          .nullable()
          .optional()
          .describe('Most candidates to try besides the baseline.'),
      })
      .optional()
      .describe('Limits of this run; those of the installation if left out.'),
    class: z
      .enum(RUN_CLASSES)
      .optional()
      .describe('Class in the queue: interactive up to 5 minutes; chosen by the budget if left out.'),
    seed: z.number().int().min(seed.min).max(seed.max).optional().describe('Random seed; 42 if left out.'),
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

export const EngineChoice = z
  .object({
    name: z.enum(ENGINES),
    label: z.string().describe('Name for people.'),
    available: z.boolean().describe('Whether the runtime image has it.'),
    reason: z.string().nullable().describe('What to do to get it; null when it is there.'),
  })
  .meta({ id: 'EngineChoice' });
export type EngineChoice = z.infer<typeof EngineChoice>;

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
    classes: z
      .number()
      .int()
      .nullable()
      .describe('Number of classes of the target; null for regression and clustering.'),
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
      maxCandidates: z.number().int().nullable().describe('Most candidates; null for no limit.'),
      maxMemoryMb: z.number().int().describe('Greatest memory limit that this installation allows, MiB.'),
      maxCpus: z.number().describe('Most cores that this installation allows.'),
      maxBudgetSeconds: z.number().int().describe('Longest search that this installation allows, seconds.'),
    }),
    engine: z.enum(ENGINES),
    engines: z.array(EngineChoice).describe('Engines, and which of them can be used here.'),
    families: z.array(z.string()).describe('Model families that fit the task, in the order they are tried.'),
    classLabels: z
      .array(z.string())
      .describe('Classes of the target as the data holds them; empty when they are too many or not classes.'),
    class: z.enum(RUN_CLASSES).describe('Class of the queue that the run would wait in.'),
    queueAhead: z.number().int().describe('Runs that would go first.'),
  })
  .meta({ id: 'RunPreview' });
export type RunPreviewResponse = z.infer<typeof RunPreviewResponse>;
