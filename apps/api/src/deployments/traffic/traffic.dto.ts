import { DEPLOYMENT_OBSERVED_STATES } from '@modelwright/contracts';
import { z } from 'zod';
import { VersionQuality } from '../../models/registry/registry.dto.js';
import { pageOf } from '../../platform/paging/page.js';
import { CONTRACT_CHANGE_KINDS } from './contract-changes.js';
import { REVISION_KINDS } from './revisions.js';

const reason = z.string().trim().max(500).describe('Why, for the history.');
const percent = z.number().int().min(1).max(99);

export const TrafficShare = z
  .object({
    role: z
      .enum(['primary', 'candidate', 'split', 'shadow', 'rehearsal'])
      .describe(
        '`candidate` takes over as soon as it can answer; `shadow` gets copies and answers nobody; `rehearsal` answers logged calls once more.',
      ),
    targetId: z.uuid().nullable().describe('Id of the further version; null for the primary.'),
    modelId: z.uuid(),
    modelName: z.string(),
    modelVersionId: z.uuid(),
    modelVersionNumber: z.number().int(),
    sharePercent: z.number().int().describe('Of the calls that it answers, or gets copies of.'),
    state: z.enum(DEPLOYMENT_OBSERVED_STATES).describe('Of its server.'),
    failureReason: z.string().nullable(),
  })
  .meta({ id: 'TrafficShare' });
export type TrafficShare = z.infer<typeof TrafficShare>;

export const SwitchVersionRequest = z
  .strictObject({
    modelVersionId: z.uuid().optional().describe('The version; or say `model`.'),
    model: z.string().max(200).optional().describe('The version by alias, as in `churn@champion`.'),
    strategy: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('all').describe('Takes over as soon as it can answer.') }),
        z.strictObject({
          kind: z.literal('split').describe('Answers a share of the calls.'),
          sharePercent: percent.describe('Share of the calls, in percent.'),
        }),
        z.strictObject({
          kind: z.literal('shadow').describe('Gets copies of calls and answers nobody.'),
          sharePercent: z
            .number()
            .int()
            .min(1)
            .max(100)
            .describe('Share of the calls that are copied, in percent.'),
        }),
      ])
      .default({ kind: 'all' })
      .describe('What the version is to do.'),
    reason: reason.default(''),
    acceptContractChanges: z
      .boolean()
      .default(false)
      .describe(
        'Go on although callers that are served now may be refused or may not understand the answer.',
      ),
  })
  .refine(({ modelVersionId, model }) => (modelVersionId === undefined) !== (model === undefined), {
    path: ['modelVersionId'],
    message: 'Say either `modelVersionId` or `model`.',
  })
  .meta({ id: 'SwitchVersionRequest' });
export type SwitchVersionRequest = z.infer<typeof SwitchVersionRequest>;

export const RollBackRequest = z
  .strictObject({ reason: reason.default('') })
  .meta({ id: 'RollBackDeploymentRequest' });
export type RollBackRequest = z.infer<typeof RollBackRequest>;

export const UpdateTargetRequest = z
  .strictObject({
    sharePercent: z
      .number()
      .int()
      .min(1)
      .max(100)
      .describe('Share of the calls, in percent; of a split at most 99.'),
    reason: reason.default(''),
  })
  .meta({ id: 'UpdateDeploymentTargetRequest' });
export type UpdateTargetRequest = z.infer<typeof UpdateTargetRequest>;

export const ContractChangeDto = z
  .object({
    kind: z.enum(CONTRACT_CHANGE_KINDS),
    field: z.string().nullable().describe('The input; null for what is predicted.'),
    before: z.string().nullable(),
    after: z.string().nullable(),
    breaks: z.boolean().describe('Whether callers that are served now may be refused or may not understand.'),
    sentence: z.string(),
  })
  .meta({ id: 'ContractChange' });
