"""Permutation importance: how much the score drops when one column is shuffled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from runtime.training.metrics import Metric
from runtime.training.model import TabularModel

MAX_ROWS = 2000
MAX_REPEATS = 5


@dataclass(frozen=True)
class Importance:
    """Mean and standard deviation of the drop of the score, per column; partial until the end."""

    drops: dict[str, list[float]] = field(default_factory=dict)
    is_partial: bool = True

    def items(self) -> list[dict[str, Any]]:
        """Return the columns, most important first."""
        items = [
            {"column": name, "mean": float(np.mean(d)), "std": float(np.std(d))}
            for name, d in self.drops.items()
        ]
        return sorted(items, key=lambda item: -float(str(item["mean"])))


def permutation_importance(
    model: TabularModel,
    frame: pd.DataFrame,
    actual: Any,
    metric: Metric,
    positive: int,
    threshold: float | None,
    seconds: float,
    seed: int,
) -> Iterator[Importance]:
    """Shuffle one column at a time on at most 2,000 rows, in rounds over all columns.

    Yields what is known after every few columns, so that a caller may stop waiting at any time; a
    new round over the columns begins only while `seconds` allow it.
    """
    rng = np.random.default_rng(seed)
    started = time.monotonic()
    if len(frame) > MAX_ROWS:
        rows = np.sort(rng.choice(len(frame), MAX_ROWS, replace=False))
        frame, actual = frame.iloc[rows].reset_index(drop=True), actual[rows]

    def gain(rows: pd.DataFrame) -> float:
        values = model.predict_values(rows)
        return metric.gain(metric.score(actual, values, positive, threshold))

    base = gain(frame)
    drops: dict[str, list[float]] = {name: [] for name, _ in model.columns}
    told = time.monotonic()
    for repeat in range(MAX_REPEATS):
        spent = time.monotonic() - started
        if repeat and spent * (repeat + 1) / repeat > seconds:
            break
        for name in drops:
            if time.monotonic() - started > seconds:
                break
            shuffled = frame.copy(deep=False)
            shuffled[name] = frame[name].to_numpy()[rng.permutation(len(frame))]
            drops[name].append(base - gain(shuffled))
            if time.monotonic() - told > 0.2:
                told = time.monotonic()
                yield Importance(_known(drops))
    yield Importance(_known(drops), is_partial=False)


def _known(drops: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: list(values) for name, values in drops.items() if values}
