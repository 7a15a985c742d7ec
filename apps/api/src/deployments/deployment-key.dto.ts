import { z } from 'zod';
import { allowedAddresses } from './access/address-list.dto.js';
import { pageOf } from '../platform/paging/page.js';

const DAY_MS = 86_400_000;

const name = z.string().trim().min(1).max(80).describe('What the key is for.');
const limit = (what: string) => z.number().int().min(1).max(2_000_000_000).nullable().describe(what);
const limits = {
  rateLimitPerMinute: limit(
    'Predictions per minute with this key; null: only the limit of the deployment holds.',
  ),
  quotaPerDay: limit('Predictions per day (UTC) with this key; null: no quota.'),
  quotaPerMonth: limit('Predictions per month (UTC) with this key; null: no quota.'),
  allowedAddresses,
};
const limitsToCreate = {
  rateLimitPerMinute: limits.rateLimitPerMinute.default(null),
  quotaPerDay: limits.quotaPerDay.default(null),
  quotaPerMonth: limits.quotaPerMonth.default(null),
  allowedAddresses: limits.allowedAddresses.default([]),
};

export const CreateDeploymentKeyRequest = z
  .strictObject({
    name,
    ...limitsToCreate,
    expiresAt: z.iso
      .datetime()
      .nullable()
      .optional()
      .describe('When the key stops working; 90 days from now if left out, null for never.'),
  })
  .meta({ id: 'CreateDeploymentKeyRequest' });
export type CreateDeploymentKeyRequest = z.infer<typeof CreateDeploymentKeyRequest>;

export const UpdateDeploymentKeyRequest = z
  .strictObject({
    name: name.optional(),
    rateLimitPerMinute: limits.rateLimitPerMinute.optional(),
    quotaPerDay: limits.quotaPerDay.optional(),
    quotaPerMonth: limits.quotaPerMonth.optional(),
    allowedAddresses: limits.allowedAddresses.optional(),
  })
  .meta({ id: 'UpdateDeploymentKeyRequest' });
export type UpdateDeploymentKeyRequest = z.infer<typeof UpdateDeploymentKeyRequest>;

export const RotateDeploymentKeyRequest = z
  .strictObject({
    overlapHours: z
      .number()
      .min(0)
      .max(24 * 30)
      .default(24)
      .describe('How long the old key goes on working beside the new one, hours.'),
  })
  .meta({ id: 'RotateDeploymentKeyRequest' });
export type RotateDeploymentKeyRequest = z.infer<typeof RotateDeploymentKeyRequest>;

export function defaultKeyExpiry(now: Date): Date {
  return new Date(now.getTime() + 90 * DAY_MS);
}

export const DeploymentKeyResponse = z
  .object({
    id: z.uuid(),
    deploymentId: z.uuid(),
    name: z.string(),
    prefix: z.string().describe('First characters of the key, to tell keys apart.'),
    lastFour: z.string(),
    status: z.enum(['active', 'expired', 'revoked']),
    createdBy: z.string().nullable(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable(),
    lastUsedFrom: z.string().nullable().describe('Address of the last caller.'),
    revokedAt: z.iso.datetime().nullable(),
    ...limits,
    usedToday: z
      .number()
      .int()
      .nullable()
      .describe(
        'Predictions counted for the quota of the day; null without one. May be ahead by what replicas hold.',
      ),
    usedThisMonth: z.number().int().nullable().describe('The same for the month.'),
    replacedBy: z
      .uuid()
      .nullable()
      .describe('The key that was made in its place; this one works until `expiresAt`.'),
  })
  .meta({ id: 'DeploymentKey' });
export type DeploymentKeyResponse = z.infer<typeof DeploymentKeyResponse>;
export const DeploymentKeyPage = pageOf(DeploymentKeyResponse, 'DeploymentKeyPage');

export const CreatedDeploymentKeyResponse = DeploymentKeyResponse.extend({
  key: z.string().describe('The key itself: shown this once, stored only as a hash.'),
  curl: z.string().describe('A call with the key in it, ready to paste into a terminal.'),
}).meta({ id: 'CreatedDeploymentKey' });
