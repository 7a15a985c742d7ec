"""Scores of predictions, in natural units. Plain numpy; definitions follow scikit-learn's.

Classification scores read class probabilities `(n_rows, n_classes)` and integer class codes;
regression scores read predicted and actual numbers. For binary tasks the positive class is named
by its code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.errors import TrainingError


@dataclass(frozen=True)
class Metric:
    """A named score, the direction in which it is better, and what it needs."""

    name: str
    greater_is_better: bool
    score: Callable[..., float]

    def gain(self, value: float) -> float:
        """Return `value` turned so that more is better."""
        return value if self.greater_is_better else -value


def roc_auc(actual: Ints, positive: Floats) -> float:
    """Area under the ROC curve of boolean `actual` against the score `positive` (ties count 1/2).

    Computed from mid-ranks (Mann-Whitney U). NaN when only one class is present.
    """
    truths = actual.astype(bool)
    positives = int(truths.sum())
    negatives = truths.size - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(positive, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2.0)[inverse]
    return float((ranks[truths].sum() - positives * (positives + 1) / 2.0) / positives / negatives)


def average_precision(actual: Ints, positive: Floats) -> float:
    """Sum over thresholds of precision times the step in recall (no interpolation)."""
    truths = actual.astype(bool)
    if not truths.any():
        return float("nan")
    order = np.argsort(-positive, kind="stable")
    ordered = positive[order]
    ends = np.r_[np.flatnonzero(np.diff(ordered)), ordered.size - 1]
    hits = np.cumsum(truths[order])[ends]
    recall = hits / hits[-1]
    precision = hits / (ends + 1.0)
    return float(np.sum(np.diff(np.r_[0.0, recall]) * precision))


def log_loss(codes: Ints, probabilities: Floats) -> float:
    """Mean negative log-likelihood; probabilities are clipped at the smallest float step
    (as scikit-learn does) and re-normalised."""
    clipped = np.clip(probabilities, np.finfo(np.float64).eps, 1.0)
    chosen = clipped[np.arange(codes.size), codes] / clipped.sum(axis=1)
    return float(-np.mean(np.log(chosen)))


def confusion(codes: Ints, predicted: Ints, classes: int) -> Ints:
    """Counts `(classes, classes)`: rows are actual, columns predicted."""
    flat = np.bincount(codes * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes).astype(np.int64)


def accuracy(codes: Ints, probabilities: Floats) -> float:
    """Share of rows whose most probable class is the actual one."""
    return float(np.mean(np.argmax(probabilities, axis=1) == codes))


def balanced_accuracy(codes: Ints, probabilities: Floats) -> float:
    """Mean recall over the classes that occur."""
    classes = probabilities.shape[1]
    counts = confusion(codes, np.argmax(probabilities, axis=1), classes)
    support = counts.sum(axis=1)
    seen = support > 0
    return float(np.mean(np.diag(counts)[seen] / support[seen]))


def f1_scores(codes: Ints, predicted: Ints, classes: int) -> Floats:
    """F1 per class `(classes,)`; 0 for a class neither present nor predicted."""
    counts = confusion(codes, predicted, classes)
    total = counts.sum(axis=0) + counts.sum(axis=1)
    scores: Floats = np.divide(2.0 * np.diag(counts), total, out=np.zeros(classes), where=total > 0)
    return scores


def _f1(codes: Ints, probabilities: Floats, positive: int) -> float:
    predicted = np.argmax(probabilities, axis=1)
    return float(f1_scores(codes, predicted, probabilities.shape[1])[positive])


def _f1_macro(codes: Ints, probabilities: Floats, _positive: int) -> float:
    predicted = np.argmax(probabilities, axis=1)
    classes = probabilities.shape[1]
    present = np.union1d(codes, predicted)
    return float(f1_scores(codes, predicted, classes)[present].mean())


def rmse(actual: Floats, predicted: Floats) -> float:
    """Root mean squared error, in the target's unit."""
    return float(np.sqrt(np.mean((actual - predicted) ** 2)))


def r2(actual: Floats, predicted: Floats) -> float:
    """Coefficient of determination; NaN when `actual` is constant."""
    spread = float(np.sum((actual - actual.mean()) ** 2))
    if spread == 0.0:
        return float("nan")
    return 1.0 - float(np.sum((actual - predicted) ** 2)) / spread


METRICS: dict[str, dict[str, Metric]] = {
    "binary": {
        "roc_auc": Metric("roc_auc", True, lambda y, p, c: roc_auc(y == c, p[:, c])),
        "average_precision": Metric(
            "average_precision", True, lambda y, p, c: average_precision(y == c, p[:, c])
        ),
        "log_loss": Metric("log_loss", False, lambda y, p, _c: log_loss(y, p)),
        "accuracy": Metric("accuracy", True, lambda y, p, _c: accuracy(y, p)),
        "f1": Metric("f1", True, _f1),
        "balanced_accuracy": Metric(
            "balanced_accuracy", True, lambda y, p, _c: balanced_accuracy(y, p)
        ),
    },
    "multiclass": {
        "accuracy": Metric("accuracy", True, lambda y, p, _c: accuracy(y, p)),
        "log_loss": Metric("log_loss", False, lambda y, p, _c: log_loss(y, p)),
        "f1_macro": Metric("f1_macro", True, _f1_macro),
        "balanced_accuracy": Metric(
            "balanced_accuracy", True, lambda y, p, _c: balanced_accuracy(y, p)
        ),
    },
    "regression": {
        "rmse": Metric("rmse", False, lambda y, p, _c: rmse(y, p)),
        "mae": Metric("mae", False, lambda y, p, _c: float(np.mean(np.abs(y - p)))),
        "r2": Metric("r2", True, lambda y, p, _c: r2(y, p)),
        "median_absolute_error": Metric(
            "median_absolute_error", False, lambda y, p, _c: float(np.median(np.abs(y - p)))
        ),
    },
}


def metric_for(task: str, name: str) -> Metric:
    """Return the metric called `name`; TrainingError names the choices if the task has none."""
    try:
        return METRICS[task][name]
    except KeyError:
        choices = ", ".join(METRICS[task])
        raise TrainingError(
            f"The metric {name!r} does not fit a {task} task; choose one of {choices}."
        ) from None
