import { MetricEstimate } from '@modelwright/contracts';
import { z } from 'zod';
import { CHECK_STATES } from '../../platform/facts/model-check-registry.js';
import { PageQuery, pageOf } from '../../platform/paging/page.js';
import { AliasName } from './alias-name.js';
import { ALIAS_CHANGES } from './registry.entity.js';

const reason = z.string().trim().min(1).max(500);
const expected = z
  .uuid()
  .nullable()
  .optional()
  .describe(
    'Version that the alias is thought to name now, null for none. When it names another, the answer is 409.',
  );

export const AliasPath = AliasName;

export const ModelAlias = z
  .object({
    modelId: z.uuid().describe('Model it belongs to.'),
    alias: AliasName,
    modelVersionId: z.uuid().describe('Version that it names.'),
    versionNumber: z.number().int().describe('Number of that version.'),
    revision: z
      .number()
      .int()
      .describe('Grows with every change; send it as `If-Match` to change this state.'),
    isProtected: z.boolean().describe('Whether it only moves to versions whose required checks are ok.'),
    updatedAt: z.iso.datetime().describe('When it last moved.'),
  })
  .meta({ id: 'ModelAlias' });
export type ModelAlias = z.infer<typeof ModelAlias>;
export const ModelAliasPage = pageOf(ModelAlias, 'ModelAliasPage');
export type ModelAliasPage = z.infer<typeof ModelAliasPage>;

const RecordedCheck = z
  .object({
    code: z.string().describe('Name of the check.'),
    state: z.enum(CHECK_STATES).describe('What it said then.'),
    required: z.boolean().describe('Whether it was required then.'),
    detail: z.string().describe('What was found then.'),
  })
  .meta({ id: 'RecordedCheck' });

export const ModelAliasChange = z
  .object({
    id: z.uuid().describe('Id of the change.'),
    modelId: z.uuid().describe('Model it belongs to.'),
    alias: z.string().describe('Name of the alias.'),
    revision: z.number().int().describe('1, 2, 3 … for this alias.'),
    kind: z.enum(ALIAS_CHANGES).describe('What was done.'),
    fromVersionId: z.uuid().nullable().describe('Version it named before; null for none.'),
    fromVersionNumber: z.number().int().nullable().describe('Number of that version.'),
    toVersionId: z.uuid().nullable().describe('Version it named after; null when it was removed.'),
    toVersionNumber: z.number().int().nullable().describe('Number of that version.'),
    reason: z.string().describe('Why, in the words of who did it.'),
    checks: z.array(RecordedCheck).describe('What the checks said when a protected alias moved.'),
    changedBy: z.string().nullable().describe('Display name of who did it, as it was then.'),
    changedAt: z.iso.datetime().describe('When it was done.'),
    sentence: z.string().describe('The change in words, as in "champion moved 3 → 4 by Ana".'),
  })
  .meta({ id: 'ModelAliasChange' });
export type ModelAliasChange = z.infer<typeof ModelAliasChange>;
export const ModelAliasChangePage = pageOf(ModelAliasChange, 'ModelAliasChangePage');
export type ModelAliasChangePage = z.infer<typeof ModelAliasChangePage>;
export const AliasChangeQuery = PageQuery.extend({
  alias: AliasName.optional().describe('Only changes of this alias.'),
});
export type AliasChangeQuery = z.infer<typeof AliasChangeQuery>;

export const SetModelAliasRequest = z
  .strictObject({
    modelVersionId: z.uuid().describe('Version of this model that the alias shall name.'),
    reason: reason.describe('Why; stays in the history.'),
    expectedModelVersionId: expected,
  })
  .meta({ id: 'SetModelAliasRequest' });
export type SetModelAliasRequest = z.infer<typeof SetModelAliasRequest>;

export const RemoveModelAliasQuery = z.object({
  reason: reason.describe('Why; stays in the history.'),
  expectedModelVersionId: z
    .uuid()
    .optional()
    .describe('Version that the alias is thought to name now; when it names another, the answer is 409.'),
});
export type RemoveModelAliasQuery = z.infer<typeof RemoveModelAliasQuery>;

export const RollBackModelAliasRequest = z
  .strictObject({ reason: reason.describe('Why; stays in the history.'), expectedModelVersionId: expected })
  .meta({ id: 'RollBackModelAliasRequest' });
export type RollBackModelAliasRequest = z.infer<typeof RollBackModelAliasRequest>;

export const CheckWaiver = z
  .object({
    reason: z.string().describe('Why it may fail.'),
    by: z.string().nullable().describe('Display name of who waived it.'),
    at: z.iso.datetime().describe('When it was waived.'),
  })
  .meta({ id: 'CheckWaiver' });

export const RequiredCheck = z
  .object({
    code: z.string().describe('Name of the check, stable.'),
    label: z.string().describe('What is checked.'),
    state: z
      .enum(CHECK_STATES)
      .describe(
        'ok, failed, not tried (what it needs was never done), waived (let pass with a reason) or not applicable. A required check that failed or was not tried stands in the way.',
      ),
    required: z.boolean().describe('Whether a version that fails it cannot become champion.'),
    canBeWaived: z.boolean().describe('Whether a person may let it pass with a reason.'),
    detail: z.string().describe('What was found, or why it does not apply.'),
    numbers: z.record(z.string(), z.number().nullable()).describe('The figures it was decided by.'),
    waiver: CheckWaiver.nullable().describe('The reason it was waived for.'),
  })
  .meta({ id: 'RequiredCheck' });
