import { CellValue } from '@modelwright/contracts';
import { z } from 'zod';
import { schemaOf } from '../prediction.dto.js';

const shape = z.array(z.number().int()).describe('Length of each dimension; -1 for any number of rows.');
const parameters = z
  .record(z.string(), z.unknown())
  .optional()
  .describe('Additions of the sender, such as `binary_data: false`.');

const RequestTensor = z
  .object({
    name: z.string().describe('Name of the column.'),
    shape: z
      .array(z.number().int().min(0))
      .min(1)
      .max(2)
      .describe('`[rows]`, `[rows, 1]`, or `[rows, columns]`.'),
    datatype: z
      .string()
      .describe('`BOOL`, `FP64`, `INT64`, `BYTES` for texts, and the other types of the protocol.'),
    parameters,
    data: z
      .array(z.union([CellValue, z.array(CellValue)]))
      .describe('The values, flat or row by row; null is missing.'),
  })
  .describe('A column, or all columns in the order of the metadata.');

const InferenceRequest = z
  .object({
    id: z.string().optional().describe('Comes back with the answer.'),
    parameters,
    inputs: z.array(RequestTensor).min(1).describe('The rows, column by column.'),
    outputs: z
      .array(z.object({ name: z.string().describe('Name of an output.'), parameters }))
      .optional()
      .describe('The outputs that are wanted; all of them when left out.'),
  })
  .describe('Rows as tensors (Open Inference Protocol v2).');

export const inferenceRequestSchema = () => schemaOf(InferenceRequest);

export const InferenceServer = z
  .object({
    name: z.string().describe('Name of the server.'),
    version: z.string().describe('Its version.'),
    extensions: z.array(z.string()).describe('Extensions of the protocol that it knows: none.'),
  })
  .meta({ id: 'InferenceServer' });
export type InferenceServer = z.infer<typeof InferenceServer>;

export const InferenceLive = z
  .object({ live: z.boolean().describe('Whether it runs.') })
  .meta({ id: 'InferenceLive' });
export type InferenceLive = z.infer<typeof InferenceLive>;

export const InferenceReady = z
  .object({ ready: z.boolean().describe('Whether it takes requests.') })
  .meta({ id: 'InferenceReady' });
export type InferenceReady = z.infer<typeof InferenceReady>;

export const InferenceModelReady = z
  .object({
    name: z.string().describe('Name of the endpoint.'),
    ready: z.boolean().describe('Whether a call would be answered now.'),
  })
  .meta({ id: 'InferenceModelReady' });
export type InferenceModelReady = z.infer<typeof InferenceModelReady>;

const TensorMetadata = z.object({
  name: z.string().describe('Name of the column or output.'),
  datatype: z.string().describe('Type of its values.'),
  shape,
});

export const InferenceModel = z
  .object({
    name: z.string().describe('Name of the endpoint.'),
    versions: z.array(z.string()).describe('Model versions that it serves.'),
    platform: z.string().describe('What serves it.'),
    inputs: z.array(TensorMetadata).describe('A tensor for each column, in the order of the contract.'),
    outputs: z.array(TensorMetadata).describe('What can be asked for.'),
    parameters: z
      .record(z.string(), z.string())
      .describe('Task, target, and classes in the order of the probabilities.'),
  })
  .meta({ id: 'InferenceModel' });
export type InferenceModel = z.infer<typeof InferenceModel>;

export const InferenceResponse = z
  .object({
    model_name: z.string().describe('Name of the endpoint.'),
    model_version: z.string().describe('Version of the model that answered.'),
    id: z.string().optional().describe('The id of the request.'),
    parameters: z
      .record(z.string(), z.string())
      .describe('`request_id` finds the call in the log; `notes` says what is unusual about the rows.'),
    outputs: z
      .array(
        z.object({
          name: z.string().describe('`predict`, `predict_proba`, `predict_interval` or `abstained`.'),
          datatype: z.string().describe('Type of the values.'),
          shape,
          data: z.array(z.unknown()).describe('The values, flat and row by row.'),
        }),
      )
      .describe('The answer.'),
  })
  .meta({ id: 'InferenceResponse' });
export type InferenceResponse = z.infer<typeof InferenceResponse>;
