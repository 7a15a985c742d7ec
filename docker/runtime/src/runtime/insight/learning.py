"""The learning curve: the same pipeline fitted on growing shares of the training rows."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from runtime.explain.method import Method
from runtime.explain.outputs import ModelOutputs
from runtime.insight.errors import InsightError
from runtime.insight.outcome import result
from runtime.insight.statistics import bootstrap
from runtime.insight.subject import Rows, Subject
from runtime.training.metrics import Metric
from runtime.training.model import TabularModel

METHOD = Method(
    "learning_curve",
    "Refits on nested random shares of the training rows, judged on the hold-out",
    "Viering and Loog 2023, The shape of learning curves",
)
SMALLEST_SHARE = 0.1
LEAST_ROWS = 20
MAX_TRAIN_ROWS = 1_000_000
MAX_JUDGED = 5_000
PATIENCE = 1.3
"""A fit on more rows takes longer than its rows alone would say."""


def learning_curve(subject: Subject) -> dict[str, Any]:
    """Refit within the budget, and see whether the score still grows."""
    options = subject.spec.options
    progress = subject.progress
    metric = subject.metric(options.get("metric"))
    progress.tell(0.02, "Reading rows")
    train, target = subject.training(MAX_TRAIN_ROWS, target=True)
    judged, actual = subject.holdout(MAX_JUDGED), subject.actual(MAX_JUDGED)
    budget = float(options["budgetSeconds"])
    deadline = min(time.monotonic() + budget, progress.deadline)
    order = np.random.default_rng([subject.spec.seed, 18]).permutation(len(train))
    shares = np.geomspace(SMALLEST_SHARE, 1.0, int(options["points"]))
    sizes = sorted({min(len(train), max(LEAST_ROWS, round(s * len(train)))) for s in shares})
    points: list[dict[str, Any]] = []
    for at, size in enumerate(sizes):
        progress.tell(0.05 + 0.9 * at / len(sizes), f"Fitting {size:,} rows")
        if points and _next_seconds(points[-1], size) > deadline - time.monotonic():
            break
        rows = np.sort(order[:size])
        point = _fit(subject, train.take(rows), target[rows], judged, actual, metric)
        if point is not None:
            points.append({"share": size / len(train), **point})
    if len(points) < 2:
        raise InsightError(
            f"The time allowed ({budget:.0f} s) is not enough for two refits of this model; give "
            "it more."
        )
    complete = points[-1]["rows"] == sizes[-1]
    if not complete:
        subject.note(
            f"The time allowed was enough for {points[-1]['rows']:,} of {len(train):,} rows."
        )
    subject.note("The recipe stays the same; with fewer rows another one might do better.")
    return result(
        subject,
        "learning_curve",
        METHOD,
        "holdout",
        len(judged),
        metric=metric.name,
        greaterIsBetter=metric.greater_is_better,
        budgetSeconds=budget,
        complete=complete,
        points=points,
        sentence=_sentence(points, metric),
    )


def _next_seconds(point: dict[str, Any], size: int) -> float:
    return float(point["seconds"]) * size / float(point["rows"]) * PATIENCE


def _fit(
    subject: Subject, train: Rows, target: Any, judged: Rows, actual: Any, metric: Metric
) -> dict[str, Any] | None:
    """Return one point; None when the share has a single class or nothing that varies."""
    if subject.labels and np.unique(target).size < 2:
        return None
    started = time.monotonic()
    outputs = ModelOutputs(_refitted(subject, train, target), subject.contract)
    seconds = time.monotonic() - started
    predicted = subject.scored(outputs.predict(judged.columns))

    def score(rows: Any) -> float:
        return metric.score(actual[rows], predicted[rows], subject.positive)

    value, low, high = bootstrap(score, len(judged), subject.spec.seed, 200)
    seen = train.take(np.arange(min(len(train), MAX_JUDGED)))
    own = subject.scored(outputs.predict(seen.columns))
    training = metric.score(target[: len(seen)], own, subject.positive)
    return {
        "rows": len(train),
        "training": training,
        "value": value,
        "low": low,
        "high": high,
        "seconds": seconds,
    }


def _refitted(subject: Subject, rows: Rows, target: Any) -> Any:
    labels = np.array(subject.labels, dtype=object)[target] if subject.labels else target
    model = subject.model
    try:
        if isinstance(model, TabularModel):
            fresh: Any = TabularModel(model.columns, model.labels, model.members)
        else:
            from sklearn.base import clone

            fresh = clone(model)
        return fresh.fit(subject.frame(rows), labels)
    # A pipeline that somebody else made can refuse to be fitted in any way it likes.
    except Exception as error:
        raise InsightError(
            f"The model cannot be fitted again: {type(error).__name__}: {error}."[:500]
        ) from error


def _sentence(points: list[dict[str, Any]], metric: Metric) -> str:
    """Say whether more rows would help: compare the last point with the one at half its rows."""
    last = points[-1]
    half = min(points[:-1], key=lambda p: abs(p["rows"] - last["rows"] / 2))
    gain = metric.gain(last["value"]) - metric.gain(half["value"])
    reach = (last["high"] - last["low"]) / 2
    grown = (
        f"from {half['rows']:,} to {last['rows']:,} rows "
        f"({metric.name} {half['value']:.4g} to {last['value']:.4g})"
    )
    if gain > reach:
        return f"The score still grows clearly {grown}: more rows are likely to help."
    if gain > 0.2 * reach:
        return f"The score grows a little {grown}, less than chance allows for: more rows may help."
    return f"The score has levelled off {grown}: more rows of the same kind will hardly help."
