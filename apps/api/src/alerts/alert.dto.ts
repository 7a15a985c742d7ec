import { z } from 'zod';
import { PageQuery, pageOf } from '../platform/paging/page.js';
import { ALERT_KINDS, RULE_STATES, SEVERITIES } from './alert-kinds.js';

const time = () => z.iso.datetime();
const name = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .refine((text) => !/\p{Cc}/u.test(text), 'may not hold control characters')
  .describe('Name of the rule, unique for its deployment.');
const threshold = z
  .number()
  .describe('Limit in the unit of the kind: shares between 0 and 1, milliseconds, calls, or a score.');
const windowMinutes = z.int().min(1).max(10_080).describe('Length of time that is looked at, in minutes.');
const forMinutes = z
  .int()
  .min(0)
  .max(1_440)
  .describe(
    'How long the limit has to be broken before the alert begins, and kept before it ends, in minutes.',
  );
const cooldownMinutes = z
  .int()
  .min(1)
  .max(10_080)
  .describe('How long nobody is told again of the same rule, in minutes.');
const minimumCalls = z
  .int()
  .min(1)
  .max(1_000_000)
  .describe('With fewer calls in the window, or known outcomes for accuracy, there is not enough data.');
const severity = z.enum(SEVERITIES).describe('How bad it is.');
const mail = z.boolean().describe('Whether the people of the project get mail.');
const webhooks = z.boolean().describe('Whether webhooks that hear of alerts are called.');
const enabled = z.boolean().describe('Whether the rule is looked at.');

export const CreateAlertRuleRequest = z
  .strictObject({
    name,
    kind: z.enum(ALERT_KINDS).describe('What is looked at; one of the kinds that the list of rules offers.'),
    threshold,
    windowMinutes: windowMinutes.default(15),
    forMinutes: forMinutes.default(2),
    cooldownMinutes: cooldownMinutes.default(60),
    minimumCalls: minimumCalls.default(20),
    severity: severity.default('warning'),
    mail: mail.default(true),
    webhooks: webhooks.default(true),
    enabled: enabled.default(true),
  })
  .meta({ id: 'CreateAlertRuleRequest' });
export type CreateAlertRuleRequest = z.infer<typeof CreateAlertRuleRequest>;

export const UpdateAlertRuleRequest = z
  .strictObject({
    name: name.optional(),
    threshold: threshold.optional(),
    windowMinutes: windowMinutes.optional(),
    forMinutes: forMinutes.optional(),
    cooldownMinutes: cooldownMinutes.optional(),
    minimumCalls: minimumCalls.optional(),
    severity: severity.optional(),
    mail: mail.optional(),
    webhooks: webhooks.optional(),
    enabled: enabled.optional(),
  })
  .meta({ id: 'UpdateAlertRuleRequest' });
export type UpdateAlertRuleRequest = z.infer<typeof UpdateAlertRuleRequest>;

export const MuteAlertRuleRequest = z
  .strictObject({
    until: time().nullable().describe('Nobody is told before this time; null ends the silence.'),
  })
  .meta({ id: 'MuteAlertRuleRequest' });
export type MuteAlertRuleRequest = z.infer<typeof MuteAlertRuleRequest>;

export const AlertRuleResponse = z
  .object({
    id: z.uuid().describe('Id of the rule.'),
    projectId: z.uuid().describe('Project of the deployment.'),
    deploymentId: z.uuid().describe('Deployment that is looked at.'),
    deploymentName: z.string().describe('Its name.'),
    name,
    kind: z.enum(ALERT_KINDS).describe('What is looked at.'),
    threshold,
    windowMinutes,
    forMinutes,
    cooldownMinutes,
    minimumCalls,
    severity,
    mail,
    webhooks,
    enabled,
    mutedUntil: time().nullable().describe('Nobody is told before this time.'),
    state: z
      .enum(RULE_STATES)
      .describe(
        '`no_data`: there is not enough to judge; `pending`: the limit is broken, but not for long enough.',
      ),
    stateSince: time().describe('Since when it is in this state.'),
    value: z.number().nullable().describe('Value at the last look, in the unit of the kind.'),
    sentence: z.string().nullable().describe('What the last look found, in words.'),
    evaluatedAt: time().nullable().describe('When it was last looked at.'),
    createdBy: z.string().nullable().describe('Name of who made it.'),
    createdAt: time().describe('When it was made.'),
  })
  .meta({ id: 'AlertRule' });
export type AlertRuleResponse = z.infer<typeof AlertRuleResponse>;

