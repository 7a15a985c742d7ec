"""Metrics of several models on the same rows, their intervals, and the differences between them.

Intervals are percentile bootstrap over rows (Efron 1979), 95 %. All models are resampled together,
so that a difference is one of pairs: what is hard in a sample is hard for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.rescoring.rows import CommonRows, Floats
from runtime.training.metrics import METRICS, decided_by

Predicted = Floats
"""Probabilities `(n_rows, n_classes)` or numbers `(n_rows,)`."""

LOW, HIGH = 2.5, 97.5


@dataclass(frozen=True)
class Decision:
    """How a model comes from probabilities to a class.

    Attributes:
        threshold: What the probability of the positive class must reach.
        costs: What a row costs by actual and predicted class code, where the model says the class
            with the smallest expected cost. Without both it is the most probable one.
    """

    threshold: float | None = None
    costs: Floats | None = None

    def score(
        self, task: str, name: str, actual: npt.NDArray[Any], predicted: Predicted, positive: int
    ) -> float:
        """Return the metric called `name` of what the model decides."""
        metric = decided_by(METRICS[task][name], self.costs)
        return metric.score(actual, predicted, positive, self.threshold)


@dataclass(frozen=True)
class Scores:
    """Scores of the models.

    Attributes:
        names: Metrics in the order of the second axis.
        values: `(n_models, n_metrics)`.
        samples: `(n_resamples, n_models, n_metrics)`; NaN where a sample gives no score.
    """

    names: list[str]
    values: Floats
    samples: Floats


def score_all(
    rows: CommonRows,
    predictions: list[Predicted],
    task: str,
    positive: int,
    decisions: list[Decision],
    resamples: int,
    seed: int,
) -> Scores:
    """Score every model by every metric of the task."""
    names = list(METRICS[task])
    values = _table(names, rows.actual, predictions, task, positive, decisions)
    rng = np.random.default_rng(seed)
    count = rows.actual.shape[0]
    samples = np.empty((resamples, *values.shape))
    for index in range(resamples):
        chosen = rng.integers(0, count, count)
        drawn = [prediction[chosen] for prediction in predictions]
        samples[index] = _table(names, rows.actual[chosen], drawn, task, positive, decisions)
    return Scores(names, values, samples)


def _table(
    names: list[str],
    actual: npt.NDArray[Any],
    predictions: list[Predicted],
    task: str,
    positive: int,
    decisions: list[Decision],
) -> Floats:
    return np.array(
        [
            [decision.score(task, name, actual, prediction, positive) for name in names]
            for prediction, decision in zip(predictions, decisions, strict=True)
        ],
        dtype=np.float64,
    )


def interval(samples: Floats) -> tuple[float | None, float | None]:
    """Return the ends of the 95 % interval, or nothing when too few samples have a score."""
    known = samples[np.isfinite(samples)]
    if known.size < max(20, samples.size // 2):
        return None, None
    low, high = np.percentile(known, [LOW, HIGH])
    return float(low), float(high)


def estimates(scores: Scores, model: int, task: str) -> list[dict[str, Any]]:
    """Return the metrics of one model with their intervals."""
    found = []
    for index, name in enumerate(scores.names):
        value = scores.values[model, index]
        if not np.isfinite(value):
            continue
        low, high = interval(scores.samples[:, model, index])
        better = METRICS[task][name].greater_is_better
        found.append(
            {
                "name": name,
                "value": float(value),
                "low": low,
                "high": high,
                "greaterIsBetter": better,
            }
        )
    return found


def differences(scores: Scores, ids: list[str], task: str) -> list[dict[str, Any]]:
    """Return how much each model differs from the first one, pair by pair.

    `verdict` is `better` or `worse` when the whole interval is on one side of zero, else `tie`.
    """
    found = []
    for model in range(1, len(ids)):
        for index, name in enumerate(scores.names):
            value = scores.values[model, index] - scores.values[0, index]
            samples = scores.samples[:, model, index] - scores.samples[:, 0, index]
            low, high = interval(samples)
            if not np.isfinite(value) or low is None or high is None:
                continue
            sign = 1 if METRICS[task][name].greater_is_better else -1
            lower, upper = sorted((sign * low, sign * high))
            verdict = "better" if lower > 0 else "worse" if upper < 0 else "tie"
            found.append(
                {
                    "id": ids[model],
                    "against": ids[0],
                    "metric": name,
                    "value": float(value),
                    "low": low,
                    "high": high,
                    "verdict": verdict,
                }
            )
    return found
