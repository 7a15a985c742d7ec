import { COLUMN_ROLES, COLUMN_TYPES, DATASET_VERSION_STATUSES, TASKS } from '@modelwright/contracts';
import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { pageOf, PageQuery } from '../platform/paging/page.js';
import { TargetSuggestion } from './dataset-profile.dto.js';

export * from './dataset-profile.dto.js';

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const queryFlag = z.enum(['true', 'false']).transform((value) => value === 'true');

export const BAD_ROW_POLICIES = ['tolerate', 'skip', 'refuse'] as const;
export const DATE_ORDERS = ['ymd', 'dmy', 'mdy'] as const;
export const DECIMAL_SIGNS = ['.', ','] as const;

/** How a text file is to be read. What is left out is detected. */
const dialectQuery = {
  encoding: z.string().max(40).optional().describe('Character encoding, as in `utf-8` or `windows-1252`.'),
  delimiter: z.string().min(1).max(1).optional().describe('Character between cells, as in `;`.'),
  quote: z.string().max(1).optional().describe('Quote character; empty for none.'),
  header: queryFlag.optional().describe('Whether the first row holds the names.'),
  decimal: z.enum(DECIMAL_SIGNS).optional().describe('Decimal sign of numbers.'),
  dateOrder: z.enum(DATE_ORDERS).optional().describe('Order of day, month and year in dates.'),
};

export const PreviewDatasetQuery = z.object({
  ...dialectQuery,
  fileName: z.string().max(4096).optional().describe('Name of the file; the multipart file name by default.'),
  complete: queryFlag
    .optional()
    .describe('Whether the bytes sent are the whole file rather than its beginning. Default false.'),
});
export type PreviewDatasetQuery = z.infer<typeof PreviewDatasetQuery>;

export const UploadDatasetQuery = z.object({
  ...dialectQuery,
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Name of the dataset; the file name by default.'),
  target: z.string().max(500).optional().describe('Column to predict, if it is known already.'),
  badRows: z
    .enum(BAD_ROW_POLICIES)
    .default('tolerate')
    .describe(
      'Rows with more or fewer cells than the header are set aside and counted. `tolerate` refuses the file when they are more than 5 % (and more than 3), `skip` never, `refuse` always.',
    ),
  allowDuplicate: queryFlag
    .default(false)
    .describe('Whether to keep the file even if the project has the same content already.'),
  waitSeconds: z.coerce
    .number()
    .min(0)
    .max(60)
    .default(0)
    .describe('How long to wait for the table to be read before answering, in seconds.'),
});
export type UploadDatasetQuery = z.infer<typeof UploadDatasetQuery>;

export const UploadVersionQuery = UploadDatasetQuery.omit({ name: true, target: true });
export type UploadVersionQuery = z.infer<typeof UploadVersionQuery>;

/** OpenAPI schema of the multipart body; the parts are streamed, never parsed into an object. */
export const UPLOAD_BODY: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['file'],
    properties: { file: { type: 'string', format: 'binary', description: 'The CSV or TSV file.' } },
  },
};

export const Dialect = z
  .object({
    encoding: z.string().describe('Character encoding.'),
    delimiter: z.string().describe('Character between cells.'),
    quote: z.string().describe('Quote character; empty for none.'),
    header: z.boolean().describe('Whether the first row holds the names.'),
    decimal: z.enum(DECIMAL_SIGNS).describe('Decimal sign.'),
    dateOrder: z.enum(DATE_ORDERS).nullable().describe('Order of dates; null when the table has none.'),
    newline: z.enum(['lf', 'crlf', 'cr', 'mixed']).describe('Line endings.'),
  })
  .meta({ id: 'Dialect' });

export const FileWarning = z
  .object({
    code: z.string().describe('Stable name of the warning.'),
    detail: z.string().describe('What was found and what was done about it.'),
    line: z
      .number()
      .int()
      .nullable()
      .describe('First line concerned, counted from 1; null when none in particular.'),
  })
  .meta({ id: 'FileWarning' });

export const BadRow = z
  .object({
    line: z.number().int().describe('Line in the file, counted from 1.'),
    reason: z.string().describe('What is wrong with it.'),
    text: z.string().describe('The beginning of the line.'),
  })
  .meta({ id: 'BadRow' });

