"""Metrics agree with scikit-learn's on random predictions, ties included."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as reference

from runtime.training.errors import TrainingError
from runtime.training.metrics import METRICS, metric_for

RNG = np.random.default_rng(7)
ROWS = 400
BINARY = RNG.integers(0, 2, ROWS)
# Rounded, so that many scores tie.
POSITIVE = np.round(np.clip(RNG.normal(0.4 + 0.2 * BINARY, 0.3), 0.01, 0.99), 1)
PROBABILITIES = np.stack([1 - POSITIVE, POSITIVE], axis=1)
PREDICTED = PROBABILITIES.argmax(axis=1)

CLASSES = RNG.integers(0, 4, ROWS)
MANY = RNG.dirichlet(np.ones(4), ROWS)

ACTUAL = RNG.normal(10, 3, ROWS)
GUESS = ACTUAL + RNG.normal(0, 1, ROWS)

EXPECTED_BINARY = {
    "roc_auc": reference.roc_auc_score(BINARY, POSITIVE),
    "average_precision": reference.average_precision_score(BINARY, POSITIVE),
    "log_loss": reference.log_loss(BINARY, PROBABILITIES),
    "accuracy": reference.accuracy_score(BINARY, PREDICTED),
    "f1": reference.f1_score(BINARY, PREDICTED),
    "balanced_accuracy": reference.balanced_accuracy_score(BINARY, PREDICTED),
}
EXPECTED_MANY = {
    "accuracy": reference.accuracy_score(CLASSES, MANY.argmax(axis=1)),
    "log_loss": reference.log_loss(CLASSES, MANY),
    "f1_macro": reference.f1_score(CLASSES, MANY.argmax(axis=1), average="macro"),
    "balanced_accuracy": reference.balanced_accuracy_score(CLASSES, MANY.argmax(axis=1)),
}
EXPECTED_NUMBER = {
    "rmse": reference.root_mean_squared_error(ACTUAL, GUESS),
    "mae": reference.mean_absolute_error(ACTUAL, GUESS),
    "r2": reference.r2_score(ACTUAL, GUESS),
    "median_absolute_error": reference.median_absolute_error(ACTUAL, GUESS),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED_BINARY.items())
def test_binary_metrics_agree_with_scikit_learn(name: str, expected: float) -> None:
    assert METRICS["binary"][name].score(BINARY, PROBABILITIES, 1) == pytest.approx(expected)


@pytest.mark.parametrize(("name", "expected"), EXPECTED_MANY.items())
def test_multiclass_metrics_agree_with_scikit_learn(name: str, expected: float) -> None:
    assert METRICS["multiclass"][name].score(CLASSES, MANY, 0) == pytest.approx(expected)


@pytest.mark.parametrize(("name", "expected"), EXPECTED_NUMBER.items())
def test_regression_metrics_agree_with_scikit_learn(name: str, expected: float) -> None:
    assert METRICS["regression"][name].score(ACTUAL, GUESS, 0) == pytest.approx(expected)


def test_every_metric_of_a_task_is_compared() -> None:
    assert set(EXPECTED_BINARY) == set(METRICS["binary"])
    assert set(EXPECTED_MANY) == set(METRICS["multiclass"])
    assert set(EXPECTED_NUMBER) == set(METRICS["regression"])


def test_the_positive_class_may_be_the_first() -> None:
    auc = METRICS["binary"]["roc_auc"].score(BINARY, PROBABILITIES, 0)
    assert auc == pytest.approx(reference.roc_auc_score(1 - BINARY, 1 - POSITIVE))


def test_ranking_one_class_is_undefined() -> None:
    assert math.isnan(METRICS["binary"]["roc_auc"].score(BINARY * 0, PROBABILITIES, 1))


def test_an_unknown_metric_names_the_choices() -> None:
    with pytest.raises(TrainingError, match="choose one of rmse, mae"):
        metric_for("regression", "accuracy")
