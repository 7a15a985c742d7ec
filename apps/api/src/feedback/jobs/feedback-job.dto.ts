import { z } from 'zod';
import { pageOf } from '../../platform/paging/page.js';

export const JOB_KINDS = ['file-import', 'dataset-import', 'dataset-version'] as const;
export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

const column = z.string().min(1).max(500);

export const FeedbackColumns = z
  .strictObject({
    requestId: column.describe('Column with the `request_id` of the call.'),
    truth: column.describe('Column with what turned out to be true.'),
    rowIndex: column
      .optional()
      .describe('Column with the place of the row in the call, from 0; 0 when left out.'),
    observedAt: column
      .optional()
      .describe('Column with the time at which it became known; the time of the import when left out.'),
  })
  .meta({ id: 'FeedbackColumns' });
export type FeedbackColumns = z.infer<typeof FeedbackColumns>;

export const ImportFeedbackFileQuery = z.object({
  requestIdColumn: column.default('request_id').describe('Column with the `request_id` of the call.'),
  truthColumn: column.default('truth').describe('Column with what turned out to be true.'),
  rowIndexColumn: column.optional().describe('Column with the place of the row in the call, from 0.'),
  observedAtColumn: column.optional().describe('Column with the time at which it became known.'),
});
export type ImportFeedbackFileQuery = z.infer<typeof ImportFeedbackFileQuery>;

export const ImportFeedbackDatasetRequest = z
  .strictObject({
    datasetId: z.uuid().describe('A dataset of the project.'),
    versionNumber: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('Its version; the newest ready one when left out.'),
    columns: FeedbackColumns,
  })
  .meta({ id: 'ImportFeedbackDatasetRequest' });
export type ImportFeedbackDatasetRequest = z.infer<typeof ImportFeedbackDatasetRequest>;

export const CreateCorrectedDatasetRequest = z
  .strictObject({
    into: z
      .enum(['training-dataset', 'new-dataset'])
      .describe(
        '`training-dataset`: a further version of the dataset that the model was trained on, its rows and the new ones; `new-dataset`: the new rows alone.',
      ),
    name: z.string().trim().min(1).max(200).optional().describe('Name of a new dataset.'),
    windowHours: z
      .number()
      .int()
      .min(1)
      .max(2_160)
      .default(2_160)
      .describe('Rows predicted in the last so many hours.'),
    only: z
      .enum(['all', 'wrong'])
      .default('all')
      .describe(
        '`wrong`: only rows that were predicted wrong; a model trained on those alone sees no others.',
      ),
    masked: z
      .enum(['refuse', 'leave-out'])
      .default('refuse')
      .describe(
        'What to do about columns that are masked in the log: refuse, or leave their cells empty in the new rows.',
      ),
  })
  .refine(({ into, name }) => into === 'training-dataset' || name !== undefined, {
    path: ['name'],
    message: 'Give the new dataset a name.',
  })
  .meta({ id: 'CreateCorrectedDatasetRequest' });
export type CreateCorrectedDatasetRequest = z.infer<typeof CreateCorrectedDatasetRequest>;

export const FeedbackImportReport = z
  .object({
    rows: z.number().int().describe('Rows read.'),
    recorded: z.number().int().describe('New outcomes.'),
    replaced: z.number().int().describe('Outcomes that took the place of another one.'),
    unchanged: z.number().int().describe('Outcomes that were known already.'),
    unknown: z.number().int().describe('Rows whose request is not in the log of this deployment.'),
    invalid: z.number().int().describe('Rows whose outcome does not fit the model.'),
    problems: z
      .array(
        z.object({
          line: z.number().int().describe('Line of the file, or row of the dataset, from 1.'),
          status: z.enum(['unknown', 'invalid']).describe('What is wrong.'),
          requestId: z.string().describe('As it was read.'),
          detail: z.string().describe('What is wrong and what to do.'),
        }),
      )
      .describe('The first 50 of them.'),
  })
  .meta({ id: 'FeedbackImportReport' });
export type FeedbackImportReport = z.infer<typeof FeedbackImportReport>;

export const CorrectedDatasetReport = z
  .object({
    datasetId: z.uuid().describe('The dataset.'),
    versionNumber: z.number().int().nullable().describe('The version; null until it is written.'),
    baseVersionNumber: z
      .number()
      .int()
      .nullable()
      .describe('The version whose rows come first; null without one.'),
    baseRows: z.number().int().describe('Rows of that version.'),
    addedRows: z.number().int().describe('Rows with their true outcome.'),
    lostRows: z.number().int().describe('Rows whose inputs have left the log, so that they cannot be added.'),
    emptyColumns: z.array(z.string()).describe('Columns that are empty in the new rows, as they are masked.'),
  })
  .meta({ id: 'CorrectedDatasetReport' });
export type CorrectedDatasetReport = z.infer<typeof CorrectedDatasetReport>;

export const FeedbackJob = z
  .object({
    id: z.uuid().describe('The work.'),
    deploymentId: z.uuid().describe('The deployment.'),
    kind: z.enum(JOB_KINDS).describe('What it does.'),
    title: z.string().describe('What it is about, in words.'),
    status: z.enum(JOB_STATUSES).describe('How it is.'),
    progress: z.number().describe('Share that is done, 0 to 1.'),
    import: FeedbackImportReport.nullable().describe('Of an import, so far.'),
    dataset: CorrectedDatasetReport.nullable().describe('Of a dataset version, so far.'),
    reason: z.string().nullable().describe('Why it failed, in words.'),
    createdAt: z.iso.datetime().describe('When it was asked for.'),
    createdBy: z.string().nullable().describe('Who asked for it.'),
    finishedAt: z.iso.datetime().nullable().describe('When it ended; null before.'),
  })
  .meta({ id: 'FeedbackJob' });
export type FeedbackJob = z.infer<typeof FeedbackJob>;
export const FeedbackJobPage = pageOf(FeedbackJob, 'FeedbackJobPage');

export const RetrainingDefaults = z
  .object({
    datasetId: z.uuid().nullable().describe('Dataset that the served version was trained on; null for none.'),
    target: z.string().nullable().describe('Its target.'),
    task: z.string().describe('Its task.'),
    metric: z.string().describe('The metric that it was chosen by.'),
    families: z.array(z.string()).describe('Model families that its run could try.'),
  })
  .meta({ id: 'RetrainingDefaults' });
export type RetrainingDefaults = z.infer<typeof RetrainingDefaults>;
