"""Whether rows close in time resemble each other although the split is not by time.

Then a random split lets a model look at yesterday and tomorrow of every row it is judged on. The
measure is the autocorrelation of the target at lag one in the order of time; without any order its
standard error is 1/sqrt(n) (Bartlett 1946).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.sentinel.findings import BLOCKING, WARNING, Finding, Rows, numbers

TOLD, BLOCKING_FROM = 0.2, 0.7
MIN_ROWS = 50
SURE = 5.0
"""Standard errors beyond which a resemblance is no accident."""


def time_order(rows: Rows) -> Iterator[Finding]:
    """Tell of a time column along which the target is alike, when the split ignores time."""
    if rows.strategy not in ("random", "stratified"):
        return
    for name, values in _clocks(rows):
        known = np.flatnonzero(np.isfinite(values))
        if known.size < MIN_ROWS or np.unique(values[known]).size < known.size / 4:
            continue
        ordered = known[np.argsort(values[known], kind="stable")]
        alike = _lag_one(_level(rows)[ordered])
        if alike < TOLD or alike * np.sqrt(ordered.size) < SURE:
            continue
        yield Finding(
            "time_order",
            BLOCKING if alike >= BLOCKING_FROM else WARNING,
            f"Rows that follow each other in {name} have a similar {rows.target_name} "
            f"(correlation {alike:.2f}), and the rows were split at random: every held-out row has "
            "neighbours in training. Validate by time instead.",
            {"autocorrelation": alike, "rows": int(ordered.size)},
            name,
        )


def _clocks(rows: Rows) -> Iterator[tuple[str, Any]]:
    for name, kind in rows.columns:
        if kind == "datetime":
            yield name, numbers(rows.frame[name].to_numpy())
    if rows.times is not None:
        yield "time", numbers(rows.times)


def _level(rows: Rows) -> Floats:
    """The target as numbers: ranks, or whether the row has the most frequent class."""
    if rows.is_classification:
        codes = np.asarray(rows.target, dtype=np.int64)
        return np.asarray(codes == np.bincount(codes).argmax(), dtype=np.float64)
    return np.asarray(np.argsort(np.argsort(rows.target)), dtype=np.float64)


def _lag_one(series: Floats) -> float:
    centred = series - series.mean()
    total = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum()) / total if total > 0 else 0.0
