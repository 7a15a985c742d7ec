"""Greedy ensemble selection from out-of-fold predictions (Caruana et al., 2004)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.candidates import Candidate, Judge
from runtime.training.thresholds import best_gain, count

POOL_SIZE = 20
STEPS = 20
MAX_MEMBERS = 5
LEAST_WEIGHT = 1 / STEPS
SHARED_ROWS = 1500
"""On fewer rows than this one row can decide on the weights: they are the mean of those that are
chosen without each of the folds (Caruana et al., 2006, bagged ensemble selection)."""

SELECTION_ROWS = 4000
"""Rows of a fold that weights are chosen on; the blend is judged on all of them."""


@dataclass(frozen=True)
class Blend:
    """Weights by candidate id (they sum to 1) and the predictions of every fold's test rows.

    The predictions are honest: the weights of a fold were chosen on the other folds. The weights
    themselves are chosen on all folds. `alone` are the scores of the folds if, instead, the best
    single candidate is chosen on the other folds: what a blend must be compared with, because the
    mean of the best of many candidates flatters it.
    """

    weights: dict[str, float]
    predictions: dict[int, Floats]
    alone: list[float]


@dataclass(frozen=True)
class _Rows:
    """The rows that weights are chosen on: what is actual and what each model predicts, by fold."""

    judge: Judge
    actual: dict[int, Any]
    predicted: dict[int, list[Floats]]

    def gain(self, folds: list[int], values: dict[int, Floats]) -> float:
        """Return the mean score of the folds; where decisions are judged, at the best threshold."""
        judge = self.judge
        metric, positive = judge.metric, judge.positive
        if judge.tunes_threshold:
            parts = [count(self.actual[f] == positive, values[f][:, positive]) for f in folds]
            return best_gain(parts, metric, positive)
        scores = [metric.score(self.actual[fold], values[fold], positive) for fold in folds]
        return judge.mean_gain(scores)


def blend(candidates: list[Candidate], judge: Judge) -> Blend | None:
    """Blend the best candidates, or return None if fewer than two are worth blending.

    They are given best first.
    """
    pool = _pool([c for c in candidates if not c.is_baseline])
    if len(pool) < 2:
        return None
    folds = sorted(pool[0].results)
    predictions = {fold: [c.predictions(fold) for c in pool] for fold in folds}
    chooser = _Chooser(_selection_rows(judge, predictions), len(pool))
    weights = chooser.final(judge, folds)
    if np.count_nonzero(weights) < 2:
        return None
    mixed, alone = {}, []
    for fold in folds:
        others = [other for other in judge.others(fold) if other in predictions]
        mixed[fold] = _mix(predictions[fold], chooser.weights(others) if others else weights)
        alone.append(_best_of(pool, judge, others).scores[folds.index(fold)])
    named = {pool[i].candidate_id: float(weights[i]) for i in np.flatnonzero(weights)}
    return Blend(named, mixed, alone)


def _pool(candidates: list[Candidate]) -> list[Candidate]:
    """Return the best candidates, best first, and with them the best one of every kind.

    Variations of one kind err alike; what another kind adds does not show in its own score.
    """
    kinds: dict[tuple[str, Any], Candidate] = {}
    for candidate in candidates:
        solver = None if candidate.recipe is None else candidate.recipe.values.get("solver")
        kinds.setdefault((candidate.family, solver), candidate)
    of_kinds = {c.candidate_id for c in kinds.values()}
    others = [c for c in candidates if c.candidate_id not in of_kinds]
    kept = {c.candidate_id for c in others[: max(0, POOL_SIZE - len(of_kinds))]} | of_kinds
    return [c for c in candidates if c.candidate_id in kept]


def mix_of(members: list[tuple[Candidate, float]]) -> dict[int, Floats]:
    """Return the predictions of every fold's test rows for given weights."""
    folds = sorted(members[0][0].results)
    return {
        fold: np.asarray(sum(weight * member.predictions(fold) for member, weight in members))
        for fold in folds
    }


