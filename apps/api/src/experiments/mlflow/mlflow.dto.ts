import { z } from 'zod';

/** The protocol of the MLflow tracking client, version 2.0 of its REST API: names and shapes are given, not ours. */
const id = z.string().max(256);
const key = z.string().min(1).max(250).describe('Name.');
/** 64-bit whole numbers come as numbers or as texts. */
const whole = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,16}$/)
      .transform(Number),
  ])
  .pipe(z.number().int());
const millis = whole.pipe(z.number().min(-8e14).max(8e14));
/** Numbers that JSON does not have come as texts. */
const real = z.union([
  z.number(),
  z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number),
  z
    .string()
    .regex(/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i)
    .max(40)
    .transform(Number),
]);

const Tag = z.object({ key, value: z.string().max(8_000).default('').describe('Text.') });
const Param = z.object({ key, value: z.string().max(6_000).default('').describe('Text.') });
const Metric = z.object({
  key,
  value: real.describe('Number; "NaN", "Infinity" and "-Infinity" are texts.'),
  timestamp: millis.default(0).describe('When it was measured, milliseconds since 1970.'),
  step: whole.default(0).describe('Step of the training.'),
});
export type MetricInput = z.infer<typeof Metric>;
const request = <T extends z.ZodRawShape>(name: string, shape: T) =>
  z.object(shape).meta({ id: `Mlflow${name}Request` });

const runId = id.optional().describe('Run.');
/** Old clients send `run_uuid`, new ones both. */
const runRef = { run_id: runId, run_uuid: runId };

export const CreateExperiment = request('CreateExperiment', {
  name: z.string().trim().min(1).max(500).describe('Unique in the project.'),
  artifact_location: z.string().max(2_000).nullish().describe('Ignored: this server keeps the files.'),
  tags: z.array(Tag).max(100).default([]).describe('Tags of the experiment.'),
});
export const ExperimentIdQuery = z.object({ experiment_id: id.describe('Experiment.') });
export const ExperimentNameQuery = z.object({ experiment_name: z.string().max(500).describe('Name.') });
export const ExperimentRef = request('ExperimentRef', { experiment_id: id.describe('Experiment.') });
export const UpdateExperiment = request('UpdateExperiment', {
  experiment_id: id.describe('Experiment.'),
  new_name: z.string().trim().min(1).max(500).describe('New name.'),
});
export const SetExperimentTag = request('SetExperimentTag', {
  experiment_id: id.describe('Experiment.'),
  ...Tag.shape,
});

const viewType = z
  .enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'])
  .default('ACTIVE_ONLY')
  .describe('Whether deleted ones count.');
const search = (max: number) => ({
  filter: z.string().max(2_000).default('').describe('Filter in the language of the client.'),
  max_results: whole.pipe(z.number().min(1).max(max)).default(1_000).describe('Results per page.'),
  page_token: z.string().max(500).default('').describe('`next_page_token` of the page before.'),
});
const orderBy = z.array(z.string().max(400)).max(5).default([]).describe('Fields, with ASC or DESC behind.');

export const SearchExperiments = request('SearchExperiments', {
  ...search(50_000),
  order_by: orderBy,
  view_type: viewType,
});
export const SearchExperimentsQuery = z.object({
  filter: z.string().max(2_000).default('').describe('Filter.'),
  max_results: z.coerce.number().int().min(1).max(50_000).default(1_000).describe('Results per page.'),
  page_token: z.string().max(500).default('').describe('`next_page_token` of the page before.'),
  view_type: viewType,
});
export type SearchExperiments = z.infer<typeof SearchExperiments>;

export const CreateRun = request('CreateRun', {
  experiment_id: id.default('0').describe('Experiment; "0" is the default one.'),
  user_id: z.string().max(256).default('').describe('Name of the user, as the client knows it.'),
  run_name: z.string().max(250).default('').describe('Name; made up if it is empty.'),
  start_time: millis.optional().describe('Milliseconds since 1970; now if left out.'),
  tags: z.array(Tag).max(200).default([]).describe('Tags of the run.'),
});
export type CreateRun = z.infer<typeof CreateRun>;

export const RUN_STATES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export const UpdateRun = request('UpdateRun', {
  ...runRef,
  status: z.enum(RUN_STATES).optional().describe('New state.'),
  end_time: millis.optional().describe('Milliseconds since 1970.'),
  run_name: z.string().max(250).optional().describe('New name.'),
});
export type UpdateRun = z.infer<typeof UpdateRun>;
export const RunQuery = z.object({ ...runRef });
export const RunRef = request('RunRef', { ...runRef });

