import { METRICS } from '@modelwright/contracts';
import { longName } from '../search/fields.js';
import type { NamedValue, TrackedRun } from '../tracking/tracked-run.js';

const RANKS = new Map(METRICS.map(({ name }, rank) => [name, rank]));
/** Rows that a model did not learn from. What was measured on its training rows is no score. */
const JUDGING = /^(val|valid|validation|test|eval|holdout)[_ ./-]/;

/** The metric of ours that a client means; undefined for names of its own and for measurements on training rows. */
export function scoreMetricOf(name: string): string | undefined {
  const long = longName(name.toLowerCase().replace(JUDGING, ''));
  return RANKS.has(long) ? long : undefined;
}

/**
 * What a client's run is scored by: of the metrics that we know, the one that stands first in our list, at its last step.
 * @returns undefined when nothing of that kind was logged, or when the run has a score that comes before
 */
export function loggedScore(
  run: Pick<TrackedRun, 'metric'>,
  points: readonly NamedValue[],
): Pick<TrackedRun, 'metric' | 'score'> | undefined {
  let best: { metric: string; score: number; step: number } | undefined;
  for (const { name, number, step = 0 } of points) {
    const metric = scoreMetricOf(name);
    if (metric === undefined || number === null || !Number.isFinite(number)) continue;
    const distance = best ? rankOf(metric) - rankOf(best.metric) : -1;
    if (distance < 0 || (distance === 0 && step >= (best?.step ?? 0))) best = { metric, score: number, step };
  }
  if (!best || (run.metric !== null && rankOf(run.metric) < rankOf(best.metric))) return undefined;
  return { metric: best.metric, score: best.score };
}

function rankOf(metric: string): number {
  return RANKS.get(metric) ?? METRICS.length;
}
