import { z } from 'zod';
import { pageOf } from '../platform/paging/page.js';

const DAY_MS = 86_400_000;

export const CreateDeploymentKeyRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(80).describe('What the key is for.'),
    expiresAt: z.iso
      .datetime()
      .nullable()
      .optional()
      .describe('When the key stops working; 90 days from now if left out, null for never.'),
  })
  .meta({ id: 'CreateDeploymentKeyRequest' });
export type CreateDeploymentKeyRequest = z.infer<typeof CreateDeploymentKeyRequest>;

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
  })
  .meta({ id: 'DeploymentKey' });
export type DeploymentKeyResponse = z.infer<typeof DeploymentKeyResponse>;
export const DeploymentKeyPage = pageOf(DeploymentKeyResponse, 'DeploymentKeyPage');

export const CreatedDeploymentKeyResponse = DeploymentKeyResponse.extend({
  key: z.string().describe('The key itself: shown this once, stored only as a hash.'),
  curl: z.string().describe('A call with the key in it, ready to paste into a terminal.'),
}).meta({ id: 'CreatedDeploymentKey' });
