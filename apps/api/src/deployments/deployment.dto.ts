import {
  AUTH_MODES,
  DEPLOYMENT_DESIRED_STATES,
  DEPLOYMENT_OBSERVED_STATES,
  ModelContract,
} from '@modelwright/contracts';
import { z } from 'zod';
import { allowedAddresses } from './access/address-list.dto.js';
import { pageOf } from '../platform/paging/page.js';
import { CONTAINER_MODES } from './deployment.entity.js';
import { RollbackRule } from './traffic/rollback-rule.js';
import { TrafficShare } from './traffic/traffic.dto.js';
import { ENDPOINT_SLUG, looksLikeId } from './endpoint-slug.js';

const slug = z
  .string()
  .regex(
    ENDPOINT_SLUG,
    'use 3 to 64 lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
  )
  .refine((value) => !looksLikeId(value), 'an endpoint name may not look like an id')
  .describe('Name of the endpoint in its address; unique in the installation.');
const name = z.string().trim().min(1).max(120).describe('Name shown to people.');
const authMode = z
  .enum(AUTH_MODES)
  .describe(
    'Who may predict: `workspace` members of the project, `api-key` holders of a key (and members), `public` everybody.',
  );
const rateLimit = z
  .number()
  .int()
  .min(1)
  .max(1_000_000)
  .describe('Predictions per minute, all callers together.');

const logRetentionDays = z
  .number()
  .int()
  .min(1)
  .max(3650)
  .describe('Days that a call stays in the request log; then its inputs and predictions are deleted.');
const maskedColumns = z
  .array(z.string().min(1))
  .max(5000)
  .describe(
    'Input columns whose values are never written into the request log: dots stand in their place. Holds for calls from now on.',
  );

const abstainBelow = z
  .number()
  .gt(0)
  .max(1)
  .nullable()
  .describe(
    'A class whose probability is lower is not given out: its prediction is null and `abstained` true. Null: every class is given out. For models of classes.',
  );
const intervalCoverage = z
  .number()
  .min(0.5)
  .max(0.99)
  .nullable()
  .describe(
    'Nominal coverage of the interval of a prediction (split-conformal, from held-out residuals); null: no intervals. For models of numbers.',
  );
/** Of a deployment that says nothing of intervals. */
export const DEFAULT_COVERAGE = 0.9;
const containerMode = z
  .enum(CONTAINER_MODES)
  .describe(
    'When the container runs: `always`, `on-demand` (started by the first call that needs it, stopped when nobody does), or `automatic`: on demand while the compiled form answers, else always.',
  );
const idleAfterMinutes = z
  .number()
  .int()
  .min(1)
  .max(10_080)
  .describe('Minutes without need after which a container that runs on demand is stopped.');

export const CreateDeploymentRequest = z
  .strictObject({
    modelVersionId: z.uuid().optional().describe('The model version to serve; or say `model`.'),
    model: z
      .string()
      .max(200)
      .optional()
      .describe(
        'The version to serve by alias, as in `churn@champion` (name or id of the model). The deployment stays with that version when the alias moves.',
      ),
    name: name.optional(),
    endpointSlug: slug.optional(),
    authMode: authMode.default('api-key'),
    rateLimitPerMinute: rateLimit.default(60),
    logRetentionDays: logRetentionDays.default(30),
    maskedColumns: maskedColumns.default([]),
    allowedAddresses: allowedAddresses.default([]),
    abstainBelow: abstainBelow.default(null),
    intervalCoverage: intervalCoverage
      .optional()
      .describe(
        `Nominal coverage of the interval of a prediction (split-conformal, from held-out residuals); null: no intervals. Left out: ${DEFAULT_COVERAGE}, or none where too few held-out rows are known. For models of numbers.`,
      ),
    containerMode: containerMode.default('automatic'),
    idleAfterMinutes: idleAfterMinutes.default(15),
  })
  .refine(({ modelVersionId, model }) => (modelVersionId === undefined) !== (model === undefined), {
    path: ['modelVersionId'],
    message: 'Say either `modelVersionId` or `model`.',
  })
  .meta({ id: 'CreateDeploymentRequest' });
