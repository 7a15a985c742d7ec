"""The final judgement on the hold-out: metrics with intervals, curves, and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.metrics import (
    Metric,
    confusion,
    decide,
    decided_by,
    f1_scores,
    metrics_of,
)

RESAMPLES = 500
MAX_RESAMPLED_CELLS = 20_000_000
CURVE_POINTS = 200
SCATTER_POINTS = 1000
LEAST_ROWS = 30
"""Fewer held-out rows give no interval: percentile-bootstrap intervals of small samples are far too
narrow (Hesterberg 2015, The American Statistician 69:4), down to a width of nothing."""


def metrics_with_intervals(
    metrics: list[Metric],
    actual: Any,
    predicted: Floats,
    positive: int,
    threshold: float | None,
    seed: int,
) -> list[dict[str, Any]]:
    """Return every metric with its 95 % percentile-bootstrap interval.

    Rows are drawn with replacement; large hold-outs are resampled less often to bound the time.
    Under `LEAST_ROWS` rows `low` and `high` are None.
    """
    rng = np.random.default_rng(seed)
    rows = int(actual.size)
    times = int(np.clip(MAX_RESAMPLED_CELLS // (rows * len(metrics)), 50, RESAMPLES))
    draws: list[list[float]] = [[] for _ in metrics]
    for _ in range(times if rows >= LEAST_ROWS else 0):
        chosen = rng.integers(0, rows, rows)
        for values, metric in zip(draws, metrics, strict=True):
            values.append(metric.score(actual[chosen], predicted[chosen], positive, threshold))
    result = []
    for values, metric in zip(draws, metrics, strict=True):
        value = metric.score(actual, predicted, positive, threshold)
        if not np.isfinite(value):
            # Undefined on these rows, for example a ranking of one class only.
            continue
        known = np.array([v for v in values if np.isfinite(v)])
        low, high = np.quantile(known, [0.025, 0.975]) if known.size else (None, None)
        result.append(
            {
                "name": metric.name,
                "value": value,
                "low": None if low is None else min(float(low), value),
                "high": None if high is None else max(float(high), value),
                "greaterIsBetter": metric.greater_is_better,
            }
        )
    return result


def sentence(
    task: str,
    target: str,
    actual: Any,
    predicted: Floats,
    positive: int = 0,
    threshold: float | None = None,
    costs: Floats | None = None,
) -> str:
    """Say in words how good the model is on the hold-out."""
    if task != "regression":
        wrong = int(np.sum(decide(predicted, positive, threshold, costs) != actual))
        return f"Wrong on {_of_hundred(wrong, int(actual.size))} held-out rows."
    off = np.abs(actual - predicted)
    return (
        f"Half of the {actual.size:,} held-out predictions of {target!r} are within "
        f"{_short(float(np.median(off)))} of the actual value, nine of ten within "
        f"{_short(float(np.quantile(off, 0.9)))}."
    )


def _of_hundred(wrong: int, rows: int) -> str:
    if rows < 100:
        return f"{wrong} of {rows}"
    share = 100 * wrong / rows
    if 0 < share < 1:
        return f"{round(1000 * wrong / rows)} of 1,000" if share >= 0.1 else f"{wrong} of {rows:,}"
    return f"{round(share)} of 100"


def _short(value: float) -> str:
    if value == 0 or not 1e-3 <= abs(value) < 1e6:
        return f"{value:.3g}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def binary_block(actual: Ints, predicted: Floats, labels: list[str], positive: int) -> Any:
    """Return thresholds, curves, calibration and lift of a binary model."""
    truths = actual == positive
    scores = predicted[:, positive]
    order = np.argsort(-scores, kind="stable")
    ranked = truths[order]
    ends = np.r_[np.flatnonzero(np.diff(scores[order])), scores.size - 1]
    hits, alarms = np.cumsum(ranked)[ends], np.cumsum(~ranked)[ends]
    cuts = scores[order][ends]
    positives, negatives = max(int(truths.sum()), 1), max(int((~truths).sum()), 1)
    points = _thin(ends.size)
    return {
        "labels": labels,
        "positiveClass": labels[positive],
        "thresholds": [_at_threshold(truths, scores, t / 100) for t in range(101)],
        "roc": [
            {"falsePositiveRate": 0.0, "truePositiveRate": 0.0, "threshold": None},
            *(
                {
                    "falsePositiveRate": alarms[i] / negatives,
                    "truePositiveRate": hits[i] / positives,
                    "threshold": cuts[i],
                }
                for i in points
            ),
        ],
        "precisionRecall": [
            {
                "recall": hits[i] / positives,
                "precision": hits[i] / (ends[i] + 1),
                "threshold": cuts[i],
            }
            for i in points
        ],
        "calibration": calibration(truths, scores),
        "lift": _lift(ranked),
    }


def _thin(size: int) -> Ints:
    if size <= CURVE_POINTS:
        return np.arange(size)
    return np.unique(np.linspace(0, size - 1, CURVE_POINTS).round().astype(np.int64))


def _at_threshold(truths: Any, scores: Floats, threshold: float) -> dict[str, Any]:
    said = scores >= threshold
    return {
        "threshold": threshold,
        "truePositives": int(np.sum(said & truths)),
        "falsePositives": int(np.sum(said & ~truths)),
        "trueNegatives": int(np.sum(~said & ~truths)),
        "falseNegatives": int(np.sum(~said & truths)),
    }


def calibration(truths: Any, scores: Floats) -> list[dict[str, Any]]:
    """Return mean predicted and observed share in up to ten bins of equal width."""
    bins = np.minimum((scores * 10).astype(np.int64), 9)
    return [
        {
            "predicted": float(scores[bins == b].mean()),
            "observed": float(truths[bins == b].mean()),
            "count": int((bins == b).sum()),
        }
        for b in range(10)
        if (bins == b).any()
    ]


def _lift(ranked: Any) -> list[dict[str, Any]]:
    share = float(ranked.mean())
    result = []
    for step in range(1, 21):
        count = max(1, round(ranked.size * step / 20))
        lift = float(ranked[:count].mean()) / share if share > 0 else None
        result.append({"fraction": step / 20, "lift": lift})
    return result


def multiclass_block(
    actual: Ints, predicted: Floats, labels: list[str], costs: Floats | None = None
) -> Any:
    """Return the confusion matrix (rows actual) and figures per class.

    With `costs`, a row is taken for the class with the smallest expected cost.
    """
    classes = len(labels)
    chosen = decide(predicted, 0, None, costs)
    counts = confusion(actual, chosen, classes)
    right, said, there = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    f1 = f1_scores(actual, chosen, classes)
    return {
        "labels": labels,
        "confusion": counts,
        "perClass": [
            {
                "label": labels[c],
                "precision": right[c] / said[c] if said[c] else 0.0,
                "recall": right[c] / there[c] if there[c] else 0.0,
                "f1": f1[c],
                "support": int(there[c]),
            }
            for c in range(classes)
        ],
    }


def regression_block(actual: Floats, predicted: Floats, seed: int) -> Any:
    """Return points of predicted against actual (at most 1,000) and a histogram of residuals."""
    rows = np.arange(actual.size)
    if rows.size > SCATTER_POINTS:
        chosen = np.random.default_rng(seed).choice(rows, SCATTER_POINTS, replace=False)
        rows = np.sort(chosen)
    counts, edges = np.histogram(actual - predicted, bins=min(30, max(5, actual.size // 5)))
    return {
        "predictedVsActual": [
            {"predicted": p, "actual": a}
            for p, a in zip(predicted[rows].tolist(), actual[rows].tolist(), strict=True)
        ],
        "residuals": {"edges": edges, "counts": counts},
    }


@dataclass(frozen=True)
class Opened:
    """The hold-out as a model sees it: what is actual, what it predicts, and how it decides."""

    task: str
    target: str
    actual: Any
    predicted: Floats
    labels: list[str]
    positive: int
    threshold: float | None = None


def build_evaluation(
    opened: Opened, metric: Metric, costs: Floats | None, seed: int
) -> dict[str, Any]:
    """Return the parts of `evaluation.json` that come from the hold-out predictions."""
    task, actual, predicted = opened.task, opened.actual, opened.predicted
    positive, threshold = opened.positive, opened.threshold
    by = metric.decision_costs
    metrics = [decided_by(one, by) for one in metrics_of(task, costs)]
    result: dict[str, Any] = {
        "metric": {"name": metric.name, "greaterIsBetter": metric.greater_is_better},
        "holdout": {
            "rows": int(actual.size),
            "metrics": metrics_with_intervals(
                metrics, actual, predicted, positive, threshold, seed
            ),
        },
        "sentence": sentence(task, opened.target, actual, predicted, positive, threshold, by),
    }
    if task == "binary":
        result["binary"] = {
            **binary_block(actual, predicted, opened.labels, positive),
            "threshold": threshold,
        }
    elif task == "multiclass":
        result["multiclass"] = multiclass_block(actual, predicted, opened.labels, by)
    else:
        result["regression"] = regression_block(actual, predicted, seed)
    return result
