import { jsonNumber } from '../experiment-responses.js';
import type { NamedValue, TrackedRun } from '../tracking/tracked-run.js';
import type { Experiment } from '../tracking/tracking.repository.js';
import type { ExperimentInfo, MlflowRun, RunInfo } from './mlflow.dto.js';

const STATES: Readonly<Record<string, RunInfo['status']>> = {
  queued: 'SCHEDULED',
  running: 'RUNNING',
  paused: 'RUNNING',
  succeeded: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
  skipped: 'KILLED',
};
const OWN_STATES: Readonly<Record<RunInfo['status'], string>> = {
  SCHEDULED: 'queued',
  RUNNING: 'running',
  FINISHED: 'succeeded',
  FAILED: 'failed',
  KILLED: 'cancelled',
};

export const ownState = (state: RunInfo['status']): string => OWN_STATES[state];

/** Where the files of a run or a logged model are; the client asks this server for them. */
export const artifactUri = (ownerId: string): string => `mlflow-artifacts:/${ownerId}/artifacts`;

export function toExperimentInfo(experiment: Experiment): ExperimentInfo {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: `mlflow-artifacts:/${experiment.id}`,
    lifecycle_stage: experiment.deletedAt ? 'deleted' : 'active',
    creation_time: experiment.createdAt.getTime(),
    last_update_time: experiment.updatedAt.getTime(),
    tags: Object.entries(experiment.tags).map(([key, value]) => ({ key, value })),
  };
}

export function toRunInfo(run: TrackedRun): RunInfo {
  return {
    run_id: run.id,
    run_uuid: run.id,
    run_name: run.name,
    experiment_id: run.experimentId,
    user_id: run.userName ?? '',
    status: STATES[run.status] ?? 'RUNNING',
    start_time: (run.startedAt ?? run.createdAt).getTime(),
    ...(run.endedAt ? { end_time: run.endedAt.getTime() } : {}),
    artifact_uri: artifactUri(run.id),
    lifecycle_stage: run.deletedAt ? 'deleted' : 'active',
  };
}

export function toMlflowRun(
  run: TrackedRun,
  values: readonly NamedValue[],
  inputs: readonly Record<string, unknown>[],
): MlflowRun {
  const texts = (kind: 'param' | 'tag') =>
    values.filter((value) => value.kind === kind).map(({ name, text }) => ({ key: name, value: text ?? '' }));
  const tags = texts('tag').filter(({ key }) => key !== 'mlflow.runName' && key !== 'mlflow.note.content');
  const note = run.notes === '' ? [] : [{ key: 'mlflow.note.content', value: run.notes }];
  return {
    info: toRunInfo(run),
    data: {
      metrics: values
        .filter(({ kind }) => kind === 'metric')
        .map(({ name, number, at, step }) => ({
          key: name,
          value: jsonNumber(number) ?? 'NaN',
          timestamp: (at ?? run.updatedAt).getTime(),
          step: step ?? 0,
        })),
      params: texts('param'),
      tags: [...tags, { key: 'mlflow.runName', value: run.name }, ...note],
    },
    inputs: { dataset_inputs: [...inputs] },
  };
}
