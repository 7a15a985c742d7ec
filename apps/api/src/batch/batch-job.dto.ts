import { CellValue, COLUMN_TYPES } from '@modelwright/contracts';
import { z } from 'zod';
import { PageQuery, pageOf } from '../platform/paging/page.js';

export const BATCH_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];
export const BATCH_STAGES = ['starting', 'predicting', 'storing'] as const;
export type BatchStage = (typeof BATCH_STAGES)[number];
export const COLUMN_STATES = ['ok', 'note', 'missing', 'mistyped', 'left-out'] as const;
export const MAX_PREVIEW_ROWS = 50;

const columnName = z.string().min(1).max(500);

const model = {
  deploymentId: z
    .uuid()
    .optional()
    .describe('Use the version that this deployment serves now, and its rules.'),
  modelVersionId: z.uuid().optional().describe('Use this registered version.'),
  model: z
    .string()
    .max(200)
    .optional()
    .describe('Use the version that an alias names now, as in `churn@champion`.'),
};

const table = {
  datasetId: z.uuid().describe('Dataset whose rows are predicted. Upload a file as a dataset first.'),
  datasetVersion: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Its version; the newest ready one when left out.'),
  mapping: z
    .record(columnName, columnName.nullable())
    .default({})
    .describe(
      'Column of the table for an input of the model, where their names differ; null leaves an optional input out.',
    ),
};

const results = {
  columns: z
    .union([z.enum(['all', 'identifiers', 'none']), z.array(columnName).max(10_000)])
    .default('all')
    .describe('Columns of the table that go into the output: all, those that identify rows, none, or these.'),
  probabilities: z.boolean().default(true).describe('Whether to add the probability of each class.'),
  notes: z
    .boolean()
    .default(true)
    .describe('Whether to add what is unusual about a row, as values outside training.'),
  intervals: z
    .boolean()
    .default(true)
    .describe('Whether to add the interval around numbers, when the deployment gives them.'),
  onBadRow: z
    .enum(['continue', 'stop'])
    .default('continue')
    .describe(
      'A row that does not fit the model: write why into column `error` and go on, or end the job there.',
    ),
};

const oneModel = (value: { deploymentId?: unknown; modelVersionId?: unknown; model?: unknown }): boolean =>
  [value.deploymentId, value.modelVersionId, value.model].filter((part) => part !== undefined).length === 1;
const ONE_MODEL = {
  path: ['deploymentId'],
  message: 'Say one of `deploymentId`, `modelVersionId` and `model`.',
};

export const CheckBatchJobRequest = z
  .strictObject({ ...model, ...table })
  .refine(oneModel, ONE_MODEL)
  .meta({ id: 'CheckBatchJobRequest' });
export type CheckBatchJobRequest = z.infer<typeof CheckBatchJobRequest>;

export const PreviewBatchJobRequest = z
  .strictObject({
    ...model,
    ...table,
    ...results,
    rows: z
      .number()
      .int()
      .min(1)
      .max(MAX_PREVIEW_ROWS)
      .default(5)
      .describe('First rows of the table to predict.'),
  })
  .refine(oneModel, ONE_MODEL)
  .meta({ id: 'PreviewBatchJobRequest' });
export type PreviewBatchJobRequest = z.infer<typeof PreviewBatchJobRequest>;

export const CreateBatchJobRequest = z
  .strictObject({
    ...model,
    ...table,
    ...results,
    outputName: z
      .string()
      .trim()
      .min(1)
      .max(180)
      .optional()
      .describe('Name of the new dataset; made from that of the table when left out.'),
    outputDatasetId: z
      .uuid()
      .optional()
      .describe('Dataset that gets the output as a new version, instead of a new dataset.'),
  })
  .refine(oneModel, ONE_MODEL)
  .refine(({ outputName, outputDatasetId }) => outputName === undefined || outputDatasetId === undefined, {
    path: ['outputName'],
    message: 'Say `outputName` or `outputDatasetId`, not both.',
  })
  .meta({ id: 'CreateBatchJobRequest' });
