import { z } from 'zod';
import { pageOf } from '../../platform/paging/page.js';
import { DIFFERENCE_KINDS, VERDICTS } from './verdict.js';

export const ModelReproduction = z
  .object({
    id: z.uuid().describe('Id of the attempt.'),
    modelVersionId: z.uuid().describe('Version that was trained again.'),
    runId: z.uuid().nullable().describe('Run that did it; null once that was deleted.'),
    status: z.enum(['running', 'finished']).describe('Whether a verdict is there.'),
    verdict: z
      .enum(VERDICTS)
      .nullable()
      .describe(
        'identical: same predictions bit for bit; within_tolerance: same score but for half a per cent.',
      ),
    sentence: z.string().describe('The verdict in words, with its figures.'),
    metric: z.string().nullable().describe('Metric that the scores are of.'),
    originalScore: z.number().nullable().describe('Score of the version on its held-out rows.'),
    reproducedScore: z.number().nullable().describe('Score when trained again, on the same rows.'),
    tolerance: z.number().nullable().describe('Largest difference of scores that counts as the same.'),
    rowsCompared: z.number().int().nullable().describe('Held-out rows whose predictions were compared.'),
    maxPredictionDifference: z
      .number()
      .nullable()
      .describe('Largest difference of a predicted number or probability.'),
    changedPredictions: z.number().int().nullable().describe('Rows that got another prediction.'),
    differences: z
      .array(
        z
          .object({
            kind: z.enum(DIFFERENCE_KINDS).describe('What differs.'),
            detail: z.string().describe('What it was and what it is.'),
          })
          .meta({ id: 'ReproductionDifference' }),
      )
      .describe('What was not the same as the first time.'),
    startedBy: z.string().nullable().describe('Display name of who asked for it.'),
    createdAt: z.iso.datetime().describe('When it was asked for.'),
    finishedAt: z.iso.datetime().nullable().describe('When the verdict came.'),
  })
  .meta({ id: 'ModelReproduction' });
export type ModelReproduction = z.infer<typeof ModelReproduction>;
export const ModelReproductionPage = pageOf(ModelReproduction, 'ModelReproductionPage');
export type ModelReproductionPage = z.infer<typeof ModelReproductionPage>;

export const SealedManifest = z
  .object({
    runId: z.uuid().describe('Run that made the version.'),
    runName: z.string().describe('Name of that run.'),
    createdAt: z.iso.datetime().describe('When that run was asked for.'),
    dataset: z
      .object({
        id: z.uuid().nullable().describe('Dataset; null once it was deleted.'),
        versionId: z.uuid().nullable().describe('Dataset version; null once it was deleted.'),
        name: z.string().describe('Name of the dataset.'),
        versionNumber: z.number().int().describe('Number of the dataset version.'),
        sha256: z.string().describe('SHA-256 of the table.'),
        rows: z.number().int().describe('Rows of the table.'),
      })
      .describe('The rows that it learned from.'),
    spec: z.record(z.string(), z.unknown()).describe('What the trainer was asked to do, in full.'),
    imageDigest: z.string().nullable().describe('Content id of the runtime image.'),
    runtimeVersion: z.string().nullable().describe('Version of the Python package that trained it.'),
    lockHash: z
      .string()
      .nullable()
      .describe('Hash of what the image was built from, its lock file included.'),
    seed: z.number().int().describe('Random seed.'),
    limits: z.record(z.string(), z.unknown()).describe('Memory (MiB) and cores that the run had.'),
    winner: z
      .object({
        candidateId: z.string().describe('Candidate that won.'),
        family: z.string().describe('Its family.'),
        label: z.string().describe('Its name for people.'),
        recipe: z.record(z.string(), z.unknown()).describe('What it was made of.'),
      })
      .describe('The candidate that is fitted again.'),
    artifactSha256: z.string().describe('SHA-256 of the fitted pipeline.'),
    python: z.string().describe('Version of Python.'),
    packages: z.record(z.string(), z.string()).describe('Versions of the libraries.'),
    files: z
      .array(
        z
          .object({
            name: z.string().describe('Name of the file.'),
            sha256: z.string().describe('SHA-256 of its bytes.'),
            sizeBytes: z.number().describe('Its size, bytes.'),
          })
          .meta({ id: 'SealedFile' }),
      )
      .describe('What the run left behind.'),
  })
  .meta({ id: 'SealedManifest' });
export type SealedManifest = z.infer<typeof SealedManifest>;