def _selection_rows(judge: Judge, predictions: dict[int, list[Floats]]) -> _Rows:
    actual, predicted = {}, {}
    for fold, values in predictions.items():
        truth = judge.target[judge.folds[fold].test]
        step = -(-len(truth) // SELECTION_ROWS)
        actual[fold] = truth[::step]
        predicted[fold] = [each[::step] for each in values]
    return _Rows(judge, actual, predicted)


def _select(rows: _Rows, folds: list[int]) -> Counter[int]:
    """Add the model that helps most, with repetition; stop when nothing helps."""
    counts: Counter[int] = Counter()
    sums: dict[int, Any] = dict.fromkeys(folds, 0.0)
    best = -np.inf
    for step in range(1, STEPS + 1):
        gains = [
            rows.gain(folds, {f: (sums[f] + rows.predicted[f][index]) / step for f in folds})
            if index in counts or len(counts) < MAX_MEMBERS
            else -np.inf
            for index in range(len(rows.predicted[folds[0]]))
        ]
        index = int(np.argmax(gains))
        if gains[index] <= best + 1e-12:
            break
        best = gains[index]
        counts[index] += 1
        for fold in folds:
            sums[fold] = sums[fold] + rows.predicted[fold][index]
    return counts


def _best_of(pool: list[Candidate], judge: Judge, folds: list[int]) -> Candidate:
    """Return the candidate that is best on some folds; `pool` is in the order of all folds."""
    places = {fold: place for place, fold in enumerate(sorted(pool[0].results))}
    gains = [judge.mean_gain([c.scores[places[fold]] for fold in folds]) for c in pool]
    return pool[int(np.argmax(gains))]


class _Chooser:
    """Chooses weights `(n_models,)` on sets of folds, none of them twice."""

    def __init__(self, rows: _Rows, models: int) -> None:
        self._rows = rows
        self._models = models
        self._known: dict[tuple[int, ...], Floats] = {}

    def final(self, judge: Judge, folds: list[int]) -> Floats:
        """Return the weights of the ensemble: chosen on all folds, those of a repeat together."""
        if not self._shares(folds):
            return self._once(folds)
        parts = {tuple(sorted({fold, *judge.others(fold)} & set(folds))) for fold in folds}
        return _fewest(np.mean([self.weights(list(part)) for part in sorted(parts)], axis=0))

    def weights(self, folds: list[int]) -> Floats:
        """Return the weights chosen on these folds; of few rows the mean without each of them."""
        if len(folds) < 3 or not self._shares(folds):
            return self._once(folds)
        parts = [self._once([fold for fold in folds if fold != left]) for left in folds]
        return _fewest(np.mean(parts, axis=0))

    def _shares(self, folds: list[int]) -> bool:
        rows = sum(len(self._rows.actual[fold]) for fold in folds)
        return rows < SHARED_ROWS

    def _once(self, folds: list[int]) -> Floats:
        key = tuple(sorted(folds))
        if key not in self._known:
            counts = _select(self._rows, list(key))
            weights = np.zeros(self._models)
            weights[list(counts)] = list(counts.values())
            self._known[key] = weights / weights.sum()
        return self._known[key]


def _fewest(weights: Floats) -> Floats:
    """Keep the few that weigh most: every member costs time for every prediction."""
    heaviest = np.argsort(-weights, kind="stable")[:MAX_MEMBERS]
    kept = np.zeros_like(weights)
    least = min(LEAST_WEIGHT, float(weights[heaviest[0]]))
    kept[heaviest] = np.where(weights[heaviest] >= least, weights[heaviest], 0.0)
    return np.asarray(kept / kept.sum())


def _mix(predictions: list[Floats], weights: Floats) -> Floats:
    used = np.flatnonzero(weights)
    return np.asarray(sum(weights[index] * predictions[index] for index in used))
