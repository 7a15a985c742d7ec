import { z } from 'zod';
import { PageQuery } from '../platform/paging/page.js';
import { MAX_SEARCH_LENGTH } from './search/lexer.js';

const many = (max: number) =>
  z.union([z.string().max(400), z.array(z.string().max(400)).max(max)]).transform((value) => [value].flat());

/** A value of a metric, parameter, tag or attribute. Numbers that JSON does not have are texts: "NaN", "Infinity". */
export const ExperimentValue = z
  .union([z.string(), z.number(), z.null()])
  .meta({ id: 'ExperimentValue', description: 'A number, a text, or null when the run does not have it.' });
export type ExperimentValue = z.infer<typeof ExperimentValue>;

const search = z
  .string()
  .max(MAX_SEARCH_LENGTH)
  .optional()
  .describe('Condition such as `auc > 0.8 and family = "lightgbm"`; the grammar is in docs/experiments.md.');
const sort = z
  .string()
  .max(400)
  .optional()
  .describe('Field to sort by, `-` before it for descending: `-created` (the default), `metrics.roc_auc`.');
const show = z
  .enum(['runs', 'candidates', 'all'])
  .default('runs')
  .describe('Whole runs, the candidates tried inside our own runs, or both.');
const column = many(100)
  .optional()
  .describe('Fields to give values of, repeated: `column=metrics.roc_auc&column=params.family`.');

export const ExperimentRunQuery = PageQuery.extend({
  search,
  sort,
  show,
  column,
  id: many(200).optional().describe('Only these runs, repeated.'),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Skips so many runs; instead of a cursor, for jumping into the middle.'),
  count: z.stringbool().default(false).describe('Whether to count all matching runs.'),
});
export type ExperimentRunQuery = z.infer<typeof ExperimentRunQuery>;

export const ExperimentExportQuery = z.object({
  search,
  sort,
  show,
  column,
  id: many(200).optional().describe('Only these runs, repeated.'),
});
export type ExperimentExportQuery = z.infer<typeof ExperimentExportQuery>;

export const ExperimentRunSummary = z
  .object({
    id: z.uuid().describe('Of our own trainings: the id of the run.'),
    kind: z
      .enum(['run', 'candidate', 'external'])
      .describe('One of our trainings, a candidate tried in one, or a run that a client logged.'),
    experimentId: z.uuid(),
    experimentName: z.string().describe('Experiment that it belongs to.'),
    parentId: z.uuid().nullable().describe('Run that it is a part of.'),
    candidateId: z.string().nullable().describe('Id within the run, of candidates.'),
    name: z.string(),
    status: z.string().describe('queued, running, paused, succeeded, failed, cancelled or skipped.'),
    task: z.string().nullable(),
    target: z.string().nullable().describe('Column that is predicted.'),
    metric: z.string().nullable().describe('Metric that was optimised.'),
    score: z
      .number()
      .nullable()
      .describe(
        'Cross-validated score, in units of the metric; of runs of clients what they logged of it last.',
      ),
    scoreLow: z
      .number()
      .nullable()
      .describe('Lower end of the 95 % interval: of a run on the hold-out, of a candidate over the folds.'),
    scoreHigh: z
      .number()
      .nullable()
      .describe('Upper end of the 95 % interval: of a run on the hold-out, of a candidate over the folds.'),
    baseline: z.number().nullable().describe('Score of always guessing.'),
    datasetId: z.uuid().nullable(),
    datasetName: z.string().nullable(),
    datasetVersion: z.number().int().nullable(),
    modelId: z.uuid().nullable().describe('Model that it became.'),
    modelVersionId: z.uuid().nullable().describe('Model version that it became.'),
    user: z.string().nullable().describe('Who started it.'),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    durationSeconds: z
      .number()
      .nullable()
      .describe('Seconds from its start to its end, or to now; of a candidate, what a fit of it took.'),
    updatedAt: z.iso.datetime(),
    tags: z
      .record(z.string(), z.string())
      .describe('Tags of people; those of clients (`mlflow.…`) are in the detail.'),
    values: z.record(z.string(), ExperimentValue).describe('The asked columns by their field.'),
  })
  .meta({ id: 'ExperimentRun' });
export type ExperimentRunSummary = z.infer<typeof ExperimentRunSummary>;

export const ExperimentRunPage = z
  .object({
    items: z.array(ExperimentRunSummary),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
    total: z.number().int().nullable().describe('All matching runs, if `count` was asked for.'),
  })
  .meta({ id: 'ExperimentRunPage' });
export type ExperimentRunPage = z.infer<typeof ExperimentRunPage>;

const latest = z.object({
  name: z.string(),
  value: ExperimentValue,
  step: z.number().int().nullable().describe('Step of the latest point.'),
});
const named = z.object({ name: z.string(), value: z.string() });

export const ExperimentRunDetail = ExperimentRunSummary.extend({
  notes: z.string().describe('What people wrote about it, Markdown.'),
  metrics: z.array(latest).describe('Latest value of every metric.'),
  params: z.array(named),
  allTags: z.array(named).describe('All tags, those of clients too.'),
  inputs: z.array(z.record(z.string(), z.unknown())).describe('Data that a client said it used.'),
}).meta({ id: 'ExperimentRunDetail' });
export type ExperimentRunDetail = z.infer<typeof ExperimentRunDetail>;