export const SearchRuns = request('SearchRuns', {
  experiment_ids: z.array(id).max(1_000).default([]).describe('Experiments; all of the project if empty.'),
  ...search(50_000),
  order_by: orderBy,
  run_view_type: viewType,
});
export type SearchRuns = z.infer<typeof SearchRuns>;

export const LogMetric = request('LogMetric', { ...runRef, ...Metric.shape });
export const LogParameter = request('LogParameter', { ...runRef, ...Param.shape });
export const SetTag = request('SetTag', { ...runRef, ...Tag.shape });
export const DeleteTag = request('DeleteTag', { ...runRef, key });
export const LogBatch = request('LogBatch', {
  ...runRef,
  metrics: z.array(Metric).max(1_000).default([]).describe('At most 1,000.'),
  params: z.array(Param).max(500).default([]).describe('At most 500.'),
  tags: z.array(Tag).max(500).default([]).describe('At most 500.'),
});
export type LogBatch = z.infer<typeof LogBatch>;
export const LogModel = request('LogModel', {
  ...runRef,
  model_json: z
    .string()
    .max(500_000)
    .default('')
    .describe('Description of a model in the format of the client.'),
});
export const LogInputs = request('LogInputs', {
  ...runRef,
  datasets: z
    .array(
      z.object({
        tags: z.array(Tag).max(100).default([]),
        dataset: z.record(z.string().max(100), z.unknown()).default({}),
      }),
    )
    .max(100)
    .default([])
    .describe('Data that the run read.'),
  models: z.array(z.unknown()).max(100).default([]).describe('Models that it read; not kept.'),
});
export type LogInputs = z.infer<typeof LogInputs>;
export const LogOutputs = request('LogOutputs', {
  ...runRef,
  models: z
    .array(z.object({ model_id: id, step: whole.default(0) }))
    .max(100)
    .default([])
    .describe('Models that the run made.'),
});

