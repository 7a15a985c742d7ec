"""The scores of many resamples at once: every row counts as often as it was drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.metrics import Metric, decide


def weighted_scores(
    metric: Metric,
    actual: Any,
    predicted: Floats,
    positive: int,
    threshold: float | None,
    weights: Any,
) -> Floats:
    """Return the score of every resample, `(times,)`; NaN where it is undefined.

    `weights` are `(times, n_rows)` counts. The same definitions as in `metrics`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric.decides:
            chosen = decide(predicted, positive, threshold, metric.decision_costs)
            return _decisions(metric, actual, chosen, positive, predicted.shape[1], weights)
        if metric.name == "roc_auc":
            return _roc_auc(actual == positive, predicted[:, positive], weights)
        if metric.name == "average_precision":
            return _average_precision(actual == positive, predicted[:, positive], weights)
        if metric.name == "log_loss":
            clipped = np.clip(predicted, np.finfo(np.float64).eps, 1.0)
            likely = clipped[np.arange(actual.size), actual] / clipped.sum(axis=1)
            return _mean(-np.log(likely), weights)
        return _numbers(metric.name, actual, predicted, weights)


def _mean(values: Floats, weights: Any) -> Floats:
    return np.asarray(weights @ values / weights.sum(axis=1, dtype=np.float64))


def _numbers(name: str, actual: Floats, predicted: Floats, weights: Any) -> Floats:
    off = np.abs(actual - predicted)
    if name == "mae":
        return _mean(off, weights)
    if name == "median_absolute_error":
        order = np.argsort(off, kind="stable")
        reached = np.cumsum(weights[:, order], axis=1, dtype=np.int64)
        middle = np.argmax(2 * reached >= reached[:, -1:], axis=1)
        return np.asarray(off[order][middle])
    squared = _mean(off**2, weights)
    if name == "rmse":
        return np.asarray(np.sqrt(squared))
    centred = actual - actual.mean()
    spread = _mean(centred**2, weights) - _mean(centred, weights) ** 2
    return np.asarray(np.where(spread > 0, 1.0 - squared / spread, np.nan))


def _grouped(scores: Floats, truths: Any, weights: Any) -> tuple[Floats, Floats]:
    """Return drawn positives and negatives `(times, levels)` by rising score, ties together."""
    order = np.argsort(scores, kind="stable")
    starts = np.r_[0, 1 + np.flatnonzero(np.diff(scores[order]))]
    ordered = weights[:, order]
    positives = np.add.reduceat(ordered * truths[order], starts, axis=1, dtype=np.float64)
    return positives, np.add.reduceat(ordered, starts, axis=1, dtype=np.float64) - positives


def _roc_auc(truths: Any, scores: Floats, weights: Any) -> Floats:
    positives, negatives = _grouped(scores, truths, weights)
    below = np.cumsum(negatives, axis=1) - negatives / 2.0
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return np.asarray((positives * below).sum(axis=1) / np.where(pairs > 0, pairs, np.nan))


def _average_precision(truths: Any, scores: Floats, weights: Any) -> Floats:
    positives, negatives = _grouped(-scores, truths, weights)
    hits = np.cumsum(positives, axis=1)
    said = hits + np.cumsum(negatives, axis=1)
    precision = np.where(said > 0, hits / said, 0.0)
    return np.asarray((positives * precision).sum(axis=1) / hits[:, -1])


def _decisions(
    metric: Metric, actual: Ints, chosen: Ints, positive: int, classes: int, weights: Any
) -> Floats:
    if metric.costs is not None:
        return _mean(metric.costs[actual, chosen], weights)
    right = actual == chosen
    if metric.name == "accuracy":
        return _mean(right.astype(np.float64), weights)
    scores = np.empty(weights.shape[0])
    for index, row in enumerate(weights):
        hits = np.bincount(actual, weights=row * right, minlength=classes)
        there = np.bincount(actual, weights=row, minlength=classes)
        if metric.name == "balanced_accuracy":
            seen = there > 0
            scores[index] = np.mean(hits[seen] / there[seen])
            continue
        total = there + np.bincount(chosen, weights=row, minlength=classes)
        f1 = np.divide(2.0 * hits, total, out=np.zeros(classes), where=total > 0)
        scores[index] = f1[positive] if metric.name == "f1" else f1[total > 0].mean()
    return scores
