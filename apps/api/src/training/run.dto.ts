import {
  ClassWeights,
  CostMatrix,
  ENGINES,
  RUN_CLASSES,
  RUN_KINDS,
  RUN_ORIGINS,
  RUN_STATUSES,
  TASKS,
  VALIDATION_STRATEGIES,
} from '@modelwright/contracts';
import { z } from 'zod';
import { PageQuery, pageOf } from '../platform/paging/page.js';

/** Stages of a run in order: ours before and after the container, the trainer's in between. */
export const RUN_STAGES = [
  'queue',
  'prepare',
  'load',
  'split',
  'search',
  'ensemble',
  'refit',
  'evaluate',
  'check',
  'explain',
  'save',
  'store',
] as const;

export const MetricChoice = z
  .object({
    name: z.string().describe('Name to send back, as in `roc_auc`.'),
    label: z.string().describe('Name for people.'),
    greaterIsBetter: z.boolean().describe('Whether a larger value is a better model.'),
    meaning: z.string().describe('One line a newcomer understands.'),
  })
  .meta({ id: 'MetricChoice' });

export const ValidationPlan = z
  .object({
    strategy: z.enum(VALIDATION_STRATEGIES).describe('How rows are divided into folds.'),
    folds: z.number().int().describe('Number of folds.'),
    column: z
      .string()
      .nullable()
      .describe('Column of groups, of time or of a given split; null for random and stratified.'),
    repeats: z.number().int().describe('How often the folds are drawn anew.'),
  })
  .meta({ id: 'ValidationPlan' });

export const ExcludedColumn = z
  .object({
    column: z.string().describe('Name of the column.'),
    reason: z.string().describe('Why it is left out, in words.'),
    code: z.string().describe('Kind of reason: identifier, constant, leak, duplicate, chosen, …'),
    automatic: z.boolean().describe('Whether we left it out; `includedColumns` brings it back.'),
  })
  .meta({ id: 'ExcludedColumn' });

export const RunWarning = z
  .object({
    code: z.string().describe('Kind of warning, stable.'),
    severity: z.enum(['info', 'warning', 'serious']).describe('How much it matters.'),
    detail: z.string().describe('What was seen and what it means.'),
    column: z.string().nullish().describe('Column it is about.'),
    findingKey: z
      .string()
      .nullish()
      .describe('Set for a doubt about the data: key of the finding that the run begins with.'),
  })
  .meta({ id: 'RunWarning' });
export type RunWarning = z.infer<typeof RunWarning>;

export const RunStageProgress = z
  .object({
    stage: z.string().describe('Name of the stage: queue, prepare, load, split, search, …'),
    status: z.enum(['started', 'finished']).describe('Whether it is under way or done.'),
    startedAt: z.iso.datetime().describe('When it began.'),
    seconds: z.number().nullable().describe('How long it took, seconds; null while it runs.'),
    detail: z.string().nullable().describe('What it is about, in words.'),
  })
  .meta({ id: 'RunStageProgress' });

export const RunFailure = z
  .object({
    stage: z.string().nullable().describe('Stage in which it failed.'),
    reason: z.string().describe('Kind of failure: out-of-memory, time-limit, trainer, image-missing, …'),
    message: z.string().describe('What happened and what to do about it.'),
    lastLogLines: z.array(z.string()).describe('Last lines the trainer wrote.'),
  })
  .meta({ id: 'RunFailure' });

export const HoldoutOpening = z
  .object({ runId: z.uuid(), name: z.string(), openedAt: z.iso.datetime() })
  .meta({ id: 'HoldoutOpening' });