export const HistoryQuery = z.object({
  ...runRef,
  metric_key: key,
  max_results: z.coerce.number().int().min(1).max(25_000).default(25_000).describe('Points per page.'),
  page_token: z.string().max(500).default('').describe('`next_page_token` of the page before.'),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;
export const ListArtifactsQuery = z.object({
  ...runRef,
  path: z.string().max(1_000).default('').describe('Folder.'),
});
export const ProxiedListQuery = z.object({ path: z.string().max(1_200).default('').describe('Folder.') });

export const CreateLoggedModel = request('CreateLoggedModel', {
  experiment_id: id.default('0').describe('Experiment.'),
  name: z.string().max(250).default('').describe('Name of the model.'),
  model_type: z.string().max(250).default('').describe('Kind of model.'),
  source_run_id: id.default('').describe('Run that makes it.'),
  params: z.array(Param).max(500).default([]).describe('Its parameters.'),
  tags: z.array(Tag).max(200).default([]).describe('Its tags.'),
});
export type CreateLoggedModel = z.infer<typeof CreateLoggedModel>;
export const SearchLoggedModels = request('SearchLoggedModels', {
  experiment_ids: z.array(id).max(1_000).default([]).describe('Experiments.'),
  filter: z.string().max(2_000).default('').describe('Only the empty filter is understood.'),
  max_results: whole.pipe(z.number().min(1).max(1_000)).default(100).describe('Results per page.'),
});
export const LOGGED_MODEL_STATES = [
  'LOGGED_MODEL_STATUS_UNSPECIFIED',
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
] as const;
export const FinalizeLoggedModel = request('FinalizeLoggedModel', {
  model_id: id.optional().describe('Model.'),
  status: z.enum(LOGGED_MODEL_STATES).describe('How it ended.'),
});
export const LoggedModelParams = request('LoggedModelParams', {
  model_id: id.optional().describe('Model.'),
  params: z.array(Param).max(500).default([]).describe('Its parameters.'),
});
export const LoggedModelTags = request('LoggedModelTags', {
  model_id: id.optional().describe('Model.'),
  tags: z.array(Tag).max(200).default([]).describe('Its tags.'),
});

/** What is answered: the shape of the protocol, described by its names. */
const answer = <T extends z.ZodRawShape>(name: string, shape: T) =>
  z.object(shape).meta({ id: `Mlflow${name}` });
const pair = z.object({ key: z.string(), value: z.string() });
const ms = z.number().describe('Milliseconds since 1970.');

export const ExperimentInfo = answer('Experiment', {
  experiment_id: z.string(),
  name: z.string(),
  artifact_location: z.string(),
  lifecycle_stage: z.enum(['active', 'deleted']),
  creation_time: ms,
  last_update_time: ms,
  tags: z.array(pair),
});
export type ExperimentInfo = z.infer<typeof ExperimentInfo>;
export const ExperimentAnswer = answer('ExperimentAnswer', { experiment: ExperimentInfo });
export const ExperimentIdAnswer = answer('ExperimentIdAnswer', { experiment_id: z.string() });
export const ExperimentsAnswer = answer('ExperimentsAnswer', {
  experiments: z.array(ExperimentInfo),
  next_page_token: z.string().optional(),
});
export type ExperimentsAnswer = z.infer<typeof ExperimentsAnswer>;

export const RunInfo = answer('RunInfo', {
  run_id: z.string(),
  run_uuid: z.string(),
  run_name: z.string(),
  experiment_id: z.string(),
  user_id: z.string(),
  status: z.enum(RUN_STATES),
  start_time: ms,
  end_time: ms.optional(),
  artifact_uri: z.string(),
  lifecycle_stage: z.enum(['active', 'deleted']),
});
export type RunInfo = z.infer<typeof RunInfo>;
const MetricAnswer = z.object({
  key: z.string(),
  value: z.union([z.number(), z.string()]).describe('"NaN", "Infinity" and "-Infinity" are texts.'),
  timestamp: ms,
  step: z.number().int(),
});
export const MlflowRun = answer('Run', {
  info: RunInfo,
  data: z.object({ metrics: z.array(MetricAnswer), params: z.array(pair), tags: z.array(pair) }),
  inputs: z.object({ dataset_inputs: z.array(z.record(z.string(), z.unknown())) }),
});
export type MlflowRun = z.infer<typeof MlflowRun>;
export const RunAnswer = answer('RunAnswer', { run: MlflowRun });
export const RunInfoAnswer = answer('RunInfoAnswer', { run_info: RunInfo });
export const RunsAnswer = answer('RunsAnswer', {
  runs: z.array(MlflowRun),
  next_page_token: z.string().optional(),
});
export type RunsAnswer = z.infer<typeof RunsAnswer>;
export const HistoryAnswer = answer('HistoryAnswer', {
  metrics: z.array(MetricAnswer),
  next_page_token: z.string().optional(),
});
export type HistoryAnswer = z.infer<typeof HistoryAnswer>;
const FileInfo = z.object({ path: z.string(), is_dir: z.boolean(), file_size: z.number().optional() });
export const ArtifactsAnswer = answer('ArtifactsAnswer', { root_uri: z.string(), files: z.array(FileInfo) });
export type ArtifactsAnswer = z.infer<typeof ArtifactsAnswer>;
export const FilesAnswer = answer('FilesAnswer', { files: z.array(FileInfo) });
export type FilesAnswer = z.infer<typeof FilesAnswer>;
export const EmptyAnswer = answer('EmptyAnswer', {});
export type EmptyAnswer = z.infer<typeof EmptyAnswer>;

export const LoggedModelInfo = answer('LoggedModel', {
  info: z.object({
    model_id: z.string(),
    experiment_id: z.string(),
    name: z.string(),
    creation_timestamp_ms: ms,
    last_updated_timestamp_ms: ms,
    artifact_uri: z.string(),
    status: z.enum(LOGGED_MODEL_STATES),
    model_type: z.string(),
    source_run_id: z.string(),
    tags: z.array(pair),
  }),
  data: z.object({ params: z.array(pair), metrics: z.array(z.unknown()) }),
});
export type LoggedModelInfo = z.infer<typeof LoggedModelInfo>;
export const LoggedModelAnswer = answer('LoggedModelAnswer', { model: LoggedModelInfo });
export type LoggedModelAnswer = z.infer<typeof LoggedModelAnswer>;
export const LoggedModelsAnswer = answer('LoggedModelsAnswer', { models: z.array(LoggedModelInfo) });
export type LoggedModelsAnswer = z.infer<typeof LoggedModelsAnswer>;