export const ContractComparisonQuery = z.object({
  modelVersionId: z.uuid().describe('The version to compare with the one that answers.'),
});
export type ContractComparisonQuery = z.infer<typeof ContractComparisonQuery>;
export const ContractComparison = z
  .object({
    fromVersionNumber: z.number().int().describe('Version that answers now.'),
    toVersionNumber: z.number().int().describe('Version that it is compared with.'),
    toModelName: z.string().describe('Model of that version.'),
    breaks: z.boolean().describe('Whether callers that are served now may break.'),
    changes: z.array(ContractChangeDto).describe('What is different for callers, what breaks first.'),
    quality: VersionQuality.describe('How good it is beside the version that answers now.'),
  })
  .meta({ id: 'ContractComparison' });
export type ContractComparison = z.infer<typeof ContractComparison>;

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() });

export const VersionStats = z
  .object({
    modelVersionId: z.uuid(),
    modelVersionNumber: z.number().int().nullable(),
    calls: z.number().int(),
    errors: z.number().int().describe('Calls that failed on our side (5xx).'),
    rejected: z.number().int().describe('Calls that were refused as the caller’s mistake (4xx).'),
    errorShare: interval.nullable().describe('Share of failed calls with its 95 % interval.'),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
  })
  .meta({ id: 'VersionStats' });

export const ShadowStats = z
  .object({
    calls: z.number().int().describe('Copied calls.'),
    failed: z.number().int().describe('Copies that the challenger could not answer.'),
    dropped: z.number().int().describe('Calls that were not copied because there was too much to do.'),
    rows: z.number().int(),
    agreement: interval.nullable().describe('Share of rows with the same answer, with its 95 % interval.'),
    meanDifference: z
      .number()
      .nullable()
      .describe(
        'Mean of challenger minus answer: of numbers, or of the probability of the label that was given.',
      ),
    meanDifferenceMargin: z.number().nullable().describe('Half of its 95 % interval.'),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
  })
  .meta({ id: 'ShadowStats' });

export const DeploymentTraffic = z
  .object({
    versions: z.array(TrafficShare),
    hours: z.number().describe('How far back the figures reach.'),
    stats: z.array(VersionStats),
    difference: z
      .string()
      .nullable()
      .describe(
        'How a split version does beside the primary since the two share the calls, of the last two days at most, in words.',
      ),
    shadow: ShadowStats.nullable(),
    shadowSentence: z.string().nullable().describe('How the challenger does, in words.'),
    previous: z
      .object({ modelVersionId: z.uuid(), modelVersionNumber: z.number().int() })
      .nullable()
      .describe('The version that rolling back goes to.'),
    settlesAt: z.iso
      .datetime()
      .nullable()
      .describe('After the last switch: from this moment on only the new version answers, on every replica.'),
    watch: z
      .object({
        until: z.iso.datetime(),
        fromVersionNumber: z.number().int(),
        toVersionNumber: z.number().int(),
        p95BeforeMs: z.number().nullable(),
      })
      .nullable()
      .describe('The switch that the rule of going back looks at just now.'),
  })
  .meta({ id: 'DeploymentTraffic' });
export type DeploymentTraffic = z.infer<typeof DeploymentTraffic>;

export const DeploymentRevision = z
  .object({
    number: z.number().int(),
    kind: z.enum(REVISION_KINDS),
    fromVersionNumber: z.number().int().nullable(),
    toVersionNumber: z.number().int().nullable(),
    toVersionId: z.uuid().nullable(),
    sharePercent: z.number().int().nullable(),
    reason: z.string(),
    figures: z.unknown().describe('Numbers that the change rests on, where there are any.'),
    by: z.string().nullable().describe('Who did it, by the name of then; null: the installation itself.'),
    at: z.iso.datetime(),
  })
  .meta({ id: 'DeploymentRevision' });
export type DeploymentRevision = z.infer<typeof DeploymentRevision>;
export const DeploymentRevisionPage = pageOf(DeploymentRevision, 'DeploymentRevisionPage');
