"""Residuals of a regression from several sides. A residual is actual minus predicted."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.explain.method import Method
from runtime.insight.errors import InsightError
from runtime.insight.outcome import result
from runtime.insight.statistics import mean_interval
from runtime.insight.subject import Subject
from runtime.training.arrays import Floats

METHOD = Method(
    "residuals",
    "Residuals on the hold-out",
    "Fox 2015, Applied regression analysis, chapters 11 and 12",
)
POINTS = 1000
QUANTILES = 99
SHARES = (0.5, 0.8, 0.9, 0.95, 0.99)


def residuals(subject: Subject) -> dict[str, Any]:
    """Look at actual minus predicted on the held-out rows."""
    if subject.labels:
        raise InsightError("Residuals are for numbers; this model answers with a class.")
    bins = int(subject.spec.options["bins"])
    subject.progress.tell(0.05, "Reading rows")
    rows, actual = subject.holdout(), subject.actual()
    subject.progress.tell(0.4, "Predicting rows")
    predicted = subject.predict(rows)[:, 0]
    off = actual - predicted
    chosen = np.arange(len(rows))
    if chosen.size > POINTS:
        rng = np.random.default_rng([subject.spec.seed, 19])
        chosen = np.sort(rng.choice(chosen, POINTS, replace=False))
    counts, edges = np.histogram(off, bins=min(40, max(5, len(rows) // 5)))
    return result(
        subject,
        "residuals",
        METHOD,
        "holdout",
        len(rows),
        summary=_summary(off),
        points=[
            {
                "row": int(rows.index[i]),
                "actual": float(actual[i]),
                "predicted": float(predicted[i]),
                "residual": float(off[i]),
            }
            for i in chosen
        ],
        byPredicted=[_by_predicted(predicted[b], off[b]) for b in _bins(predicted, bins)],
        bySize=[_by_size(actual[b], off[b]) for b in _bins(actual, bins)],
        quantiles=_quantiles(off),
        histogram={"edges": edges, "counts": counts},
    )


def _bins(values: Floats, count: int) -> list[Any]:
    """Return positions in bins of (almost) equal count; equal values stay together."""
    order = np.argsort(values, kind="stable")
    edges = np.unique(np.quantile(values, np.linspace(0, 1, count + 1)[1:-1]))
    place = np.searchsorted(edges, values[order], side="right")
    return [order[place == bin_] for bin_ in np.unique(place)]


def _summary(off: Floats) -> dict[str, Any]:
    mean, low, high = mean_interval(off)
    spread = float(off.std(ddof=1)) if off.size > 1 else 0.0
    skewness = float(np.mean(((off - mean) / off.std()) ** 3)) if off.std() > 0 else None
    sizes = np.abs(off)
    return {
        "mean": {"value": mean, "low": low, "high": high},
        "std": spread,
        "median": float(np.median(off)),
        "meanAbsolute": float(sizes.mean()),
        "rootMeanSquare": float(np.sqrt(np.mean(off**2))),
        "skewness": skewness,
        "within": [{"share": share, "error": float(np.quantile(sizes, share))} for share in SHARES],
    }


def _by_predicted(predicted: Floats, off: Floats) -> dict[str, Any]:
    p10, p90 = np.quantile(off, [0.1, 0.9])
    return {
        "from": float(predicted.min()),
        "to": float(predicted.max()),
        "rows": int(off.size),
        "mean": float(off.mean()),
        "p10": float(p10),
        "p90": float(p90),
    }


def _by_size(actual: Floats, off: Floats) -> dict[str, Any]:
    size = float(np.abs(actual).mean())
    mean = float(np.abs(off).mean())
    return {
        "from": float(actual.min()),
        "to": float(actual.max()),
        "rows": int(off.size),
        "meanAbsolute": mean,
        "medianAbsolute": float(np.median(np.abs(off))),
        "relative": mean / size if size > 0 else None,
    }


def _quantiles(off: Floats) -> list[dict[str, float]]:
    """Return the QQ plot against the normal distribution (plotting positions (i - 0.5) / n)."""
    from scipy.stats import norm

    if off.size < 3 or off.std() == 0:
        return []
    standard = np.sort((off - off.mean()) / off.std(ddof=1))
    count = min(QUANTILES, off.size)
    shares = (np.arange(1, count + 1) - 0.5) / count
    observed = np.quantile(standard, shares, method="hazen")
    return [
        {"normal": float(a), "residual": float(b)}
        for a, b in zip(norm.ppf(shares), observed, strict=True)
    ]
