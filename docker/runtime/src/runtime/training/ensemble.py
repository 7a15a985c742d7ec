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
SELECTION_ROWS = 4000
"""Rows of a fold that weights are chosen on; the blend is judged on all of them."""


@dataclass(frozen=True)
class Blend:
    """Weights by candidate id (they sum to 1) and the predictions of every fold's test rows.

    The predictions are honest: the weights of a fold were chosen on the other folds. The weights
    themselves are chosen on all folds.
    """

    weights: dict[str, float]
    predictions: dict[int, Floats]


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
    """Blend the best candidates, or return None if fewer than two are worth blending."""
    pool = [c for c in candidates if not c.is_baseline][:POOL_SIZE]
    if len(pool) < 2:
        return None
    folds = sorted(pool[0].results)
    predictions = {fold: [c.predictions(fold) for c in pool] for fold in folds}
    rows = _selection_rows(judge, predictions)
    counts = _select(rows, folds)
    if len(counts) < 2:
        return None
    mixed = {}
    for fold in folds:
        others = [other for other in judge.others(fold) if other in predictions]
        mixed[fold] = _mix(predictions[fold], _select(rows, others) if others else counts)
    total = sum(counts.values())
    weights = {pool[index].candidate_id: number / total for index, number in counts.items()}
    return Blend(weights, mixed)


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


def _mix(predictions: list[Floats], counts: Counter[int]) -> Floats:
    total = sum(counts.values())
    mixed: Floats = np.asarray(
        sum(number / total * predictions[index] for index, number in counts.items())
    )
    return mixed
