import { COLUMN_TYPES, TASKS } from '@modelwright/contracts';
import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { pageOf } from '../../platform/paging/page.js';
import { IMPORT_STATUSES } from './import.entity.js';

export const CreateModelImportQuery = z.object({
  target: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('Column that the model predicts, as the table calls it.'),
  datasetId: z.uuid().optional().describe('Dataset to try and score the model on.'),
  version: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Version of that dataset; the newest if left out.'),
});
export type CreateModelImportQuery = z.infer<typeof CreateModelImportQuery>;

export const IMPORT_BODY: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['file'],
    properties: {
      file: {
        type: 'string',
        format: 'binary',
        description: 'A zip of an MLflow model folder, or a saved pipeline (pickle, joblib, skops).',
      },
      sample: {
        type: 'string',
        format: 'binary',
        description: 'Optional, after the model: a CSV with rows to try it on, with the target if possible.',
      },
    },
  },
};

export const RegisterModelImportRequest = z
  .strictObject({
    modelName: z
      .string()
      .trim()
      .min(1)
      .max(120)
      .describe('Model to add a version to; made if there is none of that name.'),
  })
  .meta({ id: 'RegisterModelImportRequest' });
export type RegisterModelImportRequest = z.infer<typeof RegisterModelImportRequest>;

const text = z.string().max(2_000);

/** What an inspection found. It comes out of a container in which foreign code ran, so it is believed as far as it fits. */
export const ImportReportSchema = z
  .object({
    form: z.enum(['pickle', 'skops', 'mlflow']).describe('How the file is made.'),
    runtimeVersion: text.describe('Version of the runtime that looked at it.'),
    flavors: z.array(text).max(50).optional().describe('Flavours of an MLflow model.'),
    signature: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe('Signature of an MLflow model, as its file holds it.'),
    requirements: z
      .array(
        z.object({
          name: text.describe('Python package.'),
          wanted: text.nullish().describe('Version that the model asks for.'),
          installed: text.nullish().describe('Version in the runtime image.'),
          state: z.enum(['same', 'other', 'missing', 'not-needed']).describe('How the two compare.'),
        }),
      )
      .max(300)
      .optional()
      .describe('What the model asks for, compared with what is here.'),
    estimator: text.optional().describe('Class of the loaded model.'),
    steps: z.array(text).max(50).optional().describe('Steps of a pipeline.'),
    classesUsed: z
      .array(text)
      .max(600)
      .optional()
      .describe('Python classes and functions that loading it took.'),
    loadSeconds: z.number().optional().describe('Time to load it, seconds.'),
    hasProbabilities: z.boolean().optional().describe('Whether it tells probabilities.'),
    warnings: z.array(text).max(50).optional().describe('What its libraries warned about.'),
    inputs: z
      .array(
        z.object({
          name: text.describe('Column.'),
          type: z.enum(COLUMN_TYPES).describe('Type here.'),
          dtype: text.describe('Type where it was made.'),
        }),
      )
      .max(20_000)
      .optional()
      .describe('Columns that it reads.'),
    target: text.nullish().describe('Column that it predicts.'),
    task: z.enum(TASKS).optional().describe('Kind of task.'),
    classes: z.array(text).max(2_000).optional().describe('Classes that it knows.'),
    scoredRows: z.number().optional().describe('Rows it was scored on.'),
    rowsPerSecond: z.number().optional().describe('Rows predicted in a second, all at once.'),
    msPerRow: z.number().optional().describe('Time to predict a single row, milliseconds.'),
    sample: z
      .array(z.record(z.string(), z.unknown()))
      .max(20)
      .optional()
      .describe('What it predicted for sample rows.'),
    sentence: text.optional().describe('How good it is, in words.'),
  })
  .meta({ id: 'ModelImportReport' });
export type ImportReportShape = z.infer<typeof ImportReportSchema>;

export const ModelImportResponse = z
  .object({
    id: z.uuid().describe('Id of the import.'),
    projectId: z.uuid().describe('Project it belongs to.'),
    fileName: z.string().describe('Name of the uploaded file.'),
    sizeBytes: z.number().describe('Its size, bytes.'),
    sha256: z.string().describe('Its SHA-256.'),
    status: z
      .enum(IMPORT_STATUSES)
      .describe(
        '`usable` can be registered; `refused` was looked at and is not; `failed` could not be looked at.',
      ),
    step: z.string().nullable().describe('What is being done now.'),
    percent: z.number().int().describe('How much is done, 0 to 100.'),
    reason: z.string().nullable().describe('Why it is not usable, and what to do.'),
    datasetId: z.uuid().nullable().describe('Dataset it was tried on.'),
    datasetName: z.string().nullable().describe('Name of that dataset.'),
    datasetVersionNumber: z.number().int().nullable().describe('Version of that dataset.'),
    report: ImportReportSchema.nullable().describe('What was found; null until it was looked at.'),
    suggestedName: z.string().describe('A name for the model.'),
    modelVersionId: z.uuid().nullable().describe('Version that was made of it.'),
    createdAt: z.iso.datetime().describe('When it was uploaded.'),
    finishedAt: z.iso.datetime().nullable().describe('When the inspection ended.'),
  })
  .meta({ id: 'ModelImport' });
export type ModelImportResponse = z.infer<typeof ModelImportResponse>;
export const ModelImportPage = pageOf(ModelImportResponse, 'ModelImportPage');
export type ModelImportPage = z.infer<typeof ModelImportPage>;

export const RegisteredModel = z
  .object({
    modelId: z.uuid().describe('Model.'),
    modelVersionId: z.uuid().describe('Its new version.'),
    number: z.number().int().describe('Number of the version.'),
  })
  .meta({ id: 'RegisteredModel' });
export type RegisteredModel = z.infer<typeof RegisteredModel>;
