import { COLUMN_TYPES } from '@modelwright/contracts';
import { z } from 'zod';
import { queryFlag } from './dataset-upload.dto.js';

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

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
