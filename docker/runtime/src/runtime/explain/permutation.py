"""Contributions of any model, by putting the columns of a row into other rows one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.explain.method import Contributions, Method, OutOfTime
from runtime.training.arrays import Floats

SOURCE = (
    "Štrumbelj and Kononenko 2014; antithetic orders as in Mitchell et al. 2022, "
    "Sampling Permutations for Shapley Value Estimation"
)
BLOCK_CELLS = 4_000_000
"""Cells of raw rows that are predicted at once."""


class PermutationExplainer:
    """Shapley values by sampled orders of the columns, each order taken forth and back.

    A column's contribution is how much the mean prediction over the background changes when its
    value is put in after the columns before it. In every order the changes add up to prediction
    minus base, so the sum is exact whatever the number of orders; the split among the columns is
    exact for models without interactions of three or more columns, and an estimate otherwise.
    """

    def __init__(
        self,
        predict: Callable[[dict[str, Any]], Floats],
        columns: list[str],
        background: dict[str, Any],
        orders: int = 4,
        seed: int = 0,
    ) -> None:
        self._predict = predict
        self._names = columns
        self._background = {name: np.asarray(background[name]) for name in columns}
        self._size = len(self._background[columns[0]])
        self._orders = orders
        self._seed = seed
        base = predict(self._background)
        self._base = np.asarray(base, dtype=np.float64).mean(axis=0)
        self.method = Method(
            "permutation_shap",
            f"Permutation SHAP, {2 * orders} orders of columns, {self._size} background rows",
            SOURCE,
        )
        self.tolerance = 1e-6
        self.notes = [
            "Columns are replaced independently of each other, also in combinations that no real "
            "row has."
        ]

    def explain(
        self, frame: Any, deadline: float | None = None, told: Callable[[float], None] | None = None
    ) -> Contributions:
        """Explain raw rows; a smaller number of rows when the monotonic `deadline` comes first.

        When time is short for the first row already, it gets fewer orders of columns than the
        others would: each order by itself is an unbiased estimate that adds up exactly. Raises
        OutOfTime when there was no time for a single one.
        """
        given = {name: np.asarray(frame[name]) for name in self._names}
        rows = len(given[self._names[0]])
        found: list[Floats] = []
        for row in range(rows):
            values = self._explain_row(given, row, deadline, may_shorten=row == 0)
            if values is None:
                break
            found.append(values)
            if told is not None:
                told((row + 1) / rows)
        if not found:
            raise OutOfTime(
                f"One row of {len(self._names):,} columns takes longer than the time allowed."
            )
        return Contributions(np.stack(found), self._base)

    def _explain_row(
        self, given: dict[str, Any], row: int, deadline: float | None, *, may_shorten: bool
    ) -> Any:
        count = len(self._names)
        rng = np.random.default_rng([self._seed, row])
        total = np.zeros((self._base.size, count))
        walks = 0
        for _ in range(self._orders):
            order = rng.permutation(count)
            for direction in (order, order[::-1]):
                steps = self._walk(given, row, direction, deadline)
                if steps is None:
                    return total / walks if may_shorten and walks > 0 else None
                total[:, direction] += steps
                walks += 1
        return total / walks

    def _walk(self, given: dict[str, Any], row: int, order: Any, deadline: float | None) -> Any:
        """Return the change `(n_outputs, n_columns)` of each step, in the order of the steps."""
        count = len(self._names)
        place = np.empty(count, dtype=np.int64)
        place[order] = np.arange(count)
        per_block = max(1, BLOCK_CELLS // (self._size * count))
        means = [self._base]
        for first in range(1, count + 1, per_block):
            if deadline is not None and time.monotonic() > deadline:
                return None
            steps = np.arange(first, min(first + per_block, count + 1))
            means.extend(self._means(given, row, place, steps))
        return np.diff(np.stack(means, axis=1), axis=1)

    def _means(self, given: dict[str, Any], row: int, place: Any, steps: Any) -> Any:
        """Return the mean predictions when the first `step` columns have the row's values."""
        mixed = {}
        for index, name in enumerate(self._names):
            background = self._background[name]
            values = np.empty((steps.size, self._size), dtype=background.dtype)
            values[:] = background
            values[steps > place[index]] = given[name][row]
            mixed[name] = values.ravel()
        predicted = self._predict(mixed)
        return predicted.reshape(steps.size, self._size, -1).mean(axis=1)
