import type { BestPoint, Run } from '@modelwright/sdk';
import { formatDuration, formatScore, plural } from '../shared/format/numbers';

/**
 * The curve of the best score in one sentence. Its last step may fall: an ensemble may be kept although its mean over
 * the folds is a little worse than that of the best single model.
 */
export function bestSentence(
  metric: Pick<Run['metric'], 'label' | 'greaterIsBetter'>,
  best: readonly Pick<BestPoint, 'score' | 'elapsedSeconds'>[],
): string {
  const last = best.at(-1);
  if (!last) return 'No candidate has a score yet.';
  const gains = best
    .slice(1)
    .map(({ score }, at) => (score - (best[at]?.score ?? score)) * (metric.greaterIsBetter ? 1 : -1));
  const rises = gains.filter((gain) => gain > 0).length;
  const kept = (gains.at(-1) ?? 0) < 0 ? 'the one that is kept' : '';
  const said = [kept, rises > 0 ? plural(rises, 'improvement') : ''].filter((part) => part !== '');
  const reached = `${metric.label} ${formatScore(last.score)} after ${formatDuration(last.elapsedSeconds)}`;
  return `${[reached, ...said].join(', ')}.`;
}
