import { CANDIDATE_STATUSES } from '@modelwright/contracts';
import { z } from 'zod';

export const CANDIDATE_BADGES = ['recommended', 'fastest', 'simplest', 'ensemble', 'baseline'] as const;
export type CandidateBadge = (typeof CANDIDATE_BADGES)[number];

export const CandidateResponse = z
  .object({
    candidateId: z.string().describe('Id within the run.'),
    rank: z
      .number()
      .int()
      .nullable()
      .describe('1 is best; ties with the best and equal scores share a rank; null without a score.'),
    family: z.string().describe('Model family, as in `lightgbm`.'),
    label: z.string().describe('Name for people.'),
    status: z.enum(CANDIDATE_STATUSES),
    fold: z.number().int().nullable().describe('Folds done so far.'),
    folds: z.number().int().nullable(),
    foldScores: z.array(z.number()).describe('Score of each fold, in units of the metric.'),
    score: z.number().nullable().describe('Mean over folds, in units of the metric.'),
    std: z.number().nullable().describe('Standard deviation over folds.'),
    holdoutScore: z.number().nullable().describe('Score on the hold-out; for the winner only.'),
    gainOverBaseline: z.number().nullable().describe('Improvement on the baseline; positive is better.'),
    fitSeconds: z.number().nullable().describe('Time to fit all folds, seconds.'),
    predictMsPerRow: z.number().nullable().describe('Time to predict one row, milliseconds.'),
    sizeBytes: z.number().nullable().describe('Size of the fitted pipeline, bytes.'),
    features: z.number().nullable().describe('Columns after encoding.'),
    hyperparameters: z.record(z.string(), z.unknown()),
    reason: z.string().nullable().describe('Why it failed or was skipped.'),
    isBaseline: z.boolean().describe('Whether it only guesses, to compare with.'),
    isEnsemble: z.boolean().describe('Whether it combines other candidates.'),
    members: z.array(
      z.object({
        candidateId: z.string().describe('Candidate in the ensemble.'),
        weight: z.number().describe('Its share, 0 to 1.'),
      }),
    ),
    low: z.number().nullable().describe('Lower end of the 95 % interval of the score.'),
    high: z.number().nullable().describe('Upper end of the 95 % interval of the score.'),
    tied: z.boolean().describe('Whether it is not significantly worse than the best.'),
    tooSlow: z.boolean().describe('Whether one prediction takes longer than the budget for it.'),
    pValue: z.number().nullable().describe('Of being as good as the best, one-sided.'),
    engine: z.string().nullable().describe('Which engine proposed it.'),
    threshold: z.number().nullable().describe('Decision threshold chosen out of fold.'),
    badges: z.array(z.enum(CANDIDATE_BADGES)),
  })
  .meta({ id: 'Candidate' });
export type CandidateResponse = z.infer<typeof CandidateResponse>;

export const CandidateListResponse = z
  .object({
    items: z
      .array(CandidateResponse)
      .describe('Ranked ones first, then those at work, then failed and skipped.'),
    nextCursor: z.null().describe('Always null: all candidates of a run are one page.'),
  })
  .meta({ id: 'CandidateList' });
export type CandidateListResponse = z.infer<typeof CandidateListResponse>;