export type CreateBatchJobRequest = z.infer<typeof CreateBatchJobRequest>;
export type BatchResults = Pick<
  CreateBatchJobRequest,
  'columns' | 'probabilities' | 'notes' | 'intervals' | 'onBadRow'
>;

export const BatchColumn = z
  .object({
    input: z.string().describe('Input of the model.'),
    inputType: z.enum(COLUMN_TYPES).describe('Its type.'),
    required: z.boolean().describe('Whether the model needs a column for it.'),
    column: z.string().nullable().describe('Column of the table that it is read from; null: none.'),
    columnType: z.enum(COLUMN_TYPES).nullable().describe('Type of that column.'),
    state: z
      .enum(COLUMN_STATES)
      .describe(
        '`missing` and `mistyped` stand in the way; `note` is worth knowing; `left-out` counts as missing values.',
      ),
    detail: z.string().nullable().describe('What is the matter, in one sentence.'),
    suggestion: z.string().nullable().describe('Closest column of the table, to be used in `mapping`.'),
  })
  .meta({ id: 'BatchColumn' });
export type BatchColumn = z.infer<typeof BatchColumn>;

const version = z.object({
  modelId: z.uuid().nullable().describe('Id of the model; null when it was deleted.'),
  modelVersionId: z.uuid().nullable().describe('Id of the version; null when it was deleted.'),
  modelName: z.string().describe('Name of the model.'),
  versionNumber: z.number().int().describe('Number of the version.'),
});
const servingPath = z
  .enum(['compiled', 'container'])
  .describe('Whether the compiled form predicts, or a container of the model.');

const rowsUnread = z
  .number()
  .int()
  .describe('Lines of the file that were no whole rows: they are not in the table and get no prediction.');

export const BatchJobCheck = z
  .object({
    model: version.describe('Version that would predict.'),
    servingPath,
    rows: z.number().int().describe('Rows of the table.'),
    rowsUnread,
    datasetVersion: z.number().int().describe('Version of the dataset that would be read.'),
    columns: z.array(BatchColumn).describe('Each input of the model and where it comes from.'),
    ignored: z.array(z.string()).describe('Columns of the table that the model does not use.'),
    identifiers: z.array(z.string()).describe('Columns of the table that identify rows.'),
    intervals: z.boolean().describe('Whether there are intervals to be had.'),
    classes: z.array(z.string()).nullable().describe('Classes with probabilities; null for numbers.'),
    canStart: z.boolean().describe('Whether nothing stands in the way.'),
  })
  .meta({ id: 'BatchJobCheck' });
export type BatchJobCheck = z.infer<typeof BatchJobCheck>;

export const BatchJobPreview = z
  .object({
    columns: z.array(z.string()).describe('Columns of the output.'),
    rows: z.array(z.array(CellValue)).describe('First rows of the output.'),
    failed: z.number().int().describe('How many of these rows do not fit the model.'),
  })
  .meta({ id: 'BatchJobPreview' });
export type BatchJobPreview = z.infer<typeof BatchJobPreview>;

export const BatchResult = z
  .object({
    predictionColumn: z.string().describe('Column of the output that holds the predictions.'),
    errorColumn: z
      .string()
      .nullable()
      .describe('Column that says why a row does not fit; null when there is none.'),
    classCounts: z
      .array(z.object({ label: z.string(), count: z.number().int() }))
      .nullable()
      .describe('How often each class was predicted, most frequent first; null for numbers.'),
    distribution: z
      .object({
        mean: z.number().nullable(),
        min: z.number().nullable(),
        median: z.number().nullable(),
        max: z.number().nullable(),
        histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.number()) }).nullable(),
      })
      .nullable()
      .describe('Predicted numbers; null for classes.'),
  })
  .meta({ id: 'BatchResult' });
export type BatchResult = z.infer<typeof BatchResult>;

