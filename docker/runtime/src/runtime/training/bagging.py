"""Bagged boosting: every model leaves out other rows and stops where those no longer gain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints, Matrix
from runtime.training.boosters import LightGbm
from runtime.training.learner import FitContext, Learner

MIN_ROWS = 60


class BaggedLightGbm(Learner):
    """The mean of `bags` LightGBM models, in `learners`.

    The rows are dealt into `bags` parts; each model learns from the others and watches its own
    part, so that early stopping needs no row from outside. Too few rows of a class for that, and
    there is one model of all rows.
    """

    learners: list[LightGbm]

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit every model; rows outside, those of `context.watch` too, are not looked at."""
        parts = self._deal(target, context)
        if parts is None:
            learner = LightGbm(self._inner())
            learner.fit(matrix, target, replace(context, watch=None))
            self.learners = [learner]
            return
        self.learners = []
        for part in range(int(self.parameters["bags"])):
            inside = parts == part
            weights = None if context.weights is None else context.weights[~inside]
            watch = (matrix[inside], target[inside])
            learner = LightGbm(self._inner())
            learner.fit(
                matrix[~inside],
                target[~inside],
                replace(context, weights=weights, watch=watch, seed=context.seed + part),
            )
            self.learners.append(learner)

    def predict(self, matrix: Matrix) -> Floats:
        """Return the mean of the models' predictions."""
        total: Any = sum(learner.predict(matrix) for learner in self.learners)
        return np.asarray(total / len(self.learners), dtype=np.float64)

    def _inner(self) -> dict[str, Any]:
        return {name: value for name, value in self.parameters.items() if name != "bags"}

    def _deal(self, target: Any, context: FitContext) -> Ints | None:
        """Return the part of every row, classes spread evenly; None if there are too few rows."""
        bags, rows = int(self.parameters["bags"]), len(target)
        if rows < MIN_ROWS or (context.classes and np.bincount(target).min() < bags):
            return None
        rng = np.random.default_rng([context.seed, 5])
        order = rng.permutation(rows)
        if context.classes:
            order = order[np.argsort(target[order], kind="stable")]
        parts = np.empty(rows, dtype=np.int64)
        parts[order] = np.arange(rows) % bags
        return parts