export type CreateDeploymentRequest = z.infer<typeof CreateDeploymentRequest>;

export const UpdateDeploymentRequest = z
  .strictObject({
    name: name.optional(),
    authMode: authMode.optional(),
    rateLimitPerMinute: rateLimit.optional(),
    logRetentionDays: logRetentionDays.optional(),
    maskedColumns: maskedColumns.optional(),
    allowedAddresses: allowedAddresses.optional(),
    abstainBelow: abstainBelow.optional(),
    intervalCoverage: intervalCoverage.optional(),
    containerMode: containerMode.optional(),
    idleAfterMinutes: idleAfterMinutes.optional(),
    rollbackRule: RollbackRule.nullable()
      .optional()
      .describe('When a version that has just taken over is taken back by itself; null: never.'),
    splitField: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .optional()
      .describe(
        'Input whose value decides which version answers while traffic is split; null: the header `X-Split-Key`, and without it the call itself.',
      ),
  })
  .meta({ id: 'UpdateDeploymentRequest' });
export type UpdateDeploymentRequest = z.infer<typeof UpdateDeploymentRequest>;

export const DeploymentProbe = z
  .object({
    step: z.string().describe('What the start is doing or did.'),
    status: z.enum(['pending', 'running', 'done', 'failed']),
    detail: z.string().nullable(),
    at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'DeploymentProbe' });