const tagName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((name) => !name.includes('\0') && !name.startsWith('mlflow.'), 'is kept for clients');
const tagValue = z.string().max(500);

export const UpdateExperimentRunRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(120).optional().describe('New name.'),
    notes: z.string().max(20_000).optional().describe('Notes, Markdown; replaces the old ones.'),
    tags: z
      .record(tagName, tagValue.nullable())
      .refine((tags) => Object.keys(tags).length <= 100, 'at most 100 tags at once')
      .optional()
      .describe('Tags to set; null removes one.'),
  })
  .meta({ id: 'UpdateExperimentRunRequest' });
export type UpdateExperimentRunRequest = z.infer<typeof UpdateExperimentRunRequest>;

const ids = z.array(z.uuid()).min(1).max(200).describe('Tracked runs.');

export const TagExperimentRunsRequest = z
  .strictObject({
    ids,
    tags: z
      .record(tagName, tagValue.nullable())
      .refine((tags) => Object.keys(tags).length <= 100, 'at most 100 tags at once')
      .describe('Tags to set on all of them; null removes one.'),
  })
  .meta({ id: 'TagExperimentRunsRequest' });
export type TagExperimentRunsRequest = z.infer<typeof TagExperimentRunsRequest>;

export const DeleteExperimentRunsRequest = z
  .strictObject({ ids })
  .meta({ id: 'DeleteExperimentRunsRequest' });
export type DeleteExperimentRunsRequest = z.infer<typeof DeleteExperimentRunsRequest>;

export const BulkResult = z
  .object({
    done: z.array(z.uuid()).describe('Those it was done to.'),
    refused: z
      .array(z.object({ id: z.uuid(), name: z.string(), reason: z.string().describe('Why not, in words.') }))
      .describe('Those left as they are.'),
  })
  .meta({ id: 'ExperimentBulkResult' });
export type BulkResult = z.infer<typeof BulkResult>;

export const ExperimentField = z
  .object({
    field: z.string().describe('Name to send as column or sort: `created`, `metrics.roc_auc`.'),
    text: z.string().describe('The same as it is written in a search, quoted where needed.'),
    label: z.string().describe('Name for people.'),
    group: z.enum(['attribute', 'metric', 'param', 'tag']),
    type: z.enum(['number', 'text', 'date', 'duration']),
  })
  .meta({ id: 'ExperimentField' });
export type ExperimentField = z.infer<typeof ExperimentField>;
export const ExperimentFieldList = z
  .object({ items: z.array(ExperimentField), nextCursor: z.null().describe('Always null: one page.') })
  .meta({ id: 'ExperimentFieldList' });
export type ExperimentFieldList = z.infer<typeof ExperimentFieldList>;

export const FieldValuesQuery = z.object({
  field: z.string().min(1).max(400).describe('Field as in `listExperimentFields`.'),
  prefix: z.string().max(200).optional().describe('Text that the value contains, case ignored.'),
});
export type FieldValuesQuery = z.infer<typeof FieldValuesQuery>;

export const ExperimentFieldValues = z
  .object({
    field: z.string(),
    runs: z.number().int().describe('Runs that have the field.'),
    min: z.number().nullable().describe('Smallest number.'),
    max: z.number().nullable().describe('Largest number.'),
    values: z
      .array(z.object({ value: z.string(), runs: z.number().int().describe('Runs with this value.') }))
      .describe('The most frequent texts, at most 50.'),
  })
  .meta({ id: 'ExperimentFieldValues' });
export type ExperimentFieldValues = z.infer<typeof ExperimentFieldValues>;

export const MetricHistoryQuery = PageQuery.extend({
  limit: z.coerce.number().int().min(1).max(25_000).default(1_000).describe('Points per page.'),
  metric: z.string().min(1).max(250).describe('Name of the metric.'),
});
export type MetricHistoryQuery = z.infer<typeof MetricHistoryQuery>;

export const MetricHistoryPage = z
  .object({
    items: z.array(
      z.object({
        step: z.number().int(),
        at: z.iso.datetime(),
        value: ExperimentValue,
      }),
    ),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
  })
  .meta({ id: 'ExperimentMetricHistory' });
export type MetricHistoryPage = z.infer<typeof MetricHistoryPage>;

export const ArtifactListQuery = z.object({
  path: z.string().max(1_000).default('').describe('Folder to list; empty for the top.'),
});
export type ArtifactListQuery = z.infer<typeof ArtifactListQuery>;

export const ArtifactQuery = z.object({
  path: z.string().min(1).max(1_000).describe('File, as in the list.'),
});
export type ArtifactQuery = z.infer<typeof ArtifactQuery>;

export const ExperimentArtifactList = z
  .object({
    items: z.array(
      z.object({
        path: z.string(),
        isFolder: z.boolean().describe('Whether there are files below it.'),
        sizeBytes: z.number().int().nullable().describe('Size of a file, bytes.'),
      }),
    ),
    nextCursor: z.null().describe('Always null: one page.'),
  })
  .meta({ id: 'ExperimentArtifactList' });
export type ExperimentArtifactList = z.infer<typeof ExperimentArtifactList>;