export const PreviewResponse = z
  .object({
    fileName: z.string().describe('Name of the file.'),
    suggestedName: z.string().describe('Name that the dataset would get.'),
    dialect: Dialect.describe('As detected, or as asked for.'),
    alternatives: z
      .object({
        encodings: z.array(z.string()).describe('Likely encodings, best first.'),
        delimiters: z.array(z.string()).describe('Delimiters to choose from, best first.'),
        quotes: z.array(z.string()).describe('Quote characters to choose from.'),
        decimals: z.array(z.enum(DECIMAL_SIGNS)).describe('Decimal signs to choose from.'),
        dateOrders: z.array(z.enum(DATE_ORDERS)).describe('Date orders that all dates seen agree with.'),
      })
      .describe('Choices for the chips.'),
    columns: z
      .array(
        z.object({
          name: z.string().describe('Name the column will have.'),
          originalName: z
            .string()
            .nullable()
            .describe('Name in the file when it had to be changed; else null.'),
          type: z.enum(COLUMN_TYPES).describe('Type by the rows seen.'),
          missing: z.number().int().describe('Rows without a value among the rows seen.'),
          looksLikeIdentifier: z
            .boolean()
            .describe('Whether it numbers the rows rather than describing them.'),
        }),
      )
      .describe('In the order of the file.'),
    rows: z
      .array(z.array(z.string().nullable()))
      .describe('Up to 200 rows as text, cells cut at 500 characters.'),
    doubtfulCells: z
      .array(
        z.object({
          row: z.number().int().describe('Index into `rows`.'),
          column: z.number().int().describe('Index into `columns`.'),
          reason: z.string().describe('Why it looks wrong.'),
        }),
      )
      .describe('Cells that do not fit the type of their column.'),
    rowsSeen: z.number().int().describe('Rows in the bytes looked at.'),
    badRowCount: z.number().int().describe('Rows seen whose number of cells is wrong.'),
    badRows: z.array(BadRow).describe('The first 20 of them.'),
    warnings: z.array(FileWarning).describe('Anything else worth knowing.'),
    identifierColumns: z.array(z.string()).describe('Columns that look like identifiers.'),
    complete: z.boolean().describe('Whether the whole file was looked at.'),
  })
  .meta({ id: 'PreviewResponse' });
export type PreviewResponse = z.infer<typeof PreviewResponse>;

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

const SOURCE_KINDS = ['upload', 'sample'] as const;

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

export const FILTER_OPERATORS = [
  'equals',
  'not-equals',
  'less-than',
  'at-most',
  'greater-than',
  'at-least',
  'contains',
  'starts-with',
  'in',
  'is-missing',
  'is-present',
] as const;

export const RowFilter = z.strictObject({
  column: z.string().min(1).max(500).describe('Column to look at.'),
  operator: z.enum(FILTER_OPERATORS).describe('Comparison.'),
  value: z
    .union([
      z.string().max(2000),
      z.number(),
      z.boolean(),
      z.array(z.union([z.string().max(2000), z.number()])).max(200),
    ])
    .optional()
    .describe('What to compare with; a list for `in`; nothing for `is-missing` and `is-present`.'),
});
export type RowFilter = z.infer<typeof RowFilter>;

export const RowsQuery = z.object({
  version: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Version number; the newest ready one by default.'),
  offset: z.coerce.number().int().min(0).max(10_000_000_000).default(0).describe('Rows to skip.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Rows to return.'),
  sort: z
    .string()
    .max(500)
    .optional()
    .describe('Column to sort by; missing values come last. File order by default.'),
  descending: queryFlag.default(false).describe('Whether to sort from large to small.'),
  filters: z
    .string()
    .max(20_000)
    .optional()
    .describe(
      'JSON list of `{column, operator, value}`; all must hold. Operators: equals, not-equals, less-than, at-most, greater-than, at-least, contains, starts-with, in, is-missing, is-present.',
    ),
  columns: z.string().max(200_000).optional().describe('JSON list of the columns to return; all by default.'),
  maxCellCharacters: z.coerce
    .number()
    .int()
    .min(20)
    .max(1_000_000)
    .default(1000)
    .describe('Longer text cells are cut at this length and listed in `cutCells`.'),
});
export type RowsQuery = z.infer<typeof RowsQuery>;

export const RowsPage = z
  .object({
    columns: z
      .array(
        z.object({
          name: z.string().describe('Column.'),
          type: z.enum(COLUMN_TYPES).describe('Its detected type.'),
        }),
      )
      .describe('In the order of the cells.'),
    rows: z.array(z.array(Cell)).describe('Rows as lists of cells.'),
    rowNumbers: z.array(z.number().int()).describe('Number of each row in the table, from 1.'),
    totalRows: z.number().int().describe('Rows that fit the filters.'),
    tableRows: z.number().int().describe('Rows of the table.'),
    offset: z.number().int().describe('Rows skipped.'),
    cutCells: z
      .array(
        z.object({
          row: z.number().int().describe('Index into `rows`.'),
          column: z.number().int().describe('Index into `columns`.'),
          characters: z.number().int().describe('Length of the whole value.'),
        }),
      )
      .describe('Cells that were cut; ask again with a larger `maxCellCharacters` to see all of them.'),
  })
  .meta({ id: 'RowsPage' });
export type RowsPage = z.infer<typeof RowsPage>;

export const DownloadQuery = z.object({
  version: z.coerce.number().int().min(1).optional().describe('Version number; the newest one by default.'),
  format: z
    .enum(['original', 'parquet'])
    .default('original')
    .describe('`original`: the bytes as uploaded. `parquet`: the table as it is used.'),
});
export type DownloadQuery = z.infer<typeof DownloadQuery>;

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
