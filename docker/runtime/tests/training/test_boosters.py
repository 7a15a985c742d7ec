"""A boosting fit has the trees that it is asked for."""

from __future__ import annotations

import numpy as np

from runtime.training.boosters import LightGbm
from runtime.training.learner import FitContext

SPARING = {
    "learning_rate": 0.02,
    "leaves": 33,
    "min_leaf": 63,
    "l2": 10.0,
    "features": 0.3,
    "rows": 0.62,
    "extra": True,
}
"""Splits at random places and large leaves: most rounds find nothing to split."""


def test_a_fit_has_as_many_trees_as_asked_for_even_if_most_rounds_find_no_split() -> None:
    rng = np.random.default_rng(8)
    matrix = rng.normal(size=(320, 3))
    target = (matrix[:, 0] + rng.normal(size=320) > 0).astype(np.int64)
    watched = LightGbm({**SPARING, "rounds": 600})
    watched.fit(matrix, target, FitContext(2, False, 1, 5, watch=(matrix, target)))
    # Otherwise this would show nothing.
    assert watched.rounds < 300
    exact = LightGbm({**SPARING, "rounds": 140})
    exact.fit(matrix, target, FitContext(2, False, 1, 5))
    assert exact.rounds == 140
    np.testing.assert_array_equal(exact.stages(matrix)[140], watched.stages(matrix)[140])


def test_a_fit_ends_where_there_is_nothing_to_split() -> None:
    matrix = np.zeros((50, 1))
    target = np.arange(50) % 2
    learner = LightGbm({**SPARING, "rounds": 30})
    learner.fit(matrix, target, FitContext(2, False, 1, 5))
    assert learner.rounds <= 1
