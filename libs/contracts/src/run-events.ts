import { z } from 'zod';
import { TASKS } from './statuses.js';
import { ParameterImportance, TrialRecord } from './studies.js';

const base = { seq: z.number().int().positive(), at: z.string() };

export const CANDIDATE_STATUSES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
] as const;
export type CandidateStatus = (typeof CANDIDATE_STATUSES)[number];

/** The full current state of a candidate; a later event replaces an earlier one. */
export const CandidateState = z.object({
  candidateId: z.string(),
  family: z.string(),
  label: z.string(),
  status: z.enum(CANDIDATE_STATUSES),
  fold: z.number().nullish().describe('Folds done so far.'),
  folds: z.number().nullish(),
  foldScores: z.array(z.number()).nullish(),
  score: z.number().nullish().describe('Mean over folds, in the natural unit of the metric.'),
  std: z.number().nullish().describe('Standard deviation over folds.'),
  fitSeconds: z.number().nullish(),
  predictMsPerRow: z.number().nullish(),
  sizeBytes: z.number().nullish(),
  features: z.number().nullish().describe('Columns after encoding.'),
  hyperparameters: z.record(z.string(), z.unknown()).nullish(),
  reason: z.string().nullish().describe('Why it failed or was skipped.'),
  isBaseline: z.boolean().nullish(),
  isEnsemble: z.boolean().nullish(),
  members: z.array(z.object({ candidateId: z.string(), weight: z.number() })).nullish(),
  holdoutScore: z.number().nullish(),
  low: z
    .number()
    .nullish()
    .describe('Lower end of the 95 % interval of the score, from a bootstrap of out-of-fold predictions.'),
  high: z.number().nullish().describe('Upper end of the 95 % interval of the score.'),
  tied: z
    .boolean()
    .nullish()
    .describe(
      'Whether it is not significantly worse than the best (paired bootstrap of out-of-fold rows, 95 %).',
    ),
  recommended: z.boolean().nullish().describe('The cheapest to predict with among the tied; exactly one.'),
  tooSlow: z.boolean().nullish().describe('Whether one prediction takes longer than the budget for it.'),
  pValue: z.number().nullish().describe('Of being as good as the best, one-sided.'),
  engine: z.string().nullish().describe('Which engine proposed it.'),
  threshold: z.number().nullish().describe('Decision threshold chosen out of fold; binary tasks only.'),
});
export type CandidateState = z.infer<typeof CandidateState>;

/** One line of events.jsonl, written by the trainer, replayed to every reader by its number. */
export const RunEvent = z.discriminatedUnion('type', [
  z.object({
    ...base,
    type: z.literal('stage'),
    stage: z.string(),
    status: z.enum(['started', 'finished']),
    seconds: z.number().nullish(),
    detail: z.string().nullish(),
  }),
  z.object({
    ...base,
    type: z.literal('plan'),
    task: z.enum(TASKS),
    metric: z.string(),
    greaterIsBetter: z.boolean(),
    folds: z.number(),
    validation: z.string(),
    repeats: z.number().nullish(),
    engine: z.string().nullish(),
    rows: z.number(),
    trainRows: z.number(),
    holdoutRows: z.number(),
    features: z.number(),
    excluded: z.array(z.object({ column: z.string(), reason: z.string() })),
    candidates: z.array(z.object({ candidateId: z.string(), family: z.string(), label: z.string() })),
  }),
  z.object({ ...base, type: z.literal('candidate') }).extend(CandidateState.shape),
  z.object({
    ...base,
    type: z.literal('best'),
    candidateId: z.string(),
    score: z.number(),
    elapsedSeconds: z.number(),
  }),
  z.object({ ...base, type: z.literal('clock'), elapsedSeconds: z.number(), budgetSeconds: z.number() }),
  z.object({
    ...base,
    type: z.literal('fold'),
    candidateId: z.string(),
    fold: z.number().describe('Number of the fold, from 1.'),
    folds: z.number(),
    score: z.number().nullish(),
    fitSeconds: z.number().nullish(),
  }),
  z.object({ ...base, type: z.literal('paused'), elapsedSeconds: z.number() }),
  z.object({ ...base, type: z.literal('resumed'), elapsedSeconds: z.number().nullish() }),
  z.object({
    ...base,
    type: z.literal('resources'),
    memoryMb: z.number(),
    memoryLimitMb: z.number().nullish(),
    cpuPercent: z.number().nullish().describe('Of one processor: two busy ones are 200.'),
  }),
  z.object({
    ...base,
    type: z.literal('finding'),
    findingId: z.string(),
    kind: z.string(),
    severity: z.enum(['info', 'warning', 'blocking']),
    column: z.string().nullish(),
    sentence: z.string(),
    evidence: z.unknown(),
  }),
  z
    .object({ ...base, type: z.literal('trial') })
    .extend(TrialRecord.shape)
    .extend({ best: z.boolean().describe('Whether it is the best complete trial so far.') }),
  z.object({ ...base, type: z.literal('importance') }).extend(ParameterImportance.shape),
  z.object({
    ...base,
    type: z.literal('log'),
    level: z.enum(['info', 'warning', 'error']),
    message: z.string(),
  }),
  z.object({
    ...base,
    type: z.literal('finished'),
    outcome: z.enum(['succeeded', 'failed', 'cancelled']),
    winnerCandidateId: z.string().nullish(),
    score: z.number().nullish(),
    holdoutScore: z.number().nullish(),
    reason: z.string().nullish(),
    stage: z.string().nullish(),
    elapsedSeconds: z.number(),
  }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