const OfferedKind = z
  .object({
    kind: z.enum(ALERT_KINDS).describe('Name for requests.'),
    label: z.string().describe('Name for people.'),
    unit: z.enum(['share', 'milliseconds', 'calls', 'score']).describe('Unit of values and thresholds.'),
    bad: z.enum(['above', 'below']).describe('On which side of the threshold it is bad.'),
    thresholdMin: z.number().describe('Smallest threshold.'),
    thresholdMax: z.number().describe('Largest threshold.'),
    proposedThreshold: z.number().describe('Threshold to begin with.'),
    proposedWindowMinutes: z.int().describe('Window to begin with, in minutes.'),
  })
  .meta({ id: 'AlertKindOffer' });

export const AlertAudience = z
  .object({
    mailRecipients: z.int().describe('People of the project with a mail address who want mail about alerts.'),
    webhooks: z.int().describe('Webhooks that are switched on and hear of alerts.'),
  })
  .meta({ id: 'AlertAudience' });
export type AlertAudience = z.infer<typeof AlertAudience>;

export const AlertRuleList = z
  .object({
    items: z.array(AlertRuleResponse).describe('Rules of the deployment, oldest first.'),
    nextCursor: z.null().describe('Always null: one page.'),
    kinds: z.array(OfferedKind).describe('Kinds of rules that can be made: those that are measured here.'),
    audience: AlertAudience.describe(
      'Whom alerts reach outside the console now; none: only the console shows them.',
    ),
  })
  .meta({ id: 'AlertRuleList' });
export type AlertRuleList = z.infer<typeof AlertRuleList>;

export const AlertHistoryQuery = z.object({
  hours: z.coerce.number().int().min(1).max(168).default(24).describe('How far back, in hours.'),
});
export type AlertHistoryQuery = z.infer<typeof AlertHistoryQuery>;

export const AlertHistory = z
  .object({
    readings: z
      .array(
        z.object({
          at: time().describe('Minute of the look.'),
          value: z.number().nullable().describe('Null: not enough data.'),
          threshold: z.number().describe('Threshold at that time.'),
        }),
      )
      .describe('Values over time, oldest first; thinned out over long times.'),
    transitions: z
      .array(
        z.object({
          id: z.uuid().describe('Id of the change.'),
          fromState: z.string().describe('State before.'),
          toState: z.string().describe('State after; `resolved` is the end of an alert.'),
          value: z.number().nullable().describe('Value at that time.'),
          threshold: z.number().describe('Threshold at that time.'),
          sentence: z.string().describe('What was found, in words.'),
          at: time().describe('When it changed.'),
        }),
      )
      .describe('Changes of state, newest first.'),
  })
  .meta({ id: 'AlertHistory' });
export type AlertHistory = z.infer<typeof AlertHistory>;

export const AlertResponse = z
  .object({
    id: z.uuid().describe('Id of the alert.'),
    projectId: z.uuid().describe('Project of the deployment.'),
    projectName: z.string().describe('Its name.'),
    ruleId: z.uuid().describe('Rule that it comes from.'),
    ruleName: z.string().describe('Its name.'),
    ruleState: z
      .enum(RULE_STATES)
      .describe('State of the rule now; `no_data` when nothing can be told any more.'),
    kind: z.enum(ALERT_KINDS).describe('What is looked at.'),
    deploymentId: z.uuid().describe('Deployment that it is about.'),
    deploymentName: z.string().describe('Its name.'),
    severity: z.enum(SEVERITIES).describe('How bad it is.'),
    status: z.enum(['firing', 'resolved']).describe('Whether it goes on.'),
    threshold: z.number().describe('Limit when it began.'),
    value: z.number().describe('Last known value.'),
    worstValue: z.number().describe('Worst value so far.'),
    sentence: z.string().describe('What was found, in words.'),
    startedAt: time().describe('When it began.'),
    resolvedAt: time().nullable().describe('When it ended.'),
    lastToldAt: time().nullable().describe('When it was last handed to a person (mail) or a webhook.'),
    timesTold: z.int().describe('How often it was handed to somebody; 0: only the console shows it.'),
    mutedUntil: time().nullable().describe('Its rule tells nobody before this time.'),
    acknowledgedBy: z.string().nullable().describe('Name of who takes care of it.'),
    acknowledgedAt: time().nullable().describe('When that was; nobody is told again since.'),
  })
  .meta({ id: 'Alert' });
export type AlertResponse = z.infer<typeof AlertResponse>;
export const AlertPage = pageOf(AlertResponse, 'AlertPage');
export type AlertPage = z.infer<typeof AlertPage>;

export const AlertQuery = PageQuery.extend({
  status: z.enum(['firing', 'resolved', 'all']).default('all').describe('Which alerts.'),
  deploymentId: z.uuid().optional().describe('Only alerts of this deployment.'),
});
export type AlertQuery = z.infer<typeof AlertQuery>;
