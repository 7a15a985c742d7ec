import { COLUMN_ROLES, COLUMN_TYPES, DATASET_VERSION_STATUSES, TASKS } from '@modelwright/contracts';
import { z } from 'zod';
import { pageOf, PageQuery } from '../platform/paging/page.js';
import { TargetSuggestion } from './dataset-profile.dto.js';
import { BadRow, Dialect, FileWarning, UploadDatasetQuery } from './dataset-upload.dto.js';

export * from './dataset-profile.dto.js';
export * from './dataset-rows.dto.js';
export * from './dataset-upload.dto.js';

export const DatasetProgress = z
  .object({
    stage: z.enum(['queued', 'checking', 'reading', 'profiling', 'storing']).describe('What is being done.'),
    percent: z.number().min(0).max(100).describe('0 to 100, of the whole job.'),
    rows: z.number().int().describe('Rows read so far.'),
  })
  .meta({ id: 'DatasetProgress' });

export const DatasetFailure = z
  .object({
    code: z.string().describe('Stable name of the reason.'),
    detail: z.string().describe('What is wrong and what to do.'),
    line: z
      .number()
      .int()
      .nullable()
      .describe('Line in the file, counted from 1; null when none in particular.'),
    excerpt: z.string().nullable().describe('The beginning of that line.'),
    column: z.string().nullable().describe('Column concerned; null when none in particular.'),
  })
  .meta({ id: 'DatasetFailure' });

const SOURCE_KINDS = ['upload', 'sample', 'derived', 'batch'] as const;

const versionFields = {
  versionNumber: z.number().int().describe('1 for the first upload, counted up.'),
  status: z.enum(DATASET_VERSION_STATUSES).describe('Whether the table can be used.'),
  progress: DatasetProgress.nullable().describe('While it is processed; else null.'),
  failure: DatasetFailure.nullable().describe('Why it failed; else null.'),
  rows: z.number().int().nullable().describe('Rows of the table; null until it is ready.'),
  columns: z.number().int().nullable().describe('Columns of the table; null until it is ready.'),
  sizeBytes: z.number().int().describe('Size of the file as uploaded, in bytes.'),
  contentSha256: z.string().describe('SHA-256 of the file as uploaded.'),
  parquetSha256: z.string().nullable().describe('SHA-256 of the table; null until it is ready.'),
  flagsCount: z.number().int().nullable().describe('Quality flags; null until it is ready.'),
  badRowCount: z.number().int().describe('Rows that were set aside because their number of cells is wrong.'),
  badRows: z.array(BadRow).describe('The first 20 of them.'),
  warnings: z.array(FileWarning).describe('What the reader of the file noticed.'),
  dialect: Dialect.nullable().describe('How the file was read; null until it is ready.'),
  source: z
    .object({
      kind: z.enum(SOURCE_KINDS).describe('Where it came from.'),
      fileName: z.string().describe('Name of the file as it was sent.'),
      sampleId: z.string().nullable().describe('The sample, for `sample`; else null.'),
    })
    .describe('Where the bytes came from.'),
  createdBy: z.uuid().describe('The person who sent it.'),
  createdAt: z.iso.datetime().describe('When it was sent.'),
  updatedAt: z.iso.datetime().describe('When it last changed.'),
};

export const DatasetResponse = z
  .object({
    id: z.uuid().describe('The dataset.'),
    projectId: z.uuid().describe('Its project.'),
    name: z.string().describe('Name, unique in the project.'),
    target: z.string().nullable().describe('Column to predict, as chosen; null while none is.'),
    task: z.enum(TASKS).nullable().describe('Task that follows from the chosen target.'),
    targetSuggestion: TargetSuggestion.nullable().describe(
      'Null until ready, or when no column can be a target.',
    ),
    ...versionFields,
  })
  .meta({ id: 'DatasetResponse' });
export type DatasetResponse = z.infer<typeof DatasetResponse>;

export const DatasetVersionResponse = z
  .object({
    id: z.uuid().describe('The version.'),
    datasetId: z.uuid().describe('Its dataset.'),
    ...versionFields,
  })
  .meta({ id: 'DatasetVersionResponse' });
export type DatasetVersionResponse = z.infer<typeof DatasetVersionResponse>;

export const DatasetPage = pageOf(DatasetResponse, 'DatasetPage');
export type DatasetPage = z.infer<typeof DatasetPage>;
export const DatasetVersionPage = pageOf(DatasetVersionResponse, 'DatasetVersionPage');
export type DatasetVersionPage = z.infer<typeof DatasetVersionPage>;

export const ListDatasetsQuery = PageQuery.extend({
  search: z.string().trim().max(200).optional().describe('Part of the name.'),
});
export type ListDatasetsQuery = z.infer<typeof ListDatasetsQuery>;

export const UpdateDatasetRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional().describe('New name.'),
    target: z
      .string()
      .min(1)
      .max(500)
      .nullable()
      .optional()
      .describe('Column to predict; null to choose none.'),
    columns: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(500).describe('Column.'),
          role: z
            .enum(COLUMN_ROLES)
            .exclude(['target'])
            .nullable()
            .optional()
            .describe('Role to use; null for the suggested one. The target is set by `target`.'),
          type: z
            .enum(COLUMN_TYPES)
            .nullable()
            .optional()
            .describe(
              'Type to use; null for the detected one. A number may be used as a category, a category as text.',
            ),
        }),
      )
      .max(5000)
      .optional()
      .describe('Changes to roles and types; columns left out stay as they are.'),
  })
  .meta({ id: 'UpdateDatasetRequest' });
export type UpdateDatasetRequest = z.infer<typeof UpdateDatasetRequest>;

export const Sample = z
  .object({
    id: z.string().describe('Name to create it by.'),
    title: z.string().describe('Short title.'),
    description: z.string().describe('What the table is about and what can be predicted.'),
    rows: z.number().int().describe('Rows.'),
    columns: z.number().int().describe('Columns.'),
    sizeBytes: z.number().int().describe('Size of the file in bytes.'),
    target: z.string().describe('Column to predict.'),
    task: z.enum(TASKS).describe('Task that makes.'),
  })
  .meta({ id: 'Sample' });
export type Sample = z.infer<typeof Sample>;
export const SampleList = z
  .object({ items: z.array(Sample).describe('All samples of this version.') })
  .meta({ id: 'SampleList' });
export type SampleList = z.infer<typeof SampleList>;

export const CreateSampleDatasetRequest = z
  .strictObject({
    sampleId: z.string().min(1).max(100).describe('`id` of a sample.'),
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .describe('Name of the dataset; the title of the sample by default.'),
  })
  .meta({ id: 'CreateSampleDatasetRequest' });
export type CreateSampleDatasetRequest = z.infer<typeof CreateSampleDatasetRequest>;

export const CreateSampleDatasetQuery = UploadDatasetQuery.pick({ waitSeconds: true, allowDuplicate: true });
export type CreateSampleDatasetQuery = z.infer<typeof CreateSampleDatasetQuery>;