export const BatchBadRow = z
  .object({
    row: z.number().int().describe('Number of the row in the table, from 1.'),
    detail: z.string().describe('Why it does not fit the model.'),
  })
  .meta({ id: 'BatchBadRow' });
export type BatchBadRow = z.infer<typeof BatchBadRow>;

export const BatchJob = z
  .object({
    id: z.uuid().describe('Id of the job.'),
    projectId: z.uuid().describe('Project it belongs to.'),
    status: z.enum(BATCH_STATUSES).describe('State of the job.'),
    stage: z.enum(BATCH_STAGES).nullable().describe('What it is doing just now; null unless it runs.'),
    waitingFor: z
      .string()
      .nullable()
      .describe('What keeps its container from answering, in words, while it tries again; null otherwise.'),
    deployment: z
      .object({ id: z.uuid().nullable().describe('Null when it was deleted.'), name: z.string() })
      .nullable()
      .describe('Deployment whose version predicts; null for a job on a registered version.'),
    model: version.describe('Version that predicts, as recorded when the job was made.'),
    servingPath,
    input: z
      .object({
        datasetId: z.uuid().nullable().describe('Null when it was deleted.'),
        datasetName: z.string(),
        version: z.number().int(),
      })
      .describe('Table whose rows are predicted.'),
    output: z
      .object({
        datasetId: z.uuid().nullable().describe('Null until the output is stored.'),
        datasetName: z.string().describe('Name that was asked for.'),
        version: z.number().int().nullable().describe('Null until the output is stored.'),
        isNewDataset: z.boolean().describe('Whether the output is a dataset of its own.'),
      })
      .describe('Dataset version with the predictions.'),
    options: z.object({ mapping: table.mapping, ...results }).describe('What was asked for.'),
    columns: z.array(BatchColumn).describe('Each input of the model and where it comes from.'),
    ignored: z.array(z.string()).describe('Columns of the table that the model does not use.'),
    rowsUnread,
    rowsTotal: z.number().int().describe('Rows of the table.'),
    rowsDone: z.number().int().describe('Rows that are predicted and kept.'),
    rowsFailed: z.number().int().describe('Rows that do not fit the model.'),
    rowsNoted: z.number().int().describe('Rows with something unusual about them.'),
    rowsPerSecond: z.number().nullable().describe('Speed of the last seconds; null when nobody can tell.'),
    secondsLeft: z
      .number()
      .nullable()
      .describe('Estimate until all rows are predicted; null when nobody can tell.'),
    badRows: z.array(BatchBadRow).describe('The first rows that do not fit, at most 20.'),
    result: BatchResult.nullable().describe('What was predicted; null until the job has succeeded.'),
    failure: z.string().nullable().describe('Why it failed and what to do, in words.'),
    createdAt: z.iso.datetime().describe('When it was asked for.'),
    startedAt: z.iso.datetime().nullable().describe('When it began.'),
    finishedAt: z.iso.datetime().nullable().describe('When it ended.'),
  })
  .meta({ id: 'BatchJob' });
export type BatchJob = z.infer<typeof BatchJob>;

/** As in lists: without what grows with the table. */
export const BatchJobSummary = BatchJob.omit({
  columns: true,
  ignored: true,
  rowsUnread: true,
  badRows: true,
}).meta({
  id: 'BatchJobSummary',
});
export type BatchJobSummary = z.infer<typeof BatchJobSummary>;

export const BatchJobPage = pageOf(BatchJobSummary, 'BatchJobPage');
export type BatchJobPage = z.infer<typeof BatchJobPage>;

export const BatchJobListQuery = PageQuery.extend({
  deploymentId: z.uuid().optional().describe('Only jobs of this deployment.'),
  modelVersionId: z.uuid().optional().describe('Only jobs with this version.'),
  datasetId: z.uuid().optional().describe('Only jobs on rows of this dataset.'),
});
export type BatchJobListQuery = z.infer<typeof BatchJobListQuery>;