export type RequiredCheck = z.infer<typeof RequiredCheck>;

export const PromotionQuery = z.object({
  alias: AliasName.default('champion').describe('Alias that would move.'),
});
export type PromotionQuery = z.infer<typeof PromotionQuery>;

const ComparedVersion = z
  .object({
    id: z.uuid().describe('Id of the version.'),
    number: z.number().int().describe('Its number.'),
    sentence: z.string().describe('Its result in words.'),
    winner: z.string().describe('What kind of model it is.'),
    predictMsPerRow: z.number().nullable().describe('Time to predict one row, milliseconds.'),
    sizeBytes: z.number().describe('Size of the artifact, bytes.'),
    createdAt: z.iso.datetime().describe('When it was made.'),
  })
  .meta({ id: 'ComparedVersion' });

export const ModelPromotion = z
  .object({
    alias: z.string().describe('Alias that would move.'),
    isProtected: z.boolean().describe('Whether the required checks decide.'),
    revision: z
      .number()
      .int()
      .nullable()
      .describe('Revision of the alias as compared; null when there is none.'),
    version: ComparedVersion.describe('The version that would be named.'),
    present: ComparedVersion.nullable().describe('The version that is named now.'),
    metrics: z
      .array(
        z
          .object({
            name: z.string().describe('Name of the metric.'),
            greaterIsBetter: z.boolean().describe('Whether more is better.'),
            version: MetricEstimate.nullable().describe(
              'Of the version that would be named, on its hold-out.',
            ),
            present: MetricEstimate.nullable().describe('Of the version that is named now, on its hold-out.'),
          })
          .meta({ id: 'ComparedMetric' }),
      )
      .describe('Hold-out metrics side by side, the optimised one first.'),
    sameRows: z.boolean().nullable().describe('Whether both were judged on the same held-out rows.'),
    checks: z.array(RequiredCheck).describe('What the checks say.'),
    allowed: z.boolean().describe('Whether the alias may move now.'),
    reasons: z.array(z.string()).describe('Why it may not.'),
  })
  .meta({ id: 'ModelPromotion' });
export type ModelPromotion = z.infer<typeof ModelPromotion>;

export const VersionQuality = z
  .object({
    version: ComparedVersion.describe('The version that would answer.'),
    present: ComparedVersion.nullable().describe('The version that answers now.'),
    metrics: ModelPromotion.shape.metrics,
    sameRows: ModelPromotion.shape.sameRows,
    checks: ModelPromotion.shape.checks,
    warnings: z
      .array(z.string())
      .describe(
        'What speaks against it, in words: it is a baseline, significantly worse, or its checks fail. Nothing is refused for it.',
      ),
  })
  .meta({ id: 'VersionQuality' });
export type VersionQuality = z.infer<typeof VersionQuality>;

export const WaiveCheckRequest = z
  .strictObject({
    check: z.string().min(1).max(60).describe('Code of the check that fails.'),
    reason: z.string().trim().min(10).max(1000).describe('Why it may fail; stays on the version.'),
  })
  .meta({ id: 'WaiveCheckRequest' });
export type WaiveCheckRequest = z.infer<typeof WaiveCheckRequest>;

const CheckRule = z
  .strictObject({
    code: z
      .string()
      .min(1)
      .max(60)
      .regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
      .describe('Name of the check.'),
    required: z.boolean().describe('Whether a version that fails it cannot become champion.'),
    limit: z
      .number()
      .positive()
      .max(1e9)
      .nullable()
      .optional()
      .describe('Milliseconds a row for `latency`, rows for `holdout-rows`; null for none.'),
  })
  .meta({ id: 'ModelCheckRule' });

export const ModelPolicyRequest = z
  .strictObject({
    protectedAliases: z
      .array(AliasName)
      .max(20)
      .describe('Aliases that only move to versions whose required checks are ok or waived.'),
    checks: z
      .array(CheckRule)
      .max(50)
      .refine((rules) => new Set(rules.map(({ code }) => code)).size === rules.length, 'Each check once.')
      .describe('Rules for checks; a check without one keeps its default.'),
  })
  .meta({ id: 'ModelPolicyRequest' });
export type ModelPolicyRequest = z.infer<typeof ModelPolicyRequest>;

export const ModelPolicyResponse = z
  .object({
    origin: z
      .enum(['default', 'project', 'model'])
      .describe('Where it comes from: the model, else its project, else the default.'),
    protectedAliases: z
      .array(z.string())
      .describe('Aliases that only move to versions whose required checks are ok or waived.'),
    checks: z
      .array(
        z
          .object({
            code: z.string().describe('Name of the check.'),
            required: z.boolean().describe('Whether a version that fails it cannot become champion.'),
            limit: z.number().nullable().describe('Limit of the check, in its unit; null for none.'),
          })
          .meta({ id: 'ModelCheckRuleInForce' }),
      )
      .describe('The rule of every check.'),
    updatedBy: z.string().nullable().describe('Display name of who wrote it.'),
    updatedAt: z.iso.datetime().nullable().describe('When it was written; null for the default.'),
  })
  .meta({ id: 'ModelPolicy' });
export type ModelPolicyResponse = z.infer<typeof ModelPolicyResponse>;
