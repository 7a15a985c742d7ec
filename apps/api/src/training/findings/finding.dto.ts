import { z } from 'zod';

export const FINDING_SEVERITIES = ['info', 'warning', 'blocking'] as const;
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number];
export const FINDING_PHASES = ['before', 'after'] as const;
export type FindingPhase = (typeof FINDING_PHASES)[number];

export const FindingDecision = z
  .object({
    decision: z.enum(['waived', 'withdrawn']).describe('Waived, or a waiver taken back.'),
    reason: z.string().nullable().describe('Why; always there for a waiver.'),
    by: z.string().nullable().describe('Display name of who decided.'),
    at: z.iso.datetime().describe('When it was decided.'),
  })
  .meta({ id: 'FindingDecision' });
export type FindingDecision = z.infer<typeof FindingDecision>;

export const RunFinding = z
  .object({
    id: z.uuid(),
    key: z.string().describe('Kind and column: the same doubt has the same key in every run.'),
    phase: z
      .enum(FINDING_PHASES)
      .describe('before: known from the profile of the table; after: found by the run itself.'),
    kind: z.string().describe('Kind of doubt, stable, as in `single_feature_power`.'),
    title: z.string().describe('The kind in words.'),
    severity: z
      .enum(FINDING_SEVERITIES)
      .describe('A blocking one stands in the way of promotion until it is waived.'),
    column: z.string().nullable().describe('Column it is about.'),
    sentence: z.string().describe('What was found, in words.'),
    evidence: z.record(z.string(), z.unknown()).describe('What was found, in figures.'),
    foundAt: z.iso.datetime().describe('When it was found.'),
    state: z.enum(['open', 'waived']).describe('Whether somebody let it pass.'),
    waiver: FindingDecision.nullable().describe('The waiver in force.'),
    history: z.array(FindingDecision).describe('All that was decided on it, oldest first.'),
  })
  .meta({ id: 'RunFinding' });
export type RunFinding = z.infer<typeof RunFinding>;

export const RunFindingList = z
  .object({
    items: z.array(RunFinding).describe('Blocking ones first, then warnings, then notes.'),
    nextCursor: z.null().describe('Always null: all findings of a run are one page.'),
    openBlocking: z.number().int().describe('Blocking findings that nobody waived.'),
    lookedAfter: z
      .boolean()
      .describe('Whether the run had the time to look for leaks; false says nothing about the data.'),
  })
  .meta({ id: 'RunFindingList' });
export type RunFindingList = z.infer<typeof RunFindingList>;

export const WaiveFindingRequest = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(10)
      .max(1000)
      .describe('Why it may pass; stays on the run and on its model, with your name.'),
  })
  .meta({ id: 'WaiveFindingRequest' });
export type WaiveFindingRequest = z.infer<typeof WaiveFindingRequest>;

export const WithdrawWaiverRequest = z
  .strictObject({
    reason: z.string().trim().max(1000).optional().describe('Why the waiver is taken back.'),
  })
  .meta({ id: 'WithdrawWaiverRequest' });
export type WithdrawWaiverRequest = z.infer<typeof WithdrawWaiverRequest>;
