import { z } from 'zod';
import { CellValue } from './model-contract.js';

export const MAX_EXPLAINED_ROWS = 100;

/**
 * What contributions add up to. Models that add up in another space than their predictions are explained there:
 * `prediction = link(base + sum of contributions)`.
 */
export const InsightOutput = z
  .object({
    label: z.string().nullable().describe('Class whose probability is looked at; null for numbers.'),
    space: z
      .enum(['number', 'log_number', 'probability', 'log_odds', 'margin'])
      .describe(
        'Unit of the contributions: of the target, its log1p, probability, log-odds, or the raw score of a class.',
      ),
    link: z
      .enum(['identity', 'logistic', 'softmax', 'expm1'])
      .describe('From the sum to the prediction; softmax needs the sums of all classes.'),
    unit: z.string().describe('The space in words, for an axis.'),
  })
  .meta({ id: 'InsightOutput' });
export type InsightOutput = z.infer<typeof InsightOutput>;

export const Contribution = z
  .object({
    column: z.string().describe('Name.'),
    value: CellValue.describe('Value in the row; null is missing.'),
    contribution: z.number().describe('In the space of the output; positive pushes the output up.'),
  })
  .meta({ id: 'Contribution' });
export type Contribution = z.infer<typeof Contribution>;

/** One prediction and where it comes from. */
export const Explanation = z
  .object({
    index: z.number().int().describe('Position of the row in the request.'),
    prediction: z.union([z.string(), z.number(), z.null()]).describe('Class or number.'),
    probabilities: z
      .record(z.string(), z.number())
      .nullable()
      .describe('Probability of each class; null for numbers.'),
    output: InsightOutput,
    base: z.number().describe('Mean output over the background: where the waterfall starts.'),
    sum: z.number().describe('Base plus all contributions: where it ends, in the space of the output.'),
    predicted: z
      .number()
      .describe('The explained number in natural units: a probability, or the prediction.'),
    error: z.number().describe('|link(sum) − predicted|: what the contributions leave unexplained.'),
    contributions: z.array(Contribution).describe('Every column, largest absolute contribution first.'),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;

/** What the model server answers to `POST /explain`, next to the predictions. */
export const ExplanationMethod = z
  .object({
    name: z.string().describe('Short stable name, as in `tree_shap`.'),
    label: z.string().describe('Name for people, with what it was computed by.'),
    source: z.string().describe('Publication that the method comes from.'),
  })
  .meta({ id: 'ExplanationMethod' });
export type ExplanationMethod = z.infer<typeof ExplanationMethod>;

export const ExplainAnswer = z
  .object({
    method: ExplanationMethod.describe('How the contributions were computed.'),
    explanations: z.array(Explanation).describe('One per row, in order.'),
    notes: z.array(z.string()).describe('What a reader has to know, in sentences.'),
    modelMs: z.number().describe('Time in the model server, milliseconds.'),
  })
  .meta({ id: 'ExplainAnswer' });
export type ExplainAnswer = z.infer<typeof ExplainAnswer>;