export const DeploymentResponse = z
  .object({
    id: z.uuid(),
    projectId: z.uuid(),
    name: z.string(),
    endpointSlug: z.string(),
    modelId: z.uuid(),
    modelName: z.string(),
    modelVersionId: z.uuid(),
    modelVersionNumber: z.number().int(),
    modelAlias: z
      .string()
      .nullable()
      .describe('Alias that named the version when this was made; null when it was chosen by id.'),
    modelAliases: z.array(z.string()).describe('Aliases that name the served version now.'),
    authMode,
    rateLimitPerMinute: z.number().int().describe('Predictions per minute.'),
    logRetentionDays,
    maskedColumns,
    allowedAddresses,
    abstainBelow,
    intervalCoverage,
    predictionInterval: z
      .object({
        coverage: z.number().describe('Nominal coverage, 0 to 1.'),
        radius: z.number().describe('Half its width, in the unit of the prediction.'),
        rows: z.number().int().describe('Held-out rows that the width comes from.'),
      })
      .nullable()
      .describe(
        'The interval around each prediction; null for classes, and where too few held-out rows are known.',
      ),
    keysExpiringSoon: z.number().int().describe('Keys that end within 14 days and have not been replaced.'),
    desiredState: z.enum(DEPLOYMENT_DESIRED_STATES).describe('What was asked for.'),
    observedState: z.enum(DEPLOYMENT_OBSERVED_STATES).describe('What was last seen.'),
    servingPath: z
      .enum(['compiled', 'container'])
      .describe(
        'Who answers predictions: the model compiled to data inside the API (microseconds), or its container.',
      ),
    servingReason: z.string().nullable().describe('Why the container answers, in words; null when compiled.'),
    containerMode,
    idleAfterMinutes,
    containerState: z
      .enum(['running', 'starting', 'on-demand', 'none'])
      .describe('What of the container is there: `on-demand` means that it is started when a call needs it.'),
    rollbackRule: RollbackRule.nullable().describe(
      'When a new version is taken back by itself; null: never.',
    ),
    splitField: z
      .string()
      .nullable()
      .describe('Input whose value decides who answers while traffic is split.'),
    traffic: z
      .array(TrafficShare)
      .describe(
        'Who answers, who is about to, and who gets copies; the version that answers most comes first.',
      ),
    failureReason: z.string().nullable().describe('Why it failed or is unhealthy, in words.'),
    lastLogLines: z.array(z.string()).describe('Last lines of the model server when it failed.'),
    probes: z.array(DeploymentProbe).describe('Steps of the present or last start.'),
    restartCount: z.number().int().describe('Restarts since it was last started by hand.'),
    nextAttemptAt: z.iso.datetime().nullable().describe('When the next restart is due.'),
    readyAt: z.iso.datetime().nullable(),
    inferenceCount: z.number().int().describe('Calls, whether answered, refused or failed, all time.'),
    errorCount: z.number().int().describe('Calls that were refused (4xx) or failed (5xx), all time.'),
    lastInferenceAt: z.iso.datetime().nullable(),
    p50Ms: z.number().nullable().describe('Median latency of the last 100 calls, milliseconds.'),
    p95Ms: z.number().nullable().describe('95th percentile latency of the last 100 calls, milliseconds.'),
    requestsPerMinute: z.number().describe('Calls in the last minute.'),
    predictUrl: z.string().describe('Full address to post rows to.'),
    createdBy: z.string().nullable().describe('Display name of who created it.'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Deployment' });
export type DeploymentResponse = z.infer<typeof DeploymentResponse>;
export const DeploymentPage = pageOf(DeploymentResponse, 'DeploymentPage');

export const Snippet = z
  .object({
    language: z.enum(['curl', 'python', 'typescript']),
    label: z.string(),
    code: z.string().describe('Ready to run; the key is read from $API_KEY where one is needed.'),
  })
  .meta({ id: 'Snippet' });

export const DeploymentSchemaResponse = z
  .object({
    contract: ModelContract,
    requestSchema: z.record(z.string(), z.unknown()).describe('JSON Schema of the request body.'),
    responseSchema: z.record(z.string(), z.unknown()).describe('JSON Schema of the reply.'),
    exampleRequest: z.record(z.string(), z.unknown()),
    snippets: z.array(Snippet),
  })
  .meta({ id: 'DeploymentSchema' });

export const ContainerLogLine = z
  .object({
    seq: z.number().int(),
    stream: z.enum(['stdout', 'stderr']),
    at: z.iso.datetime(),
    text: z.string(),
  })
  .meta({ id: 'ContainerLogLine' });
export const DeploymentLogsQuery = z.object({
  tail: z.coerce.number().int().min(1).max(2000).default(200).describe('How many of the last lines.'),
});
export type DeploymentLogsQuery = z.infer<typeof DeploymentLogsQuery>;
export const DeploymentLogsResponse = z
  .object({ lines: z.array(ContainerLogLine) })
  .meta({ id: 'DeploymentLogs' });

export const HourlyStats = z
  .object({
    hour: z.iso.datetime().describe('Start of the hour, UTC.'),
    count: z.number().int(),
    errors: z.number().int(),
    errorKinds: z.record(z.string(), z.number().int()).describe('Refused and failed calls by problem code.'),
    meanMs: z.number().nullable(),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
  })
  .meta({ id: 'HourlyStats' });
export const DeploymentStatsQuery = z.object({
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(24 * 92)
    .default(24)
    .describe('How far back, in hours.'),
});
export type DeploymentStatsQuery = z.infer<typeof DeploymentStatsQuery>;
export const DeploymentStatsResponse = z
  .object({
    hours: z.array(HourlyStats),
    live: z.object({
      calls: z.number().int().describe('How many of the last calls the figures are from, at most 100.'),
      p50Ms: z.number().nullable(),
      p95Ms: z.number().nullable(),
      requestsPerMinute: z.number(),
    }),
    logging: z.object({
      pending: z
        .number()
        .int()
        .describe('Log rows on this replica that are on disk but not in the database yet.'),
      dropped: z.number().int().describe('Log rows this replica could keep nowhere since it started.'),
    }),
  })
  .meta({ id: 'DeploymentStats' });
