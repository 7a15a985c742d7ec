import {
  TASKS,
  ModelContract,
  ModelEnvironment,
  ModelEvaluation,
  MetricEstimate,
} from '@modelwright/contracts';
import { z } from 'zod';
import { PageQuery, pageOf } from '../platform/paging/page.js';
import { ModelAliasChange } from './registry/registry.dto.js';
import { ModelReproduction } from './reproduce/reproduction.dto.js';

const name = z.string().trim().min(1).max(120);
const description = z.string().trim().max(4000);

export const ServedVersion = z
  .object({
    kind: z.enum(['deployment']).describe('Kind of thing that uses the version.'),
    id: z.uuid().describe('Id of that thing.'),
    name: z.string().describe('Its name.'),
    state: z.string().describe('Its state, as in `ready`.'),
    modelVersionId: z.uuid().describe('Version that it uses.'),
    versionNumber: z.number().int().describe('Number of that version.'),
    alias: z.string().nullable().describe('Alias that named the version when it was made; null for none.'),
  })
  .meta({ id: 'ServedVersion' });
export type ServedVersion = z.infer<typeof ServedVersion>;

const tags = z
  .array(
    z
      .string()
      .trim()
      .min(1)
      .max(40)
      .regex(/^[^,]*$/, 'A tag has no comma.'),
  )
  .max(20);

export const ModelVersionSummary = z
  .object({
    id: z.uuid(),
    modelId: z.uuid(),
    number: z.number().int().describe('1, 2, 3 … within the model.'),
    source: z.enum(['run', 'import']).describe('Whether a run made it, or it was imported.'),
    runId: z.uuid().nullable().describe('Run that made it; null for an imported one.'),
    runName: z.string().describe('Name of the run, or of the file that was imported.'),
    winner: z
      .object({ candidateId: z.string(), family: z.string(), label: z.string() })
      .describe('Candidate that won the run.'),
    metric: MetricEstimate.describe(
      'The metric that was optimised, on the hold-out, with its 95 % interval.',
    ),
    crossValidationScore: z.number().nullable().describe('Mean over folds, in units of the metric.'),
    sentence: z.string().describe('The result in words.'),
    inputs: z.number().int().describe('Columns the model reads.'),
    sizeBytes: z.number().describe('Size of the artifact, bytes.'),
    artifactSha256: z.string(),
    description: z.string().describe('What people wrote about it.'),
    tags: z.array(z.string()).describe('Words to find it by.'),
    aliases: z.array(z.string()).describe('Aliases that name it now.'),
    checksSummary: z
      .object({
        passed: z.number().int().describe('How many passed.'),
        total: z.number().int().describe('How many there are.'),
      })
      .describe('Checks that need nothing but the version itself.'),
    openFindings: z
      .number()
      .int()
      .describe(
        'Blocking findings of its run that nobody waived; while there are any, its figures may be wrong.',
      ),
    reproduction: ModelReproduction.nullable().describe(
      'The last time it was trained again; null for never.',
    ),
    servedBy: z.array(ServedVersion).describe('Where it is live.'),
    createdBy: z.string().nullable().describe('Display name of who started the run.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ModelVersionSummary' });
export type ModelVersionSummary = z.infer<typeof ModelVersionSummary>;
export const ModelVersionPage = pageOf(ModelVersionSummary, 'ModelVersionPage');
export type ModelVersionPage = z.infer<typeof ModelVersionPage>;

export const ModelResponse = z
  .object({
    id: z.uuid(),
    projectId: z.uuid(),
    name: z.string().describe('Unique in the project.'),
    description: z.string(),
    task: z.enum(TASKS),
    target: z.string().nullable().describe('Column that is predicted; null for clustering.'),
    datasetId: z
      .uuid()
      .nullable()
      .describe('Dataset whose versions the model learns from; null when it was imported without one.'),
    datasetName: z.string(),
    versionCount: z.number().int(),
    latestVersion: ModelVersionSummary.nullable().describe('Null when all versions were deleted.'),
    aliases: z
      .array(
        z
          .object({
            alias: z.string().describe('Name of the alias.'),
            modelVersionId: z.uuid().describe('Version that it names.'),
            versionNumber: z.number().int().describe('Number of that version.'),
          })
          .meta({ id: 'NamedModelVersion' }),
      )
      .describe('Aliases of the model.'),
    lastAliasChange: ModelAliasChange.nullable().describe('The newest line of the history of its aliases.'),
    servedBy: z.array(ServedVersion).describe('Where its versions are live.'),
    createdBy: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Model' });
export type ModelResponse = z.infer<typeof ModelResponse>;
export const ModelPage = pageOf(ModelResponse, 'ModelPage');
export type ModelPage = z.infer<typeof ModelPage>;

export const ModelListQuery = PageQuery.extend({
  datasetId: z.uuid().optional().describe('Only models of this dataset.'),
  search: z.string().max(200).optional().describe('Text that the name contains, case ignored.'),
});
export type ModelListQuery = z.infer<typeof ModelListQuery>;

export const UpdateModelRequest = z
  .strictObject({
    name: name.optional().describe('New name, unique in the project.'),
    description: description.optional().describe('What the model is for.'),
  })
  .meta({ id: 'UpdateModelRequest' });
export type UpdateModelRequest = z.infer<typeof UpdateModelRequest>;

export const UpdateModelVersionRequest = z
  .strictObject({
    description: description.optional().describe('What there is to know about the version.'),
    tags: tags.optional().describe('Words to find it by, replacing those it has.'),
  })
  .meta({ id: 'UpdateModelVersionRequest' });
export type UpdateModelVersionRequest = z.infer<typeof UpdateModelVersionRequest>;

export const PromoteRequest = z
  .strictObject({
    modelName: name
      .optional()
      .describe(
        'Model to add the version to, made if there is none; found from dataset and target if left out.',
      ),
  })
  .meta({ id: 'PromoteRequest' });
export type PromoteRequest = z.infer<typeof PromoteRequest>;

export const ModelCheck = z
  .object({
    code: z.string().describe('Kind of check, stable.'),
    status: z.enum(['passed', 'warning', 'failed']),
    label: z.string().describe('What was checked.'),
    detail: z.string().describe('What was found.'),
  })
  .meta({ id: 'ModelCheck' });
export type ModelCheck = z.infer<typeof ModelCheck>;

export const ModelVersionResponse = ModelVersionSummary.extend({
  projectId: z.uuid(),
  modelName: z.string(),
  task: z.enum(TASKS),
  target: z.string().nullable(),
  datasetId: z.uuid().nullable(),
  datasetName: z.string(),
  datasetVersionId: z.uuid().nullable().describe('Null when it was imported without a dataset.'),
  datasetVersionNumber: z.number().int().nullable(),
  dataSha256: z
    .string()
    .nullable()
    .describe('SHA-256 of the Parquet file it learned from, or was scored on when it was imported.'),
  seed: z.number().int(),
  runtimeVersion: z.string().describe('Version of the Python package that trained it.'),
  metrics: z.array(MetricEstimate).describe('All metrics on the hold-out with 95 % intervals.'),
  contract: ModelContract,
  evaluation: ModelEvaluation,
  environment: ModelEnvironment,
  checks: z.array(ModelCheck).describe('What was verified about the version.'),
  isLatest: z.boolean().describe('Whether the model has no newer version.'),
}).meta({ id: 'ModelVersion' });
export type ModelVersionResponse = z.infer<typeof ModelVersionResponse>;
