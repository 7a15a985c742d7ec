import type { CandidateState } from '@modelwright/contracts';
import type { CandidateBadge, CandidateResponse } from './candidate.dto.js';

const FINISHED_WELL = 'succeeded';
/** From simple to involved, for the badge. */
const SIMPLICITY = [
  'linear',
  'random_forest',
  'extra_trees',
  'hist_gradient_boosting',
  'lightgbm',
  'xgboost',
  'catboost',
];

interface Ranked {
  readonly state: CandidateState;
  readonly rank: number | null;
}

/**
 * The leaderboard: ranked by cross-validated score, then what is still at work, then what failed or was skipped. Equal
 * scores share a rank, candidates that are not significantly worse than the best share the first, and the next one is
 * counted on (1, 1, 3).
 */
export function leaderboard(
  candidates: readonly CandidateState[],
  greaterIsBetter: boolean,
): CandidateResponse[] {
  const ranked = rank(candidates, greaterIsBetter);
  const badges = badgesOf(candidates, greaterIsBetter);
  const baseline = candidates.find((candidate) => candidate.isBaseline && candidate.score != null);
  return ranked.map(({ state, rank: place }) => ({
    candidateId: state.candidateId,
    rank: place,
    family: state.family,
    label: state.label,
    status: state.status,
    fold: state.fold ?? null,
    folds: state.folds ?? null,
    foldScores: state.foldScores ?? [],
    score: state.score ?? null,
    std: state.std ?? null,
    holdoutScore: state.holdoutScore ?? null,
    gainOverBaseline: gain(state, baseline, greaterIsBetter),
    fitSeconds: state.fitSeconds ?? null,
    predictMsPerRow: state.predictMsPerRow ?? null,
    sizeBytes: state.sizeBytes ?? null,
    features: state.features ?? null,
    hyperparameters: state.hyperparameters ?? {},
    reason: state.reason ?? null,
    isBaseline: state.isBaseline ?? false,
    isEnsemble: state.isEnsemble ?? false,
    members: state.members ?? [],
    low: state.low ?? null,
    high: state.high ?? null,
    tied: state.tied ?? false,
    tooSlow: state.tooSlow ?? false,
    pValue: state.pValue ?? null,
    engine: state.engine ?? null,
    threshold: state.threshold ?? null,
    badges: badges.get(state.candidateId) ?? [],
  }));
}

function gain(
  state: CandidateState,
  baseline: CandidateState | undefined,
  greaterIsBetter: boolean,
): number | null {
  if (state.score == null || baseline?.score == null) return null;
  return greaterIsBetter ? state.score - baseline.score : baseline.score - state.score;
}

function rank(candidates: readonly CandidateState[], greaterIsBetter: boolean): Ranked[] {
  const scored = candidates
    .filter((candidate) => candidate.status === FINISHED_WELL && candidate.score != null)
    .sort((left, right) => compare(left, right, greaterIsBetter));
  const ranks = new Map<string, number>();
  scored.forEach((state, index) => {
    const before = scored[index - 1];
    const equal = before !== undefined && before.score === state.score;
    const place = equal ? (ranks.get(before.candidateId) ?? index + 1) : index + 1;
    ranks.set(state.candidateId, state.tied ? 1 : place);
  });
  const group = (state: CandidateState): number => {
    if (state.status === 'running') return 0;
    if (state.status === 'queued') return 1;
    return 2;
  };
  const rest = candidates
    .filter((candidate) => !ranks.has(candidate.candidateId))
    .sort((left, right) => group(left) - group(right));
  return [...scored, ...rest].map((state) => ({ state, rank: ranks.get(state.candidateId) ?? null }));
}

function compare(left: CandidateState, right: CandidateState, greaterIsBetter: boolean): number {
  const difference = (right.score ?? 0) - (left.score ?? 0);
  if (difference !== 0) return greaterIsBetter ? difference : -difference;
  return left.candidateId.localeCompare(right.candidateId, 'en', { numeric: true });
}

function badgesOf(
  candidates: readonly CandidateState[],
  greaterIsBetter: boolean,
): Map<string, CandidateBadge[]> {
  const badges = new Map<string, CandidateBadge[]>();
  const give = (candidate: CandidateState | undefined, badge: CandidateBadge): void => {
    if (candidate) badges.set(candidate.candidateId, [...(badges.get(candidate.candidateId) ?? []), badge]);
  };
  const models = candidates
    .filter(
      (candidate) => candidate.status === FINISHED_WELL && candidate.score != null && !candidate.isBaseline,
    )
    .sort((left, right) => compare(left, right, greaterIsBetter));
  const judged = candidates.find((candidate) => candidate.recommended);
  give(
    judged ??
      recommended(
        models.filter((model) => !model.tooSlow),
        greaterIsBetter,
      ),
    'recommended',
  );
  if (models.length > 1) {
    give(
      least(models, (model) => model.predictMsPerRow ?? Infinity),
      'fastest',
    );
    give(least(models, simplicity), 'simplest');
  }
  for (const candidate of candidates) {
    if (candidate.isEnsemble) give(candidate, 'ensemble');
    if (candidate.isBaseline) give(candidate, 'baseline');
  }
  return badges;
}

/**
 * Until the trainer has judged by its own predictions: the cheapest model to predict with that is not significantly worse than the best: its mean loss over the folds they
 * share is within one standard error (the one-standard-error rule of Breiman, Friedman, Olshen and Stone, 1984, section
 * 3.4.3, on paired differences).
 * @param models best first
 */
function recommended(
  models: readonly CandidateState[],
  greaterIsBetter: boolean,
): CandidateState | undefined {
  const [best] = models;
  if (!best) return undefined;
  const good = models.filter((model) => model === best || isAsGood(model, best, greaterIsBetter));
  return least(good, (model) => model.predictMsPerRow ?? Infinity) ?? best;
}

function isAsGood(model: CandidateState, best: CandidateState, greaterIsBetter: boolean): boolean {
  if (model.score === best.score) return true;
  const sign = greaterIsBetter ? 1 : -1;
  const ours = model.foldScores ?? [];
  const theirs = best.foldScores ?? [];
  if (ours.length < 2 || ours.length !== theirs.length) return false;
  const losses = theirs.map((score, fold) => sign * (score - (ours[fold] ?? 0)));
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / (losses.length - 1);
  return mean <= Math.sqrt(variance / losses.length);
}

function simplicity(model: CandidateState): number {
  if (model.isEnsemble) return Infinity;
  const place = SIMPLICITY.indexOf(model.family);
  return place < 0 ? SIMPLICITY.length : place;
}

/** First of the least; undefined when nothing is finite. */
function least(
  models: readonly CandidateState[],
  measure: (model: CandidateState) => number,
): CandidateState | undefined {
  return models.reduce<CandidateState | undefined>((smallest, model) => {
    const value = measure(model);
    if (!Number.isFinite(value)) return smallest;
    return smallest === undefined || value < measure(smallest) ? model : smallest;
  }, undefined);
}
