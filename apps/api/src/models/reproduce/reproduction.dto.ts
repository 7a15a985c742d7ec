import { z } from 'zod';
import { pageOf } from '../../platform/paging/page.js';
import { DIFFERENCE_KINDS, VERDICTS } from './verdict.js';

export const ModelReproduction = z
  .object({
    id: z.uuid().describe('Id of the attempt.'),
    modelVersionId: z.uuid().describe('Version that was trained again.'),
    runId: z.uuid().nullable().describe('Run that did it; null once that was deleted.'),
    status: z.enum(['running', 'finished']).describe('Whether a verdict is there.'),
    verdict: z
      .enum(VERDICTS)
      .nullable()
      .describe(
        'identical: same predictions bit for bit; within_tolerance: same score but for half a per cent.',
      ),
    sentence: z.string().describe('The verdict in words, with its figures.'),
    metric: z.string().nullable().describe('Metric that the scores are of.'),
    originalScore: z.number().nullable().describe('Score of the version on its held-out rows.'),
    reproducedScore: z.number().nullable().describe('Score when trained again, on the same rows.'),
    tolerance: z.number().nullable().describe('Largest difference of scores that counts as the same.'),
    rowsCompared: z.number().int().nullable().describe('Held-out rows whose predictions were compared.'),
    maxPredictionDifference: z
      .number()
      .nullable()
      .describe('Largest difference of a predicted number or probability.'),
    changedPredictions: z.number().int().nullable().describe('Rows that got another prediction.'),
    differences: z
      .array(
        z
          .object({
            kind: z.enum(DIFFERENCE_KINDS).describe('What differs.'),
            detail: z.string().describe('What it was and what it is.'),
          })
          .meta({ id: 'ReproductionDifference' }),
      )
      .describe('What was not the same as the first time.'),
    startedBy: z.string().nullable().describe('Display name of who asked for it.'),
    createdAt: z.iso.datetime().describe('When it was asked for.'),
    finishedAt: z.iso.datetime().nullable().describe('When the verdict came.'),
  })
  .meta({ id: 'ModelReproduction' });
export type ModelReproduction = z.infer<typeof ModelReproduction>;
export const ModelReproductionPage = pageOf(ModelReproduction, 'ModelReproductionPage');
export type ModelReproductionPage = z.infer<typeof ModelReproductionPage>;
