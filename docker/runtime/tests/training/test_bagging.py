"""Bagged boosting looks at no row outside, and its models look at different ones inside."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.training.bagging import BaggedLightGbm
from runtime.training.families import FAMILY_BY_NAME
from runtime.training.learner import FitContext
from runtime.training.recipes import Problem

RNG = np.random.default_rng(17)
MATRIX = RNG.normal(size=(500, 4))
NUMBERS = MATRIX[:, 0] + RNG.normal(size=500)
CLASSES = (NUMBERS > 0.5).astype(np.int64)
PROBLEM = Problem((("a", "number"),), 2, False, False, False, 0, 500)
PARAMETERS = FAMILY_BY_NAME["lightgbm"].portfolio(PROBLEM)[0] | {"bags": 4}


def fitted(target: np.ndarray, classes: int, **changes: object) -> BaggedLightGbm:
    learner = BaggedLightGbm(PARAMETERS)
    learner.fit(MATRIX, target, FitContext(classes, False, 1, 3, **changes))  # type: ignore[arg-type]
    return learner


def test_every_model_of_a_bag_is_another_one() -> None:
    learner = fitted(CLASSES, 2)
    assert len(learner.learners) == 4
    predictions = [each.predict(MATRIX)[:, 1] for each in learner.learners]
    assert all(np.abs(predictions[0] - other).max() > 0.01 for other in predictions[1:])
    np.testing.assert_allclose(learner.predict(MATRIX)[:, 1], np.mean(predictions, axis=0))


@pytest.mark.parametrize(("target", "classes"), [(CLASSES, 2), (NUMBERS, 0)])
def test_watched_rows_from_outside_change_nothing(target: np.ndarray, classes: int) -> None:
    plain = fitted(target, classes).predict(MATRIX)
    watched = fitted(target, classes, watch=(MATRIX, target)).predict(MATRIX)
    np.testing.assert_array_equal(plain, watched)


def test_models_stop_where_the_rows_left_out_no_longer_gain() -> None:
    assert all(each.rounds < PARAMETERS["rounds"] for each in fitted(CLASSES, 2).learners)


def test_a_class_too_rare_for_every_part_gives_one_model() -> None:
    rare = np.zeros(500, dtype=np.int64)
    rare[:3] = 1
    assert len(fitted(rare, 2).learners) == 1
