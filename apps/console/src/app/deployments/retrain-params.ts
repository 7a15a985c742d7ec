import type { FeedbackJob, RetrainingDefaults } from '@modelwright/sdk';

export interface RetrainParams {
  readonly dataset: string;
  readonly v?: number;
  readonly target?: string;
  readonly task: string;
  readonly metric?: string;
  readonly family?: readonly string[];
}

/**
 * Query of the new-run form for a run like the one of the served version, on the newest rows with outcomes; undefined
 * while there is no dataset to train on.
 * @param jobs newest first
 */
export function retrainParams(
  { datasetId, target, task, metric, families }: RetrainingDefaults,
  jobs: readonly FeedbackJob[],
): RetrainParams | undefined {
  const made = jobs.find(({ status, dataset }) => status === 'succeeded' && dataset?.versionNumber != null);
  const dataset = made?.dataset?.datasetId ?? datasetId;
  if (dataset === null) return undefined;
  const version = made?.dataset?.versionNumber;
  return {
    dataset,
    ...(version == null ? {} : { v: version }),
    ...(target === null ? {} : { target }),
    task,
    ...(metric === '' ? {} : { metric }),
    ...(families.length === 0 ? {} : { family: families }),
  };
}
