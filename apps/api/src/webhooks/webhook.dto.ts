import { z } from 'zod';
import { PageQuery, pageOf } from '../platform/paging/page.js';
import { faultOfUrl } from '../platform/outbound/outbound-http.js';
import { DELIVERY_STATUSES } from './deliveries.repository.js';
import { WEBHOOK_EVENT_TYPES } from './webhook-events.js';

const name = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .refine((text) => !/\p{Cc}/u.test(text), 'may not hold control characters');
const url = z
  .string()
  .max(2_000)
  .superRefine((text, context) => {
    const fault = faultOfUrl(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });
const events = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .min(1)
  .max(WEBHOOK_EVENT_TYPES.length)
  .transform((types) => [...new Set(types)]);

export const CreateWebhookRequest = z
  .strictObject({
    name: name.describe('What it is for.'),
    url: url.describe('Address that is called with POST; http or https.'),
    events: events.describe('What it hears of.'),
  })
  .meta({ id: 'CreateWebhookRequest' });
export type CreateWebhookRequest = z.infer<typeof CreateWebhookRequest>;

export const UpdateWebhookRequest = z
  .strictObject({
    name: name.optional().describe('What it is for.'),
    url: url.optional().describe('Address that is called with POST.'),
    events: events.optional().describe('What it hears of.'),
    enabled: z.boolean().optional().describe('Whether it hears of anything at all.'),
  })
  .meta({ id: 'UpdateWebhookRequest' });
export type UpdateWebhookRequest = z.infer<typeof UpdateWebhookRequest>;

export const RotateWebhookSecretRequest = z
  .strictObject({
    overlapHours: z
      .int()
      .min(0)
      .max(168)
      .default(24)
      .describe('How long messages carry signatures of both secrets; 0 ends the old one at once.'),
  })
  .meta({ id: 'RotateWebhookSecretRequest' });
export type RotateWebhookSecretRequest = z.infer<typeof RotateWebhookSecretRequest>;

export const WebhookResponse = z
  .object({
    id: z.uuid().describe('Id of the webhook.'),
    projectId: z.uuid().nullable().describe('Null for a webhook of the whole installation.'),
    name: z.string().describe('What it is for.'),
    url: z.string().describe('Address that is called.'),
    events: z.array(z.string()).describe('What it hears of.'),
    enabled: z.boolean().describe('Whether it hears of anything at all.'),
    disabledReason: z.string().nullable().describe('Why it was switched off by itself.'),
    failingSince: z.iso.datetime().nullable().describe('Since when every try has failed.'),
    previousSecretUntil: z.iso.datetime().nullable().describe('Until when the secret before is good, too.'),
    lastDeliveryAt: z.iso.datetime().nullable().describe('When it last took a message.'),
    createdBy: z.string().nullable().describe('Name of who made it.'),
    createdAt: z.iso.datetime().describe('When it was made.'),
  })
  .meta({ id: 'Webhook' });
export type WebhookResponse = z.infer<typeof WebhookResponse>;
export const WebhookPage = pageOf(WebhookResponse, 'WebhookPage');
export type WebhookPage = z.infer<typeof WebhookPage>;

export const WebhookWithSecret = WebhookResponse.extend({
  secret: z.string().describe('Signing secret (`whsec_…`): shown this once.'),
}).meta({ id: 'WebhookWithSecret' });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const WebhookDeliveryResponse = z
  .object({
    id: z.uuid().describe('Id of the delivery.'),
    messageId: z.uuid().describe('`webhook-id`: the same for every try and redelivery of a message.'),
    eventType: z.string().describe('What happened.'),
    status: z.enum(DELIVERY_STATUSES).describe('`retrying`: was not taken, will be tried again.'),
    attempts: z.int().describe('Tries so far.'),
    payload: z.string().describe('Body, byte for byte as it is signed and sent.'),
    responseStatus: z.int().nullable().describe('Status of the last answer.'),
    responseBody: z.string().nullable().describe('Beginning of the last answer.'),
    error: z.string().nullable().describe('Why the last try failed.'),
    durationMs: z.number().nullable().describe('How long the last try took, in milliseconds.'),
    redeliveryOf: z.uuid().nullable().describe('The delivery that this one repeats.'),
    createdAt: z.iso.datetime().describe('When it was written.'),
    lastAttemptAt: z.iso.datetime().nullable().describe('When it was last tried.'),
    nextAttemptAt: z.iso.datetime().nullable().describe('When it is tried again.'),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDeliveryResponse = z.infer<typeof WebhookDeliveryResponse>;
export const WebhookDeliveryPage = pageOf(WebhookDeliveryResponse, 'WebhookDeliveryPage');
export type WebhookDeliveryPage = z.infer<typeof WebhookDeliveryPage>;

export const WebhookDeliveryQuery = PageQuery.extend({
  status: z.enum(DELIVERY_STATUSES).optional().describe('Only deliveries with this status.'),
});
export type WebhookDeliveryQuery = z.infer<typeof WebhookDeliveryQuery>;
