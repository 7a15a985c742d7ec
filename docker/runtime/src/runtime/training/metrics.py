"""Scores of predictions, in natural units. Plain numpy; definitions follow scikit-learn's.

Classification scores read class probabilities `(n_rows, n_classes)` and integer class codes;
regression scores read predicted and actual numbers. For binary tasks the positive class is named
by its code, and scores of decisions take the threshold that its probability must reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.errors import TrainingError


@dataclass(frozen=True)
class Metric:
    """A named score and the direction in which it is better.

    `score` takes what is actual, what is predicted, the code of the positive class and the decision
    threshold. `decides` says that it judges decisions, so that the threshold matters; `costs` are
    those of the metric `cost`, rows actual, columns predicted. `decision_costs` are given where
    the model decides between several classes by the smallest expected cost.
    """

    name: str
    greater_is_better: bool
    score: Callable[..., float]
    decides: bool = False
    costs: Floats | None = None
    decision_costs: Floats | None = None

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


def decide(
    probabilities: Floats, positive: int, threshold: float | None, costs: Floats | None = None
) -> Ints:
    """Return the predicted class codes: the most probable; for two classes the positive one where
    its probability reaches the threshold; for several classes with `costs` (rows actual, columns
    predicted) the one with the smallest expected cost, the first of equal ones.

    The expected cost of saying j is the sum over i of P(i) costs[i, j] (Elkan 2001, "The
    foundations of cost-sensitive learning", equation 1).
    """
    if costs is not None and probabilities.shape[1] > 2:
        return np.asarray(np.argmin(probabilities @ costs, axis=1), dtype=np.int64)
    if threshold is None or probabilities.shape[1] != 2:
        return np.asarray(np.argmax(probabilities, axis=1), dtype=np.int64)
    reached = probabilities[:, positive] >= threshold
    return np.asarray(np.where(reached, positive, 1 - positive), dtype=np.int64)


def accuracy(codes: Ints, predicted: Ints) -> float:
    """Share of rows whose predicted class is the actual one."""
    return float(np.mean(predicted == codes))


def balanced_accuracy(codes: Ints, predicted: Ints, classes: int) -> float:
    """Mean recall over the classes that occur."""
    counts = confusion(codes, predicted, classes)
    support = counts.sum(axis=1)
    seen = support > 0
    return float(np.mean(np.diag(counts)[seen] / support[seen]))


def f1_scores(codes: Ints, predicted: Ints, classes: int) -> Floats:
    """F1 per class `(classes,)`; 0 for a class neither present nor predicted."""
    counts = confusion(codes, predicted, classes)
    total = counts.sum(axis=0) + counts.sum(axis=1)
    scores: Floats = np.divide(2.0 * np.diag(counts), total, out=np.zeros(classes), where=total > 0)
    return scores


def f1_macro(codes: Ints, predicted: Ints, classes: int) -> float:
    """Mean F1 over the classes that occur or are predicted."""
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


def _deciding(
    name: str, score: Callable[[Ints, Ints, int, int], float], by: Floats | None = None
) -> Metric:
    """Make a metric of decisions from a score of actual codes, predicted codes, classes and the
    positive class; with the costs `by`, of decisions by the smallest expected cost."""

    def judged(codes: Ints, p: Floats, positive: int, threshold: float | None = None) -> float:
        return score(codes, decide(p, positive, threshold, by), p.shape[1], positive)

    return Metric(name, True, judged, decides=True, decision_costs=by)


def _ranking(name: str, score: Callable[[Ints, Floats], float]) -> Metric:
    return Metric(name, True, lambda y, p, c, _t=None: score(y == c, p[:, c]))


def _of_numbers(name: str, better: bool, score: Callable[[Floats, Floats], float]) -> Metric:
    return Metric(name, better, lambda y, p, _c, _t=None: score(y, p))


_DECIDING: dict[str, Callable[[Ints, Ints, int, int], float]] = {
    "accuracy": lambda y, d, _k, _c: accuracy(y, d),
    "balanced_accuracy": lambda y, d, k, _c: balanced_accuracy(y, d, k),
    "f1": lambda y, d, k, c: float(f1_scores(y, d, k)[c]),
    "f1_macro": lambda y, d, k, _c: f1_macro(y, d, k),
}
_LOG_LOSS = Metric("log_loss", False, lambda y, p, _c, _t=None: log_loss(y, p))

METRICS: dict[str, dict[str, Metric]] = {
    "binary": {
        "roc_auc": _ranking("roc_auc", roc_auc),
        "average_precision": _ranking("average_precision", average_precision),
        "log_loss": _LOG_LOSS,
        **{name: _deciding(name, _DECIDING[name]) for name in ("accuracy", "f1")},
        "balanced_accuracy": _deciding("balanced_accuracy", _DECIDING["balanced_accuracy"]),
    },
    "multiclass": {
        "accuracy": _deciding("accuracy", _DECIDING["accuracy"]),
        "log_loss": _LOG_LOSS,
        **{name: _deciding(name, _DECIDING[name]) for name in ("f1_macro", "balanced_accuracy")},
    },
    "regression": {
        "rmse": _of_numbers("rmse", False, rmse),
        "mae": _of_numbers("mae", False, lambda y, p: float(np.mean(np.abs(y - p)))),
        "r2": _of_numbers("r2", True, r2),
        "median_absolute_error": _of_numbers(
            "median_absolute_error", False, lambda y, p: float(np.median(np.abs(y - p)))
        ),
    },
}


def cost_metric(costs: Floats, by: Floats | None = None) -> Metric:
    """Return the metric `cost`: the mean cost of a row, by its class and what it is taken for.

    With the costs `by`, a row is taken for the class with the smallest expected one.
    """

    def judged(codes: Ints, p: Floats, positive: int, threshold: float | None = None) -> float:
        return float(np.mean(costs[codes, decide(p, positive, threshold, by)]))

    return Metric("cost", False, judged, decides=True, costs=costs, decision_costs=by)


def decided_by(metric: Metric, costs: Floats | None) -> Metric:
    """Return the metric for a model that decides by the smallest expected cost, if `costs` say so.

    A metric that does not judge decisions stays as it is.
    """
    if costs is None or not metric.decides:
        return metric
    if metric.costs is not None:
        return cost_metric(metric.costs, costs)
    return _deciding(metric.name, _DECIDING[metric.name], costs)


def metrics_of(task: str, costs: Floats | None = None) -> list[Metric]:
    """Return the metrics of a task; `cost` is among them when costs are known."""
    if task == "clustering":
        from runtime.training.cluster_metrics import CLUSTER_METRICS

        return list(CLUSTER_METRICS.values())
    known = list(METRICS[task].values())
    return known if costs is None else [*known, cost_metric(costs)]


def metric_for(task: str, name: str, costs: Floats | None = None) -> Metric:
    """Return the metric called `name`; TrainingError says what fits if the task has none.

    `costs` are indexed by actual and predicted class code. A run that is judged by its costs also
    decides by them: between two classes by a threshold, between several by the smallest expected
    cost.
    """
    if name == "cost" and costs is None and task in ("binary", "multiclass"):
        raise TrainingError("The metric 'cost' needs a cost matrix; give one, or choose another.")
    for metric in metrics_of(task, costs):
        if metric.name == name:
            by_costs = name == "cost" and task == "multiclass"
            return decided_by(metric, metric.costs if by_costs else None)
    choices = ", ".join(metric.name for metric in metrics_of(task))
    raise TrainingError(f"The metric {name!r} does not fit a {task} task; choose one of {choices}.")
