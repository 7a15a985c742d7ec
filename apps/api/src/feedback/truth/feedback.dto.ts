import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { pageOf } from '../../platform/paging/page.js';

export const MAX_ITEMS = 1_000;
/** A prediction log keeps at most a hundred rows of a call; an index above this cannot be one of any. */
const MAX_ROW_INDEX = 100_000;

const observedAt = z.iso
  .datetime({ offset: true })
  .optional()
  .describe('When the outcome became known; now when left out. Tells how late labels come.');

/** Forgiving on purpose: what is wrong with one item must not lose the others. */
export const FeedbackItem = z.strictObject({
  requestId: z
    .string()
    .min(1)
    .max(100)
    .describe('`request_id` of the answer that predicted the row; `request_id` is taken as its name, too.'),
  rowIndex: z
    .number()
    .int()
    .min(0)
    .max(MAX_ROW_INDEX)
    .default(0)
    .describe('Place of the row in the call, from 0.'),
  truth: z
    .union([z.string().max(10_000), z.number(), z.boolean(), z.null()])
    .describe('What turned out to be true: a class of the model, or a number.'),
  observedAt,
});
export type FeedbackItem = z.infer<typeof FeedbackItem>;

export const SendFeedbackRequest = z.union([
  FeedbackItem,
  z.strictObject({
    items: z.array(FeedbackItem).min(1).max(MAX_ITEMS).describe('Up to 1,000 outcomes.'),
  }),
]);
export type SendFeedbackRequest = z.infer<typeof SendFeedbackRequest>;

/** Answers of predictions call it `request_id`; whoever sends it back under that name means the same. */
export function withOurNames(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if ('items' in body && Array.isArray(body.items)) return { ...body, items: body.items.map(renamed) };
  return renamed(body);
}

function renamed(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || !('request_id' in item) || 'requestId' in item)
    return item;
  const { request_id: requestId, ...rest } = item;
  return { requestId, ...rest };
}

type BodySchema = Extract<ApiBodyOptions, { readonly schema: object }>['schema'];

/** For the document: the body is read by hand, after the caller is known. */
export function sendFeedbackSchema(): BodySchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(SendFeedbackRequest, { io: 'input' });
  return schema as BodySchema;
}

export const FEEDBACK_STATUSES = ['recorded', 'replaced', 'unchanged', 'unknown', 'invalid'] as const;
export const FeedbackStatus = z
  .enum(FEEDBACK_STATUSES)
  .describe(
    '`recorded`; `replaced` another outcome of the row; `unchanged`, as it was known already; `unknown`: this deployment has no such row in its log; `invalid`: the outcome does not fit the model.',
  );
export type FeedbackStatus = z.infer<typeof FeedbackStatus>;

export const FeedbackAnswer = z
  .object({
    recorded: z.number().int().describe('New outcomes.'),
    replaced: z.number().int().describe('Outcomes that took the place of another one.'),
    unchanged: z.number().int().describe('Outcomes that were known already.'),
    unknown: z.number().int().describe('Items whose row is not in the log of this deployment.'),
    invalid: z.number().int().describe('Items whose outcome does not fit the model.'),
    items: z
      .array(
        z.object({
          index: z.number().int().describe('Place of the item in what was sent, from 0.'),
          requestId: z.string().describe('As it was sent.'),
          rowIndex: z.number().int().describe('As it was sent.'),
          status: FeedbackStatus,
          detail: z.string().nullable().describe('What is wrong and what to do; null when nothing is.'),
          suggestion: z.string().nullable().describe('The class that comes closest; null for none.'),
        }),
      )
      .describe('One for each item, in the order in which they were sent.'),
  })
  .meta({ id: 'FeedbackAnswer' });
export type FeedbackAnswer = z.infer<typeof FeedbackAnswer>;

const outcome = z.union([z.string(), z.number(), z.null()]);

export const KnownTruth = z
  .object({
    requestId: z.uuid().describe('The call.'),
    rowIndex: z.number().int().describe('Place of the row in the call, from 0.'),
    modelVersionNumber: z.number().int().describe('The version that answered.'),
    predictedAt: z.iso.datetime().describe('When it was predicted.'),
    prediction: outcome.describe('What was predicted; null when the endpoint abstained.'),
    truth: outcome.describe('What turned out to be true.'),
    confidence: z.number().nullable().describe('Probability of the predicted class; null for numbers.'),
    observedAt: z.iso.datetime().describe('When the outcome became known.'),
    receivedAt: z.iso.datetime().describe('When it was told to this installation.'),
    times: z.number().int().describe('How many different outcomes were told for the row.'),
    source: z.enum(['api', 'file', 'dataset']).describe('How it came.'),
    toldBy: z.string().nullable().describe('Key or person that told it.'),
  })
  .meta({ id: 'KnownTruth' });
export type KnownTruth = z.infer<typeof KnownTruth>;
export const KnownTruthPage = pageOf(KnownTruth, 'KnownTruthPage');
