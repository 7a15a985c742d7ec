"""Curves of one model on the common rows, thinned for drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.rescoring.scoring import Predicted

MAX_POINTS = 200
BINS = 10
RESIDUAL_BINS = 40


def curves_of(
    task: str, actual: npt.NDArray[Any], predicted: Predicted, positive: int
) -> dict[str, Any]:
    """Return ROC, precision-recall and calibration of a binary model, residuals of a regression."""
    if task == "binary":
        return {"binary": _binary(actual == positive, predicted[:, positive])}
    if task == "regression":
        errors = actual - predicted
        counts, edges = np.histogram(errors, bins=RESIDUAL_BINS)
        return {"regression": {"edges": edges.tolist(), "counts": counts.tolist()}}
    return {}


def _binary(truths: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]) -> dict[str, Any]:
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], truths[order]
    ends = np.r_[np.flatnonzero(np.diff(ordered)), ordered.size - 1]
    true = np.cumsum(hits)[ends]
    false = ends + 1 - true
    positives, negatives = max(1, int(hits.sum())), max(1, int((~hits).sum()))
    kept = np.unique(np.linspace(0, ends.size - 1, min(MAX_POINTS, ends.size)).round().astype(int))
    roc = [{"x": 0.0, "y": 0.0}] + [
        {"x": float(false[i] / negatives), "y": float(true[i] / positives)} for i in kept
    ]
    recall = [{"x": float(true[i] / positives), "y": float(true[i] / (ends[i] + 1))} for i in kept]
    return {"roc": roc, "precisionRecall": recall, "calibration": _calibration(truths, scores)}


def _calibration(
    truths: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]
) -> list[dict[str, float]]:
    """Average prediction and observed share in ten bins of equal width."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    points = []
    for index in range(BINS):
        inside = bins == index
        if inside.any():
            points.append({"x": float(scores[inside].mean()), "y": float(truths[inside].mean())})
    return points
