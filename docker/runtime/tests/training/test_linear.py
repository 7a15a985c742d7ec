"""Linear models of classes by discriminant: known answers, weights, and what it refuses to need."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from runtime.training.learner import FitContext, Linear
from runtime.training.portfolios import can_discriminate, linear
from runtime.training.recipes import Problem

NUMBERS = (("a", "number"), ("b", "number"))


def fitted(matrix: Any, target: Any, weights: Any = None, solver: str = "discriminant") -> Linear:
    learner = Linear({"solver": solver, "strength": 1.0})
    classes = int(np.max(target)) + 1
    learner.fit(matrix, target, FitContext(classes, False, 1, 0, weights=weights))
    return learner


def problem(rows: int = 500, classes: int = 2, columns: Any = NUMBERS) -> Problem:
    return Problem(tuple(columns), classes, False, False, False, 1, rows)


def test_of_normal_classes_the_discriminant_finds_the_probability_they_have() -> None:
    """Two normal classes with one covariance: the log odds are linear, 2 x here (Bayes' rule)."""
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1], 20_000)
    matrix = rng.normal(size=(40_000, 2)) + np.where(target == 1, 1.0, -1.0)[:, None] * [1.0, 0.0]
    learner = fitted(matrix, target)
    predicted = learner.predict(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0]]))
    expected = 1.0 / (1.0 + np.exp(-np.array([0.0, 2.0, 2.0])))
    np.testing.assert_allclose(predicted[:, 1], expected, atol=0.02)


def test_weights_of_rows_move_the_shares_that_classes_start_from() -> None:
    rng = np.random.default_rng(1)
    target = np.repeat([0, 1], [900, 100])
    matrix = rng.normal(size=(1000, 2)) + target[:, None]
    plain = fitted(matrix, target)
    even = fitted(matrix, target, weights=np.where(target == 1, 9.0, 1.0))
    middle = np.array([[0.5, 0.5]])
    odds = [float(np.divide(*each.predict(middle)[0, ::-1])) for each in (plain, even)]
    assert odds[1] / odds[0] == pytest.approx(9.0, rel=0.1)


@pytest.mark.parametrize("load", [load_wine, load_iris])
def test_on_few_rows_of_several_classes_it_says_more_than_a_logistic_fit(load: Any) -> None:
    table = load()
    scaled = (table.data - table.data.mean(axis=0)) / table.data.std(axis=0)
    losses: dict[str, list[float]] = {"discriminant": [], "penalised": []}
    for seed in range(5):
        train, test, target, actual = train_test_split(
            scaled, table.target, test_size=0.4, random_state=seed, stratify=table.target
        )
        for solver, found in losses.items():
            found.append(log_loss(actual, fitted(train, target, solver=solver).predict(test)))
    assert np.mean(losses["discriminant"]) < 0.8 * np.mean(losses["penalised"])


def test_a_class_of_one_row_and_a_constant_column_do_no_harm() -> None:
    rng = np.random.default_rng(2)
    target = np.array([0] * 30 + [1] * 30 + [2])
    matrix = np.column_stack([rng.normal(size=61) + target, np.ones(61)])
    predicted = fitted(matrix, target).predict(matrix)
    assert np.isfinite(predicted).all()
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("about", "offered"),
    [
        (problem(), True),
        (problem(classes=0), False),
        (problem(columns=[*NUMBERS, ("c", "text")]), False),
        (problem(columns=[(f"c{i}", "number") for i in range(500)]), False),
    ],
    ids=["classes", "numbers", "text", "wide"],
)
def test_the_discriminant_is_offered_where_it_can_be_fitted(about: Problem, offered: bool) -> None:
    assert can_discriminate(about) is offered
    solvers = {recipe.get("solver") for recipe in linear(about)}
    assert ("discriminant" in solvers) is offered


def test_many_columns_of_few_rows_get_more_products() -> None:
    many = [(f"c{i}", "number") for i in range(60)]
    assert {r.get("pair_columns") for r in linear(problem(1000, columns=many))} == {64}
    assert {r.get("pair_columns") for r in linear(problem(50_000, columns=many))} == {None}
    assert {r.get("pair_columns") for r in linear(problem(1000))} == {None}
