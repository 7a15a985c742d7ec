import type { BatchJobSummary } from '@modelwright/sdk';
import { formatCompact, formatCount, formatDuration } from '../format/numbers';

export function isUnderWay({ status }: Pick<BatchJobSummary, 'status'>): boolean {
  return status === 'queued' || status === 'running';
}

/** Whether asking it to end still does something: what is being stored is done. */
export function canCancel(job: Pick<BatchJobSummary, 'status' | 'stage'>): boolean {
  return isUnderWay(job) && job.stage !== 'storing';
}

/** Share of the rows that is done, 0 to 1; null while that says nothing. */
export function fractionOf(job: Pick<BatchJobSummary, 'stage' | 'rowsDone' | 'rowsTotal'>): number | null {
  if (job.stage === 'storing') return null;
  return job.rowsDone === 0 || job.rowsTotal === 0 ? null : job.rowsDone / job.rowsTotal;
}

/** What it is doing, or did, in one line. */
export function progressWords(job: BatchJobSummary): string {
  const done = `${formatCount(job.rowsDone)} of ${formatCount(job.rowsTotal)} rows`;
  if (job.status === 'queued') return 'Waiting for its turn';
  if (job.status !== 'running')
    return job.status === 'succeeded' ? `${formatCount(job.rowsTotal)} rows` : done;
  if (job.stage === 'storing') return 'Storing the predictions';
  if (job.waitingFor !== null) return `Trying again: ${job.waitingFor}`;
  if (job.stage === 'starting') return 'Getting the model ready';
  const speed = job.rowsPerSecond === null ? '' : ` · ${formatCompact(Math.round(job.rowsPerSecond))} rows/s`;
  const left = job.secondsLeft === null ? '' : ` · ${formatDuration(Math.ceil(job.secondsLeft))} left`;
  return `${done}${speed}${left}`;
}

/** Who predicts, by the name that people know. */
export function modelWords({ deployment, model }: Pick<BatchJobSummary, 'deployment' | 'model'>): string {
  return deployment ? deployment.name : `${model.modelName} version ${model.versionNumber}`;
}
