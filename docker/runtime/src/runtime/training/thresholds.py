"""Decision thresholds of binary classifiers, chosen on other rows than those they are judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.metrics import Metric

PLAIN = 0.5
_FINE = np.round(np.geomspace(1e-4, 9e-3, 12), 5)
GRID: Floats = np.concatenate([_FINE, np.arange(1, 100) / 100.0, np.sort(1.0 - _FINE)])
"""Thresholds to choose from: hundredths, and finer ones for very rare or very common classes."""


@dataclass(frozen=True)
class Counts:
    """Rows by what they are and what they are taken for, at every threshold of GRID."""

    true_positives: Floats
    false_positives: Floats
    positives: float
    negatives: float


def count(truths: Any, scores: Floats) -> Counts:
    """Count the rows of boolean `truths` whose score reaches each threshold."""
    places = np.searchsorted(GRID, scores, side="right")
    size = GRID.size + 1
    hits = np.bincount(places[truths], minlength=size)
    alarms = np.bincount(places[~truths], minlength=size)
    # A score at place i reaches the thresholds 0 … i-1.
    return Counts(
        np.cumsum(hits[::-1])[::-1][1:].astype(np.float64),
        np.cumsum(alarms[::-1])[::-1][1:].astype(np.float64),
        float(truths.sum()),
        float((~truths).sum()),
    )


def best_threshold(counts: Counts, metric: Metric, positive: int) -> float:
    """Return the threshold of GRID with the best score; of equal ones that nearest to a half."""
    gains = _gains(counts, metric, positive)
    known = np.nan_to_num(gains, nan=-np.inf)
    best = np.flatnonzero(known >= known.max() - 1e-12)
    return float(GRID[best[np.argmin(np.abs(GRID[best] - PLAIN))]])


def best_gain(parts: list[Counts], metric: Metric, positive: int) -> float:
    """Return the best score that one threshold for all parts can reach; more is better."""
    return float(np.nan_to_num(_gains(_total(parts), metric, positive), nan=-np.inf).max())


def _gains(counts: Counts, metric: Metric, positive: int) -> Floats:
    """Score every threshold from its counts, turned so that more is better."""
    hits, alarms = counts.true_positives, counts.false_positives
    misses, rejected = counts.positives - hits, counts.negatives - alarms
    rows = max(counts.positives + counts.negatives, 1.0)
    if metric.name == "cost" and metric.costs is not None:
        costs, other = metric.costs, 1 - positive
        total = hits * costs[positive, positive] + misses * costs[positive, other]
        total = total + alarms * costs[other, positive] + rejected * costs[other, other]
        return np.asarray(-total / rows)
    if metric.name == "f1":
        return np.asarray(2.0 * hits / np.maximum(2.0 * hits + alarms + misses, 1.0))
    if metric.name == "balanced_accuracy":
        recall = hits / max(counts.positives, 1.0)
        return np.asarray((recall + rejected / max(counts.negatives, 1.0)) / 2.0)
    return np.asarray((hits + rejected) / rows)


def out_of_fold_thresholds(
    folds: list[Counts], others: list[list[int]], metric: Metric, positive: int
) -> tuple[list[float], float]:
    """Choose the threshold of every fold on `others` of it, and one on all folds together.

    A fold without others, the first to be judged or the only one, gets a half.
    """
    single = []
    for rest in others:
        known = [folds[index] for index in rest]
        single.append(best_threshold(_total(known), metric, positive) if known else PLAIN)
    return single, best_threshold(_total(folds), metric, positive) if len(folds) > 1 else PLAIN


def _total(parts: list[Counts]) -> Counts:
    return Counts(
        np.sum([part.true_positives for part in parts], axis=0),
        np.sum([part.false_positives for part in parts], axis=0),
        sum(part.positives for part in parts),
        sum(part.negatives for part in parts),
    )
