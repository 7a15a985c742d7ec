import { z } from 'zod';
import { COLUMN_ROLES, COLUMN_TYPES, FAMILIES, TASKS, VALIDATION_STRATEGIES } from './statuses.js';

/** What the trainer is asked to do: the whole input of a training container besides the data. */
export const RunSpec = z.object({
  schemaVersion: z.literal(1),
  runId: z.uuid(),
  datasetPath: z.string(),
  dataSha256: z.string(),
  target: z.string(),
  task: z.enum(TASKS),
  metric: z.string(),
  budgetSeconds: z.number().positive(),
  seed: z.number().int(),
  validation: z.object({
    strategy: z.enum(VALIDATION_STRATEGIES),
    folds: z.number().int().min(2).max(20),
    column: z.string().nullable(),
  }),
  holdoutFraction: z.number().min(0.05).max(0.5),
  columns: z.array(z.object({ name: z.string(), type: z.enum(COLUMN_TYPES), role: z.enum(COLUMN_ROLES) })),
  excludedColumns: z.array(z.object({ name: z.string(), reason: z.string() })),
  families: z.array(z.enum(FAMILIES)),
  limits: z.object({ memoryMb: z.number().int(), cpus: z.number().positive() }),
});
export type RunSpec = z.infer<typeof RunSpec>;

export const RunCommand = z.object({ command: z.enum(['stop', 'cancel']) });
export type RunCommand = z.infer<typeof RunCommand>;
