"""How sure a cross-validated score is: the bootstrap over its out-of-fold rows.

Every candidate is judged on the same resamples, so that the difference of two candidates can be
resampled as well (paired bootstrap; Efron and Tibshirani, 1993, chapter 13). What varies is the
rows; how much a candidate would vary if it were fitted on other rows is not part of it.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.metrics import Metric
from runtime.training.weighted import weighted_scores

CELLS = 8_000_000
"""Rows times resamples of one candidate; long tables are resampled less often to bound the time."""

MOST, LEAST = 400, 60
ENOUGH_FOR_PERCENTILES = 200
LEVEL = 0.05


class Judged(Protocol):
    """What a resampler needs to know of a candidate."""

    scores: list[float]
    fold_thresholds: list[float]

    def predictions(self, fold: int) -> Any:
        """Return the predictions of one fold's test rows."""


class RowResampler:
    """Resamples of the judged rows; a row that is judged in several folds counts alike in all."""

    def __init__(self, metric: Metric, target: Any, tests: list[Any], positive: int, seed: int):
        self._metric = metric
        self._positive = positive
        self._actual = [target[test] for test in tests]
        rows = np.unique(np.concatenate(tests))
        total = sum(test.size for test in tests)
        self.times = int(np.clip(CELLS // max(total, 1), LEAST, MOST))
        rng = np.random.default_rng([seed, 3])
        drawn = np.zeros((self.times, rows.size), dtype=np.uint8)
        for row in drawn:
            counts = np.bincount(rng.integers(0, rows.size, rows.size), minlength=rows.size)
            row[:] = np.minimum(counts, 255)
        self._weights = [drawn[:, np.searchsorted(rows, test)] for test in tests]

    def draws(self, candidate: Judged) -> Floats:
        """Return the candidate's mean score over the folds in every resample, `(times,)`."""
        judged = []
        for fold, weights in enumerate(self._weights):
            threshold = candidate.fold_thresholds[fold] if candidate.fold_thresholds else None
            judged.append(
                weighted_scores(
                    self._metric,
                    self._actual[fold],
                    candidate.predictions(fold),
                    self._positive,
                    threshold,
                    weights,
                )
            )
        table = np.array(judged)
        known = ~np.isnan(table)
        counts = np.maximum(known.sum(axis=0), 1)
        means = np.where(known, table, 0.0).sum(axis=0) / counts
        return np.asarray(np.where(known.any(axis=0), means, np.nan))


class FoldResampler:
    """Resamples of the folds, for scores that do not belong to single rows."""

    def __init__(self, folds: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 3])
        self._chosen = rng.integers(0, folds, (MOST, folds))

    def draws(self, candidate: Judged) -> Floats:
        """Return the candidate's mean score in every resample, `(times,)`."""
        return np.asarray(np.array(candidate.scores)[self._chosen].mean(axis=1))


def interval(draws: Floats, score: float, metric: Metric) -> tuple[float, float] | None:
    """Return the 95 % interval of a score; None where it cannot be told.

    The percentiles of the resamples, or the normal interval with their spread if they are few.
    """
    known = draws[np.isfinite(draws)]
    if known.size < 2 or not np.isfinite(score):
        return None
    if known.size >= ENOUGH_FOR_PERCENTILES:
        low, high = (float(q) for q in np.quantile(known, [LEVEL / 2, 1 - LEVEL / 2]))
    else:
        reach = 1.96 * float(known.std(ddof=1))
        low, high = score - reach, score + reach
        if metric.greater_is_better:
            high = min(high, 1.0)
        if metric.name != "r2" and metric.costs is None:
            low = max(low, 0.0)
    return min(low, score), max(high, score)


def p_value(best: Floats, other: Floats, metric: Metric) -> float:
    """Return how often the other is at least as good as the best among the resamples (one-sided).

    Counted with one more of each (Davison and Hinkley, 1997, section 4.2.5), so it is never 0.
    """
    turned = 1.0 if metric.greater_is_better else -1.0
    difference = turned * (best - other)
    known = difference[np.isfinite(difference)]
    if known.size == 0:
        return 1.0
    return float((1 + np.sum(known <= 0)) / (known.size + 1))
