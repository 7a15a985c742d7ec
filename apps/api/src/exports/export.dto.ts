import { z } from 'zod';
import { EXPORT_FORMATS, EXPORT_STATUSES } from './export.entity.js';

export const CreateModelExportRequest = z
  .strictObject({
    format: z.enum(EXPORT_FORMATS).describe('What to make; `formats` of the list says what there is.'),
  })
  .meta({ id: 'CreateModelExportRequest' });
export type CreateModelExportRequest = z.infer<typeof CreateModelExportRequest>;

export const ModelExportResponse = z
  .object({
    id: z.uuid().describe('Id of the export.'),
    projectId: z.uuid().describe('Project it belongs to.'),
    modelVersionId: z.uuid().describe('Model version that is exported.'),
    format: z.enum(EXPORT_FORMATS).describe('What is made.'),
    status: z.enum(EXPORT_STATUSES).describe('How far it is.'),
    step: z.string().nullable().describe('What is being done now; null before and after.'),
    percent: z.number().int().min(0).max(100).describe('How much is done.'),
    reason: z.string().nullable().describe('Why it failed.'),
    fileName: z.string().nullable().describe('Name of the file; null until it is there.'),
    sizeBytes: z.number().nullable().describe('Size of the file, bytes.'),
    sha256: z.string().nullable().describe('SHA-256 of the file.'),
    details: z
      .object({
        requirements: z
          .array(z.string())
          .optional()
          .describe('Python packages that it needs, with versions.'),
        checkedRows: z
          .number()
          .optional()
          .describe(
            'Rows on which it was compared with the stored model: exactly equal, or as `parity` says.',
          ),
        image: z.string().optional().describe('Name and tag of the container image.'),
        parity: z
          .object({
            rows: z.number().int().describe('Rows that were compared.'),
            largestDifference: z
              .number()
              .describe('Largest difference: of probabilities as it is, of numbers by their size.'),
            allowedDifference: z.number().describe('What the difference may be; more, and there is no file.'),
            otherClasses: z
              .number()
              .int()
              .describe('Rows whose probability lies on the threshold and that fell on its other side.'),
          })
          .optional()
          .describe('How far the numbers of an ONNX model are from those of the stored one.'),
      })
      .describe('What can be said about it; depends on the format.'),
    commands: z
      .array(
        z.object({
          label: z.string().describe('Where it is used.'),
          language: z.enum(['bash', 'python']).describe('Language of the code.'),
          code: z.string().describe('How to use the file, ready to paste.'),
        }),
      )
      .describe('How to use it.'),
    createdAt: z.iso.datetime().describe('When it was asked for.'),
    finishedAt: z.iso.datetime().nullable().describe('When it ended.'),
  })
  .meta({ id: 'ModelExport' });
export type ModelExportResponse = z.infer<typeof ModelExportResponse>;

export const ModelExportList = z
  .object({
    items: z.array(ModelExportResponse).describe('Exports of the version, newest first.'),
    formats: z
      .array(
        z.object({
          format: z.enum(EXPORT_FORMATS).describe('Name for the request.'),
          label: z.string().describe('Name for people.'),
          purpose: z.string().describe('What it is for.'),
          doubt: z
            .string()
            .nullable()
            .describe('Why it may be refused for this model, as far as it is known before; null: no reason.'),
        }),
      )
      .describe('What can be made.'),
  })
  .meta({ id: 'ModelExportList' });
export type ModelExportList = z.infer<typeof ModelExportList>;

export const ModelCardQuery = z.object({
  format: z.enum(['html', 'pdf']).default('html').describe('A page without scripts, or a document to print.'),
});
export type ModelCardQuery = z.infer<typeof ModelCardQuery>;
