import { CellValue } from '@modelwright/contracts';
import { z } from 'zod';
import { schemaOf } from '../prediction.dto.js';

const row = z.record(z.string(), CellValue).describe('One row: column name to value; null is missing.');
const values = z.array(CellValue).describe('Values of one row.');
const params = z
  .object({
    predict_method: z
      .enum(['predict', 'predict_proba'])
      .optional()
      .describe('`predict` for classes and numbers (the default), `predict_proba` for probabilities.'),
  })
  .optional()
  .describe('Options of the call.');

const MlflowScoringRequest = z
  .union([
    z.object({
      dataframe_split: z
        .object({
          columns: z.array(z.string()).describe('Names of the columns, in any order.'),
          data: z.array(values).describe('The rows.'),
          index: z.array(z.unknown()).optional().describe('Not used.'),
        })
        .describe('A data frame as pandas writes it with `orient="split"`.'),
      params,
    }),
    z.object({
      dataframe_records: z.array(row).describe('A data frame as pandas writes it with `orient="records"`.'),
      params,
    }),
    z.object({
      instances: z
        .array(z.union([row, values]))
        .describe('Rows: objects, or lists of values in the order of the contract.'),
      params,
    }),
    z.object({
      inputs: z
        .union([z.array(z.union([row, values])), z.record(z.string(), values)])
        .describe('Rows as in `instances`, or a list of values for each column.'),
      params,
    }),
  ])
  .describe('Exactly one of four forms; as `text/csv` a table with a header.');

export const mlflowRequestSchema = () => schemaOf(MlflowScoringRequest);

export const MlflowScoringResponse = z
  .object({
    predictions: z
      .array(z.unknown())
      .describe('For each row its class or number (null where the endpoint abstains), or its probabilities.'),
  })
  .meta({ id: 'MlflowScoringResponse' });
export type MlflowScoringResponse = z.infer<typeof MlflowScoringResponse>;
