"""Greedy ensemble selection from out-of-fold predictions (Caruana et al., 2004)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.candidates import Candidate, Judge

POOL_SIZE = 20
STEPS = 20
MAX_MEMBERS = 5


@dataclass(frozen=True)
class Blend:
    """Weights by candidate id (they sum to 1) and the fold scores of the blend."""

    weights: dict[str, float]
    scores: list[float]


def blend(candidates: list[Candidate], judge: Judge) -> Blend | None:
    """Blend the best candidates, or return None if fewer than two are worth blending.

    The returned fold scores are honest: the weights that are judged on a fold were chosen on the
    other folds. The weights themselves are chosen on all folds.
    """
    pool = [c for c in candidates if c.family != "baseline"][:POOL_SIZE]
    if len(pool) < 2:
        return None
    folds = sorted(pool[0].results)
    predictions = {fold: [c.predictions(fold) for c in pool] for fold in folds}
    counts = _select(predictions, judge, folds)
    if len(counts) < 2:
        return None
    scores = []
    for fold in folds:
        others = [other for other in folds if other != fold] or folds
        chosen = _select(predictions, judge, others)
        scores.append(judge.fold_score(fold, _mix(predictions[fold], chosen)))
    total = sum(counts.values())
    weights = {pool[index].candidate_id: count / total for index, count in counts.items()}
    return Blend(weights, scores)


def _select(predictions: dict[int, list[Floats]], judge: Judge, folds: list[int]) -> Counter[int]:
    """Add the model that helps most, with repetition; stop when nothing helps."""
    counts: Counter[int] = Counter()
    sums: dict[int, Floats | float] = dict.fromkeys(folds, 0.0)
    best = -np.inf
    for step in range(1, STEPS + 1):
        gains = [
            _gain(predictions, judge, folds, sums, index, step)
            if index in counts or len(counts) < MAX_MEMBERS
            else -np.inf
            for index in range(len(predictions[folds[0]]))
        ]
        index = int(np.argmax(gains))
        if gains[index] <= best + 1e-12:
            break
        best = gains[index]
        counts[index] += 1
        for fold in folds:
            sums[fold] = sums[fold] + predictions[fold][index]
    return counts


def _gain(
    predictions: dict[int, list[Floats]],
    judge: Judge,
    folds: list[int],
    sums: dict[int, Floats | float],
    index: int,
    step: int,
) -> float:
    scores = [
        judge.fold_score(fold, np.asarray((sums[fold] + predictions[fold][index]) / step))
        for fold in folds
    ]
    known = [judge.metric.gain(score) for score in scores if score == score]
    return float(np.mean(known)) if known else -np.inf


def _mix(predictions: list[Floats], counts: Counter[int]) -> Floats:
    total = sum(counts.values())
    mixed: Floats = np.asarray(
        sum(count / total * predictions[index] for index, count in counts.items())
    )
    return mixed
