import type { ExperimentRun } from '@modelwright/sdk';
import { formatBytes, formatDuration, formatNumber, formatScore } from '../shared/format/numbers';
import { formatExact, formatRelative } from '../shared/format/time';
import { familyWord, metricLabel, taskWord } from '../shared/metrics/metric-words';

export interface CellText {
  readonly text: string;
  readonly title?: string;
  readonly isNumber: boolean;
}

const EMPTY: CellText = { text: '–', isNumber: false };
const DATES = new Set(['created', 'started', 'ended']);

/** A value of a run as people read it. */
export function cellOf(run: ExperimentRun, field: string, nowMs: number): CellText {
  const value = run.values[field] ?? null;
  if (value === null) return EMPTY;
  if (field === 'score') return { text: formatScore(run.score), title: scoreTitle(run), isNumber: true };
  if (field === 'duration') return { text: formatDuration(Number(value)), isNumber: true };
  if (DATES.has(field)) {
    const at = String(value);
    return { text: formatRelative(at, nowMs), title: formatExact(at), isNumber: false };
  }
  if (field === 'params.family') return { text: familyWord(String(value)), isNumber: false };
  if (field === 'task') return { text: taskWord(String(value)), isNumber: false };
  if (field === 'metric') return { text: metricLabel(String(value)), isNumber: false };
  if (field === 'dataset') return { text: datasetText(run), isNumber: false };
  if (/^metrics\..*_bytes$/.test(field)) return { text: formatBytes(Number(value)), isNumber: true };
  if (field.startsWith('metrics.')) {
    if (typeof value === 'number') return { text: formatScore(value), title: String(value), isNumber: true };
    return { text: value, isNumber: true };
  }
  const number = Number(value);
  if (value !== '' && Number.isFinite(number))
    return {
      text: Number.isInteger(number) ? String(value) : formatNumber(number),
      title: String(value),
      isNumber: true,
    };
  const text = String(value);
  return {
    text: text.slice(0, 120),
    ...(text.length > 30 ? { title: text.slice(0, 1_000) } : {}),
    isNumber: false,
  };
}

/** What a narrow screen shows below the name: `ROC AUC 0.8430 · 2 hours ago`. */
export function secondLine(
  { metric, score, createdAt }: Pick<ExperimentRun, 'metric' | 'score' | 'createdAt'>,
  nowMs: number,
): string {
  const found =
    score === null ? 'No score' : `${metric === null ? 'Score' : metricLabel(metric)} ${formatScore(score)}`;
  return `${found} · ${formatRelative(createdAt, nowMs)}`;
}

function scoreTitle(run: ExperimentRun): string {
  const name = run.metric === null ? 'score' : metricLabel(run.metric);
  const baseline = run.baseline === null ? '' : `, baseline ${formatScore(run.baseline)}`;
  return run.kind === 'external' ? `${name}, as it was logged` : `${name}, mean over the folds${baseline}`;
}

function datasetText(run: ExperimentRun): string {
  return run.datasetVersion === null ? (run.datasetName ?? '–') : `${run.datasetName} v${run.datasetVersion}`;
}

/** Whether a parameter is a number wherever it is set. */
export function holdsNumbers(runs: readonly ExperimentRun[], field: string): boolean {
  const values = runs.flatMap((run) => run.values[field] ?? []);
  return values.length > 0 && values.every((value) => value !== '' && Number.isFinite(Number(value)));
}

/** Whether numbers stand in a column, by what is known of its field. */
export function isNumeric(field: string, type: string | undefined): boolean {
  return field.startsWith('metrics.') || type === 'number' || type === 'duration';
}

/** Where a run is looked at: ours have a page, those of clients a panel beside the table. */
export function linkOf(run: ExperimentRun, projectId: string): readonly string[] | null {
  if (run.kind === 'external') return null;
  return ['/p', projectId, 'runs', run.kind === 'candidate' ? (run.parentId ?? run.id) : run.id];
}
