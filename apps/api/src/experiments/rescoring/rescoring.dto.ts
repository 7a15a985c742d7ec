import { MetricEstimate } from '@modelwright/contracts';
import { z } from 'zod';
import { PageQuery, pageOf } from '../../platform/paging/page.js';

export const RESCORING_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RescoringStatus = (typeof RESCORING_STATUSES)[number];

const point = z.object({ x: z.number(), y: z.number() });

/** As `runtime.rescoring` writes it; read from a container, so nothing of it is taken on trust. */
export const RescoringResult = z
  .object({
    rows: z.number().int().describe('Rows that all models were scored on.'),
    totalRows: z.number().int().describe('Rows of the dataset version.'),
    candidateRows: z.number().int().describe('Rows that could be used, before a sample was drawn.'),
    unansweredRows: z.number().int().describe('Rows left out because their answer is not known.'),
    resamples: z.number().int().describe('Bootstrap samples behind the intervals.'),
    metric: z.string().describe('Metric of the segments.'),
    models: z
      .array(
        z.object({
          id: z.uuid().describe('Model version.'),
          sawData: z.boolean().describe('Whether it was trained on a part of this very table.'),
          metrics: z.array(MetricEstimate),
          curves: z.object({
            binary: z
              .object({
                roc: z.array(point).max(1_000),
                precisionRecall: z.array(point).max(1_000),
                calibration: z.array(point).max(100),
              })
              .optional(),
            regression: z
              .object({ edges: z.array(z.number()).max(200), counts: z.array(z.number()).max(200) })
              .optional(),
          }),
        }),
      )
      .max(6),
    differences: z
      .array(
        z.object({
          id: z.uuid().describe('Model version.'),
          against: z.uuid().describe('Model version that it is compared with.'),
          metric: z.string(),
          value: z.number().describe('Its score minus that of the other.'),
          low: z.number().describe('Lower end of the 95 % interval, paired by row.'),
          high: z.number().describe('Upper end of the 95 % interval, paired by row.'),
          verdict: z.enum(['better', 'worse', 'tie']).describe('A tie when chance could explain it.'),
        }),
      )
      .max(200),
    segments: z
      .array(
        z.object({
          column: z.string().max(1_000),
          label: z.string().max(200).describe('Value or range of the column.'),
          rows: z.number().int(),
          scores: z.array(z.number()).max(6).describe('Score of each model, in the order of `models`.'),
        }),
      )
      .max(200),
  })
  .meta({ id: 'RescoringResult' });
export type RescoringResult = z.infer<typeof RescoringResult>;

export const RescoringResponse = z
  .object({
    id: z.uuid(),
    projectId: z.uuid(),
    modelVersionIds: z.array(z.uuid()),
    datasetId: z.uuid(),
    datasetName: z.string(),
    datasetVersion: z.number().int(),
    rows: z.enum(['unseen', 'all']).describe('Whether rows that a model was trained on were left out.'),
    status: z.enum(RESCORING_STATUSES),
    stage: z.string().nullable().describe('What it is doing.'),
    progress: z.number().nullable().describe('0 to 1.'),
    result: RescoringResult.nullable(),
    failure: z.string().nullable().describe('Why it failed and what to do.'),
    createdBy: z.string().nullable().describe('Display name of who asked for it.'),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Rescoring' });
export type RescoringResponse = z.infer<typeof RescoringResponse>;
export const RescoringPage = pageOf(RescoringResponse, 'RescoringPage');
export type RescoringPage = z.infer<typeof RescoringPage>;

export const RescoringListQuery = PageQuery.extend({
  modelVersionId: z.uuid().optional().describe('Only those that scored this version.'),
});
export type RescoringListQuery = z.infer<typeof RescoringListQuery>;

export const CreateRescoringRequest = z
  .strictObject({
    modelVersionIds: z
      .array(z.uuid())
      .min(2)
      .max(6)
      .describe('Versions to score, two to six; the first is what the others are compared with.'),
    datasetId: z.uuid().describe('Dataset whose rows are used.'),
    datasetVersion: z.number().int().min(1).optional().describe('Its version; the newest if left out.'),
    rows: z
      .enum(['unseen', 'all'])
      .default('unseen')
      .describe('`unseen` leaves out rows that one of the models was trained on.'),
  })
  .meta({ id: 'CreateRescoringRequest' });
export type CreateRescoringRequest = z.infer<typeof CreateRescoringRequest>;
