import { z } from 'zod';

const Check = z
  .object({
    status: z.enum(['ok', 'degraded', 'error']).describe('How it is.'),
    message: z.string().describe('One sentence for people.'),
    latencyMs: z.number().min(0).describe('How long the check took.'),
  })
  .meta({ id: 'HealthCheck' });
export type HealthCheck = z.infer<typeof Check>;

export const HealthResponse = z
  .object({
    status: z
      .enum(['ok', 'degraded', 'error'])
      .describe('`error` only when a critical check (database, memory) fails.'),
    version: z.string().describe('Version of the API.'),
    checks: z
      .object({ database: Check, docker: Check, runtimeImage: Check, memory: Check })
      .meta({ id: 'HealthChecks' }),
  })
  .meta({ id: 'Health' });
export type HealthResponse = z.infer<typeof HealthResponse>;

export const ProbeResponse = z
  .object({
    status: z.enum(['ok', 'draining', 'starting', 'error']).describe('Whether to send requests here.'),
  })
  .meta({ id: 'Probe' });
export type ProbeResponse = z.infer<typeof ProbeResponse>;
