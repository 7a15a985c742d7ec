import { z } from 'zod';
import { CellValue } from './model-contract.js';

const point = <K extends string>(...names: K[]) =>
  z.object(
    Object.fromEntries(names.map((name) => [name, z.number().nullable()])) as Record<
      K,
      z.ZodNullable<z.ZodNumber>
    >,
  );

export const MetricEstimate = z
  .object({
    name: z.string(),
    value: z.number(),
    low: z.number().nullish().describe('Lower end of the 95 % bootstrap interval.'),
    high: z.number().nullish().describe('Upper end of the 95 % bootstrap interval.'),
    greaterIsBetter: z.boolean(),
  })
  .meta({ id: 'MetricEstimate' });

export const ModelEvaluation = z
  .object({
    metric: z.object({ name: z.string(), greaterIsBetter: z.boolean() }),
    holdout: z.object({ rows: z.number(), metrics: z.array(MetricEstimate) }),
    crossValidation: z.object({
      folds: z.number(),
      scores: z.array(z.number()),
      mean: z.number(),
      std: z.number(),
      repeats: z
        .number()
        .nullish()
        .describe('How often the folds were drawn anew; `folds` counts those of all draws.'),
    }),
    baseline: z.object({ score: z.number().nullish(), holdoutScore: z.number().nullish() }).nullish(),
    sentence: z.string().describe('The result in words.'),
    binary: z
      .object({
        labels: z.array(z.string()),
        positiveClass: z.string(),
        thresholds: z.array(
          point('threshold', 'truePositives', 'falsePositives', 'trueNegatives', 'falseNegatives'),
        ),
        roc: z.array(point('falsePositiveRate', 'truePositiveRate', 'threshold')),
        precisionRecall: z.array(point('recall', 'precision', 'threshold')),
        calibration: z.array(point('predicted', 'observed', 'count')),
        lift: z.array(point('fraction', 'lift')),
      })
      .nullish(),
    multiclass: z
      .object({
        labels: z.array(z.string()),
        confusion: z.array(z.array(z.number())).describe('Rows are actual classes, columns predicted ones.'),
        perClass: z.array(
          z.object({
            label: z.string(),
            precision: z.number(),
            recall: z.number(),
            f1: z.number(),
            support: z.number(),
          }),
        ),
      })
      .nullish(),
    regression: z
      .object({
        predictedVsActual: z.array(point('predicted', 'actual')).describe('At most 2,000 held-out rows.'),
        residuals: z.object({ edges: z.array(z.number()), counts: z.array(z.number()) }),
      })
      .nullish(),
    clustering: z
      .object({
        clusters: z.array(
          z.object({
            label: z.string(),
            size: z.number(),
            share: z.number(),
            profile: z.array(
              z.object({
                column: z.string(),
                value: CellValue.describe('Mean of a number, most frequent value of the rest.'),
                overall: CellValue.describe('The same over all rows.'),
                difference: z.number().nullish().describe('In standard deviations, or as a share.'),
              }),
            ),
          }),
        ),
        projection: z
          .array(z.object({ x: z.number(), y: z.number(), cluster: z.union([z.string(), z.number()]) }))
          .describe('First two principal components of at most 2,000 rows.'),
        byCount: z
          .array(z.object({ clusters: z.number(), score: z.number().nullish() }))
          .describe('Best score by number of clusters.'),
      })
      .nullish(),
    importance: z
      .object({
        method: z.string(),
        metric: z.string(),
        items: z.array(z.object({ column: z.string(), mean: z.number(), std: z.number() })),
      })
      .nullish(),
  })
  .meta({ id: 'ModelEvaluation' });
export type ModelEvaluation = z.infer<typeof ModelEvaluation>;

export const ModelEnvironment = z
  .object({
    python: z.string(),
    packages: z.record(z.string(), z.string()),
    imageVersion: z.string().nullish(),
    seed: z.number(),
    hardware: z.object({ cpus: z.number() }).nullish(),
  })
  .meta({ id: 'ModelEnvironment' });
export type ModelEnvironment = z.infer<typeof ModelEnvironment>;

export const ModelManifest = z.object({
  files: z.array(z.object({ name: z.string(), sha256: z.string().length(64), sizeBytes: z.number() })),
  runId: z.string(),
  dataSha256: z.string(),
  seed: z.number(),
  runtimeVersion: z.string(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;
