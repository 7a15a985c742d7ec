import { z } from 'zod';
import { PageQuery } from '../../platform/paging/page.js';

const filters = {
  outcome: z.enum(['all', 'succeeded', 'failed']).default('all').describe('Which calls.'),
  status: z
    .string()
    .regex(/^[1-5](\d\d|xx)$/, 'is a status such as 422, or a class of them such as 4xx')
    .optional()
    .describe('HTTP status of the reply: 422, or 4xx for all of a class.'),
  caller: z
    .union([z.uuid(), z.enum(['key', 'user', 'anonymous'])])
    .optional()
    .describe('Id of a key or person, or all callers of a kind.'),
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_000_000_000)
    .optional()
    .describe('Model version that answered.'),
  from: z.iso.datetime().optional().describe('Calls from this time on.'),
  to: z.iso.datetime().optional().describe('Calls before this time.'),
  text: z
    .string()
    .trim()
    .max(200)
    .optional()
    .describe(
      'Text in the rows, the predictions or the error, or a request id. Masked values are not found.',
    ),
};

export const PredictionRequestQuery = PageQuery.extend(filters);
export type PredictionRequestQuery = z.infer<typeof PredictionRequestQuery>;

export const PredictionRequestExportQuery = z.object({
  ...filters,
  format: z
    .enum(['csv', 'ndjson'])
    .default('csv')
    .describe('`csv`: a line for each row that was sent; `ndjson`: a line for each call.'),
});
export type PredictionRequestExportQuery = z.infer<typeof PredictionRequestExportQuery>;

/** Which calls, however many of them at a time. */
export type RequestFilter = Omit<PredictionRequestExportQuery, 'format'>;
