"""Numbers against their group: the mean of a number over a category's rows, and the distance to it.

A price says more beside the usual price of its kind. No target goes into the values, so rows may
see their own group; which pairs of columns are used is chosen by the rows that are learned from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints

MAX_PAIRS = 6
MAX_CATEGORIES, MAX_NUMBERS = 12, 20
MAX_SCORED_ROWS = 20_000
SMOOTHING = 5.0
"""Weight of the mean of all rows in the mean of a group, in rows."""


class GroupAggregates:
    """The chosen pairs of a category and a number.

    `category_index` and `number_index` are the positions of each pair's columns, `tables` the means
    by level code `(levels,)` of each pair.
    """

    def __init__(self) -> None:
        self.category_index: Ints = np.empty(0, dtype=np.int64)
        self.number_index: Ints = np.empty(0, dtype=np.int64)
        self.tables: list[Floats] = []

    @property
    def width(self) -> int:
        """Number of output columns: two for every pair."""
        return 2 * len(self.tables)

    def fit(self, codes: list[Ints], sizes: list[int], numbers: Floats, outputs: Floats) -> None:
        """Choose the pairs that go best with the target.

        `codes` are the level codes of every category column and `sizes` their numbers of levels,
        `numbers` the raw numbers `(n_rows, n_numbers)`, `outputs` the target `(n_rows, n_outputs)`.
        """
        step = -(-outputs.shape[0] // MAX_SCORED_ROWS)
        found: list[tuple[float, int, int, Floats]] = []
        for category in range(min(len(codes), MAX_CATEGORIES)):
            for number in range(min(numbers.shape[1], MAX_NUMBERS)):
                table = _group_means(codes[category], sizes[category], numbers[:, number])
                pair = _aggregates(table, codes[category][::step], numbers[::step, number])
                strength = _gain(pair, numbers[::step, number], outputs[::step])
                found.append((strength, category, number, table))
        found.sort(key=lambda item: -item[0])
        chosen = [item for item in found[:MAX_PAIRS] if item[0] > 0]
        self.category_index = np.array([item[1] for item in chosen], dtype=np.int64)
        self.number_index = np.array([item[2] for item in chosen], dtype=np.int64)
        self.tables = [item[3] for item in chosen]

    def transform(self, codes: dict[int, Ints], numbers: Floats) -> Floats:
        """Return the group's mean and the distance to it for every pair, side by side."""
        parts = [
            _aggregates(table, codes[int(category)], numbers[:, number])
            for table, category, number in zip(
                self.tables, self.category_index, self.number_index, strict=True
            )
        ]
        return np.concatenate(parts, axis=1) if parts else np.empty((numbers.shape[0], 0))


def _group_means(codes: Ints, size: int, values: Floats) -> Floats:
    known = ~np.isnan(values)
    overall = float(values[known].mean()) if known.any() else 0.0
    counts = np.bincount(codes[known], minlength=size)
    sums = np.bincount(codes[known], weights=values[known], minlength=size)
    return np.asarray((sums + SMOOTHING * overall) / (counts + SMOOTHING))


def _aggregates(table: Floats, codes: Ints, values: Floats) -> Floats:
    means = table[codes]
    return np.stack([means, values - means], axis=1)


def _gain(pair: Floats, values: Floats, outputs: Floats) -> float:
    """Return how much better the pair goes with the target than the number alone."""
    with np.errstate(all="ignore"):
        alone = _strength(values, outputs)
        return max(_strength(pair[:, 0], outputs), _strength(pair[:, 1], outputs)) - alone


def _strength(values: Floats, outputs: Floats) -> float:
    """Return the largest absolute correlation with an output over the known rows."""
    known = np.isfinite(values)
    if known.sum() < 10:
        return 0.0
    x = values[known] - values[known].mean()
    y = outputs[known] - outputs[known].mean(axis=0)
    spread: Any = np.sqrt((x**2).sum() * (y**2).sum(axis=0))
    return float(np.nan_to_num(np.abs(x @ y) / spread, nan=0.0, posinf=0.0).max())