export const RunResponse = z
  .object({
    id: z.uuid(),
    projectId: z.uuid(),
    name: z.string().describe('Readable name, unique in the project, as in `churn-quick-3`.'),
    datasetId: z
      .uuid()
      .nullable()
      .describe('Null once the dataset was deleted; only failed and cancelled runs outlive theirs.'),
    datasetName: z.string(),
    datasetVersionId: z.uuid().nullable(),
    versionNumber: z.number().int().describe('Version of the dataset that the run uses.'),
    dataSha256: z.string().describe('SHA-256 of the Parquet file the run was created for.'),
    target: z.string().nullable().describe('Column that is predicted; null for clustering.'),
    task: z.enum(TASKS),
    metric: MetricChoice,
    preset: z.enum(['quick', 'balanced', 'thorough', 'custom']),
    budgetSeconds: z.number().int().describe('Time the search may take, seconds.'),
    elapsedSeconds: z.number().describe('Time since training began, by the clock of the server, seconds.'),
    status: z.enum(RUN_STATUSES),
    stage: z.string().nullable().describe('What is going on now; null before and after.'),
    stages: z.array(RunStageProgress).describe('Stages so far with their times, oldest first.'),
    queuePosition: z.number().int().nullable().describe('1 is next; null unless queued.'),
    bestScore: z.number().nullable().describe('Best cross-validated score so far, in units of the metric.'),
    bestCandidateId: z.string().nullable(),
    baselineScore: z.number().nullable().describe('Score of always guessing, in units of the metric.'),
    holdoutScore: z.number().nullable().describe('Score of the winner on rows it never saw.'),
    candidatesDone: z.number().int().describe('Candidates that will not change any more.'),
    candidatesTotal: z.number().int(),
    winnerCandidateId: z.string().nullable().describe('Set once the run succeeded.'),
    modelId: z.uuid().nullable().describe('Model that the run made.'),
    modelVersionId: z.uuid().nullable().describe('Model version that the run made.'),
    failure: RunFailure.nullable(),
    rows: z.number().int().describe('Rows of the dataset version.'),
    seed: z.number().int(),
    validation: ValidationPlan,
    holdoutFraction: z.number().describe('Share of rows kept aside for the final evaluation.'),
    features: z.array(z.string()).describe('Columns offered to the models.'),
    excludedColumns: z.array(ExcludedColumn),
    families: z.array(z.string()).describe('Model families that may be tried.'),
    warnings: z.array(RunWarning),
    limits: z
      .object({
        memoryMb: z.number().int().describe('Memory limit, MiB.'),
        cpus: z.number().describe('CPU limit, cores.'),
        maxCandidates: z.number().int().nullable().describe('Most candidates; null for no limit.'),
      })
      .describe('Limits of the training container.'),
    kind: z.enum(RUN_KINDS).describe('search looks for models, fixed fits one recipe, study tunes one.'),
    origin: z.enum(RUN_ORIGINS).describe('How the run came about.'),
    parentRunId: z.uuid().nullable().describe('Run that it extends, repeats or took a candidate from.'),
    parentRunName: z.string().nullable(),
    nothingBetter: z
      .boolean()
      .describe('Whether it got more time and kept the very candidate that the run before had kept.'),
    parentCandidateId: z.string().nullable().describe('Candidate of the parent that is fitted again.'),
    class: z.enum(RUN_CLASSES).describe('Class in the queue.'),
    engine: z.enum(ENGINES),
    classWeights: ClassWeights.nullable(),
    costMatrix: CostMatrix.nullable(),
    latencyBudgetMs: z.number().nullable().describe('Longest time for one prediction, milliseconds.'),
    pausedSeconds: z.number().describe('Time spent in pauses, seconds; the clock stands still in them.'),
    pauseRequestedAt: z.iso.datetime().nullable().describe('When the pause was asked for.'),
    continueRequestedAt: z.iso
      .datetime()
      .nullable()
      .describe('When going on was asked for; a paused run waits for a free place.'),
    holdoutOpenedAt: z.iso
      .datetime()
      .nullable()
      .describe('When this run looked at the rows kept aside; it does so once, for its winner.'),
    holdoutOpenings: z
      .array(HoldoutOpening)
      .nullable()
      .describe(
        'Every run that has looked at the same rows kept aside (same table, target, split and seed), this one too, first look first; at most 100. Choosing by what several looks showed makes the figure optimistic. Null in lists.',
      ),
    peakMemoryMb: z.number().nullable().describe('Most memory that was in use, MiB.'),
    canExtend: z
      .boolean()
      .describe('Whether more time can go on from what this run knows, instead of from the start.'),
    createdBy: z.string().nullable().describe('Display name of who started it.'),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
    stopRequestedAt: z.iso.datetime().nullable().describe('When "stop and keep best" was asked for.'),
    cancelRequestedAt: z.iso.datetime().nullable(),
    lastSeq: z.number().int().describe('Number of the last stored event.'),
  })
  .meta({ id: 'Run' });
export type RunResponse = z.infer<typeof RunResponse>;
export const RunPage = pageOf(RunResponse, 'RunPage');
export type RunPage = z.infer<typeof RunPage>;

export const RunListQuery = PageQuery.extend({
  status: z.enum(RUN_STATUSES).optional().describe('Only runs in this state.'),
  datasetId: z.uuid().optional().describe('Only runs on this dataset.'),
  target: z.string().max(500).optional().describe('Only runs that predict this column.'),
});
export type RunListQuery = z.infer<typeof RunListQuery>;

export const RunLogLine = z
  .object({
    seq: z.number().int().describe('Number of the event it came with.'),
    at: z.iso.datetime(),
    level: z.enum(['info', 'warning', 'error']),
    message: z.string(),
  })
  .meta({ id: 'RunLogLine' });
export type RunLogLine = z.infer<typeof RunLogLine>;
export const RunLogPage = pageOf(RunLogLine, 'RunLogPage');
export type RunLogPage = z.infer<typeof RunLogPage>;

export const RunLogQuery = PageQuery.extend({
  level: z.enum(['info', 'warning', 'error']).optional().describe('This level and more severe ones.'),
  search: z.string().max(200).optional().describe('Text that the message contains, case ignored.'),
});
export type RunLogQuery = z.infer<typeof RunLogQuery>;

export const ExtendRunRequest = z
  .strictObject({
    budgetSeconds: z.number().int().min(10).max(86_400).describe('Time on top, seconds.'),
    name: z.string().trim().min(1).max(80).optional().describe('Name of the new run; made if left out.'),
  })
  .meta({ id: 'ExtendRunRequest' });
export type ExtendRunRequest = z.infer<typeof ExtendRunRequest>;

export const FitCandidateRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(80).optional().describe('Name of the new run; made if left out.'),
  })
  .meta({ id: 'FitCandidateRequest' });
export type FitCandidateRequest = z.infer<typeof FitCandidateRequest>;
