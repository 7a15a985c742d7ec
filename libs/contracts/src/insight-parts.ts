import { z } from 'zod';
import { ExplanationMethod, InsightOutput } from './explanations.js';

export const number = z.number().nullable();
export const interval = {
  value: number.describe('Point estimate; null when it is not defined, as a rate of no rows is.'),
  low: number.describe('Lower end of the 95 % interval.'),
  high: number.describe('Upper end of the 95 % interval.'),
};
export const metric = {
  metric: z.string().describe('Name of the metric, as in the evaluation.'),
  greaterIsBetter: z.boolean().describe('Whether more of the metric is better.'),
};
export const output = { output: InsightOutput.describe('What is explained, and in which space.') };

/** What every result says about itself. */
export const about = {
  method: ExplanationMethod.describe('How the numbers were made.'),
  data: z.enum(['holdout', 'training', 'given']).describe('Whose rows were looked at.'),
  rows: z.number().int().describe('Rows that the numbers rest on.'),
  seconds: z.number().describe('How long the computation took.'),
  notes: z.array(z.string()).describe('What a reader has to know, in sentences: samples, limits, caveats.'),
};
