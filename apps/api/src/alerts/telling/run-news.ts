import { requestSnippets } from '@modelwright/contracts';
import type { RecordedRun } from '../../training/run-history.js';

export type RunEnding = 'succeeded' | 'failed' | 'cancelled';

/** The mail about a run that has ended (E12): the id, what ran, how long, and a snippet that loads the result. */
export function runMail(run: RecordedRun, publicUrl: string): { subject: string; body: string } {
  const words = { succeeded: 'has finished', failed: 'has failed', cancelled: 'was cancelled' } as const;
  const ending = endingOf(run) ?? 'failed';
  const version = run.model?.modelVersionId;
  const url = version ? `${publicUrl}/api/model-versions/${version}` : `${publicUrl}/api/runs/${run.id}/logs`;
  const python = requestSnippets({ method: 'GET', url }).find(({ language }) => language === 'python');
  const lines = [
    `Run:       ${run.name} (${run.id})`,
    `What:      ${run.task}${run.target === null ? '' : ` of “${run.target}”`} from ${run.datasetName}, version ${run.datasetVersion}, ${run.rows} rows`,
    `Took:      ${durationOf(run)}`,
    ...(run.bestScore === null
      ? []
      : [`Result:    ${run.metric} ${round(run.bestScore)} in cross-validation`]),
    ...(run.holdoutScore === null ? [] : [`Hold-out:  ${run.metric} ${round(run.holdoutScore)}`]),
    ...(run.evaluation ? [`In words:  ${run.evaluation.sentence}`] : []),
    ...(run.failure ? [`Reason:    ${run.failure.message}`] : []),
    '',
    `Open it: ${publicUrl}/p/${run.projectId}/runs/${run.id}`,
    '',
    version ? 'Load the result in Python:' : 'Read its log in Python:',
    '',
    python?.code ?? '',
    '',
    `Mails about runs are switched off under ${publicUrl}/settings/account`,
    '',
  ];
  return { subject: `Run “${run.name}” ${words[ending]}`, body: lines.join('\n') };
}

export function endingOf({ status }: Pick<RecordedRun, 'status'>): RunEnding | undefined {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled' ? status : undefined;
}

/** What webhooks are told of a run. */
export function runData(run: RecordedRun, publicUrl: string): Record<string, unknown> {
  return {
    runId: run.id,
    name: run.name,
    status: run.status,
    task: run.task,
    target: run.target,
    metric: run.metric,
    score: run.bestScore,
    holdoutScore: run.holdoutScore,
    modelVersionId: run.model?.modelVersionId ?? null,
    reason: run.failure?.message ?? null,
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    url: `${publicUrl}/p/${run.projectId}/runs/${run.id}`,
  };
}

function durationOf({ startedAt, finishedAt }: RecordedRun): string {
  if (startedAt === null || finishedAt === null) return 'it never began';
  const seconds = Math.round((finishedAt.getTime() - startedAt.getTime()) / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const round = (value: number): string => String(Number(value.toPrecision(4)));
