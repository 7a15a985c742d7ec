import { z } from 'zod';
import { pageOf } from '../../platform/paging/page.js';

export const MAX_REHEARSED_CALLS = 5_000;
export const REHEARSAL_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export const CreateRehearsalRequest = z
  .strictObject({
    modelVersionId: z.uuid().optional().describe('The version; or say `model`.'),
    model: z.string().max(200).optional().describe('The version by alias, as in `churn@champion`.'),
    calls: z
      .number()
      .int()
      .min(1)
      .max(MAX_REHEARSED_CALLS)
      .default(500)
      .describe('How many of the last logged calls are answered once more.'),
  })
  .refine(({ modelVersionId, model }) => (modelVersionId === undefined) !== (model === undefined), {
    path: ['modelVersionId'],
    message: 'Say either `modelVersionId` or `model`.',
  })
  .meta({ id: 'CreateRehearsalRequest' });
export type CreateRehearsalRequest = z.infer<typeof CreateRehearsalRequest>;

const latency = z.object({ p50Ms: z.number().nullable(), p95Ms: z.number().nullable() });
const answer = z.union([z.string(), z.number(), z.null()]);

export const RehearsalResult = z
  .object({
    calls: z.number().int().describe('Calls that were answered once more.'),
    rows: z.number().int(),
    leftOut: z.object({
      failed: z.number().int().describe('Calls that were not answered the first time.'),
      masked: z.number().int().describe('Calls with masked values, which nobody knows any more.'),
      truncated: z.number().int().describe('Calls that were too long for the log.'),
      lacking: z
        .number()
        .int()
        .describe(
          'Calls whose rows lack, in the log, an input that every row of this version must have: the log keeps the inputs of the version that answered, and no others.',
        ),
      lackingInputs: z.array(z.string()).describe('These inputs.'),
    }),
    changedRows: z.number().int().describe('Rows with another prediction than was given.'),
    changedShare: z
      .object({ value: z.number(), low: z.number(), high: z.number() })
      .nullable()
      .describe('Their share with its 95 % interval.'),
    meanDifference: z
      .number()
      .nullable()
      .describe('Mean of new minus given: of numbers, or of the probability of the label that was given.'),
    changed: z
      .array(
        z.object({
          requestId: z.uuid(),
          row: z.number().int().describe('Place in the call, from 0.'),
          before: answer,
          after: answer,
        }),
      )
      .describe('The first changed rows, at most 200.'),
    failedCalls: z.number().int().describe('Calls that the version could not answer.'),
    errors: z
      .array(z.object({ requestId: z.uuid(), detail: z.string() }))
      .describe('The first of them, at most 50, with the reason.'),
    latency: z
      .object({ candidate: latency, current: latency.nullable() })
      .describe(
        'Time for one call without the way to the API, asked in the same way of both; null when the version that answers was not asked.',
      ),
  })
  .meta({ id: 'RehearsalResult' });
export type RehearsalResult = z.infer<typeof RehearsalResult>;

export const Rehearsal = z
  .object({
    id: z.uuid(),
    deploymentId: z.uuid(),
    modelVersionId: z.uuid(),
    modelVersionNumber: z.number().int(),
    modelName: z.string(),
    againstVersionNumber: z.number().int().describe('The version that answered when it was asked for.'),
    status: z.enum(REHEARSAL_STATUSES),
    wantedCalls: z.number().int(),
    callsDone: z.number().int(),
    callsTotal: z.number().int().nullable().describe('Null until the log was read.'),
    result: RehearsalResult.nullable(),
    reason: z.string().nullable().describe('Why it failed, in words.'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Rehearsal' });
export type Rehearsal = z.infer<typeof Rehearsal>;
export const RehearsalPage = pageOf(Rehearsal, 'RehearsalPage');
