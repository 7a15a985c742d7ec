import { z } from 'zod';

const FreezeResponseShape = {
  frozen: z.boolean().describe('Whether new work is refused.'),
  reason: z.string().describe('Why, in the words of the administrator; empty while not frozen.'),
  since: z.iso.datetime().nullable().describe('Since when; null while not frozen.'),
};

export const FreezeResponse = z.object(FreezeResponseShape).meta({ id: 'Freeze' });
export type FreezeResponse = z.infer<typeof FreezeResponse>;

export const SetFreezeRequest = z
  .object({
    frozen: z.boolean().describe('Whether to refuse new work.'),
    reason: z.string().trim().max(500).default('').describe('Why; everybody who is refused reads it.'),
  })
  .refine(({ frozen, reason }) => !frozen || reason !== '', {
    path: ['reason'],
    error: 'Say why: people will read it.',
  })
  .meta({ id: 'SetFreezeRequest' });
export type SetFreezeRequest = z.infer<typeof SetFreezeRequest>;

export const SystemInfoResponse = z
  .object({
    version: z.string().describe('Version of the API.'),
    installationId: z.string().describe('Name of this installation, as on its containers.'),
    database: z
      .object({
        kind: z.enum(['embedded', 'external']).describe('Whether the product brought its own Postgres.'),
        version: z.string().describe('Version of Postgres.'),
      })
      .meta({ id: 'SystemDatabase' }),
    execution: z
      .object({
        enabled: z.boolean().describe('Whether containers are switched on.'),
        engine: z.string().describe('Container engine and its state, in one sentence.'),
        network: z.string().describe('Network of containers (EXECUTION_NETWORK).'),
        isolation: z.string().describe('What a container can reach, in one sentence.'),
        maxMemoryMb: z.number().int().describe('Most memory of one container, in MiB.'),
        maxCpuPercent: z.number().int().describe('Most computing of one container; 100 is one core.'),
      })
      .meta({ id: 'SystemExecution' }),
    runtimeImage: z
      .object({
        state: z
          .enum(['missing', 'building', 'ready', 'failed', 'unavailable'])
          .describe('Whether it is there.'),
        reference: z.string().describe('Name and tag.'),
        percent: z
          .number()
          .min(0)
          .max(100)
          .nullable()
          .describe('How far the building is; null when it is not built.'),
        message: z.string().describe('One sentence for people.'),
        version: z.string().nullable().describe('Version of the Python package inside.'),
        engines: z.array(z.string()).describe('Search engines besides the built-in one, as in `flaml`.'),
        libraries: z
          .array(
            z
              .object({
                name: z.string().describe('Name of the library.'),
                available: z.boolean().describe('Whether it is in the image.'),
              })
              .meta({ id: 'RuntimeLibrary' }),
          )
          .describe('Libraries of the full set; empty while the image is not there.'),
      })
      .meta({ id: 'RuntimeImage' }),
    limits: z
      .object({
        uploadMaxMb: z.number().int().describe('Largest upload, in MiB.'),
        activeDeploymentsPerProject: z
          .number()
          .int()
          .describe('Most endpoints that one project may run at once.'),
      })
      .meta({ id: 'SystemLimits' }),
    freeze: FreezeResponse,
  })
  .meta({ id: 'SystemInfo' });
export type SystemInfoResponse = z.infer<typeof SystemInfoResponse>;
