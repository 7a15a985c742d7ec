import { COLUMN_TYPES } from '@modelwright/contracts';
import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';

/** Whether, as a query parameter says it. */
export const queryFlag = z.enum(['true', 'false']).transform((value) => value === 'true');

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
