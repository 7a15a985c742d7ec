import { CellValue, Explanation, ExplanationMethod, MAX_EXPLAINED_ROWS } from '@modelwright/contracts';
import type { ApiBody } from '@nestjs/swagger';
import { z } from 'zod';
import { pageOf } from '../platform/paging/page.js';
import { WARNING_CODES } from '../serving/rows/cell-checks.js';

type SchemaObject = Extract<Parameters<typeof ApiBody>[0], { schema: unknown }>['schema'];

export const MAX_ROWS_PER_CALL = 10_000;

const row = z.record(z.string(), CellValue).describe('One row: column name to value; null is missing.');

const explainedClass = z
  .string()
  .nullable()
  .optional()
  .describe('Class to explain; the positive or else the predicted one when left out.');

const PredictRequest = z
  .union([
    z.object({
      rows: z.array(row).min(1).max(MAX_ROWS_PER_CALL).describe('Rows to predict.'),
      explain: z
        .boolean()
        .optional()
        .describe(
          `Whether to say how much each column contributed; for at most ${MAX_EXPLAINED_ROWS} rows. Takes the container of the model.`,
        ),
      class: explainedClass,
    }),
    row,
  ])
  .describe('Rows to predict; a single row may be sent by itself.');

const ExplainRequest = z
  .union([
    z.object({
      rows: z.array(row).min(1).max(MAX_EXPLAINED_ROWS).describe('Rows to predict and explain.'),
      class: explainedClass,
    }),
    row,
  ])
  .describe('Rows to predict and explain; a single row may be sent by itself.');

/**
 * Documents the body only. The call itself is checked against the deployment's contract, which names fields better and
 * does not walk ten thousand rows twice.
 */
export const predictRequestSchema = (): SchemaObject => schemaOf(PredictRequest);
export const explainRequestSchema = (): SchemaObject => schemaOf(ExplainRequest);

export function schemaOf(type: z.ZodType): SchemaObject {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type);
  return schema as SchemaObject;
}

export const PredictionWarning = z
  .object({
    field: z.string(),
    code: z
      .enum(WARNING_CODES)
      .describe(
        'What is unusual: outside the training range, a category or a gap (`missing`) that training never had, or a field that the model does not use.',
      ),
    detail: z.string(),
  })
  .meta({ id: 'PredictionWarning' });

export const PredictResponse = z
  .object({
    deployment_id: z.uuid(),
    endpoint_slug: z.string(),
    model_version: z.number().int(),
    predictions: z.array(
      z.object({
        index: z.number().int().describe('Position of the row in the request.'),
        prediction: z
          .union([z.string(), z.number(), z.null()])
          .describe('Class or number; null where the endpoint abstains.'),
        probabilities: z.record(z.string(), z.number()).optional().describe('Probability of each class.'),
        abstained: z
          .literal(true)
          .optional()
          .describe('Whether the probability of the class is below what the endpoint gives out.'),
        interval: z
          .object({
            low: z.number().describe('Lower end.'),
            high: z.number().describe('Upper end.'),
            coverage: z.number().describe('Nominal coverage, from 0 to 1.'),
          })
          .optional()
          .describe(
            'Where the true number lies with that coverage (split-conformal, from held-out residuals).',
          ),
        warnings: z.array(PredictionWarning).optional().describe('What is unusual about the row.'),
      }),
    ),
    explanation: z
      .object({
        method: ExplanationMethod.describe('How the contributions were computed.'),
        notes: z.array(z.string()).describe('What a reader has to know, in sentences.'),
        rows: z.array(Explanation).describe('One per row, in order.'),
      })
      .optional()
      .describe('Where the predictions come from, for calls that ask for it.'),
    latency_ms: z.number().describe('From the arrival of the request to the reply, milliseconds.'),
    request_id: z.uuid().describe('Finds the call in the log; feedback refers to it.'),
  })
  .meta({ id: 'PredictResponse' });

export const PredictionRequestSummary = z
  .object({
    requestId: z.uuid(),
    at: z.iso.datetime(),
    status: z.number().int().describe('HTTP status of the reply.'),
    rowCount: z.number().int(),
    latencyMs: z.number(),
    modelVersionNumber: z.number().int().nullable(),
    caller: z.object({
      kind: z.enum(['key', 'user', 'anonymous']),
      id: z.uuid().nullable(),
      name: z.string().nullable().describe('Name of the key or of the person.'),
    }),
    firstInput: z.record(z.string(), z.unknown()).nullable().describe('The first row that was sent.'),
    firstPrediction: z.unknown().describe('The first prediction that was returned.'),
    error: z.string().nullable().describe('What went wrong, for failed calls.'),
  })
  .meta({ id: 'PredictionRequestSummary' });
export type PredictionRequestSummary = z.infer<typeof PredictionRequestSummary>;
export const PredictionRequestPage = pageOf(PredictionRequestSummary, 'PredictionRequestPage');

export const PredictionRequestDetail = PredictionRequestSummary.extend({
  inputs: z.array(z.unknown()).describe('The rows that were sent, at most the first 100.'),
  outputs: z.array(z.unknown()).describe('The predictions, at most the first 100.'),
  truncated: z.boolean().describe('Whether rows are missing from the log because the call was large.'),
  clientAddress: z.string().nullable(),
}).meta({ id: 'PredictionRequestDetail' });
