"""Permutation importance with as many repeats as asked for, and an interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.explain.method import Method
from runtime.insight.errors import InsightError
from runtime.insight.outcome import result
from runtime.insight.statistics import mean_interval
from runtime.insight.subject import Subject

METHOD = Method(
    "permutation_importance",
    "Permutation importance on the hold-out",
    "Breiman 2001, Random forests; Fisher et al. 2019, All models are wrong, but many are useful",
)


def permutation_importance(subject: Subject) -> dict[str, Any]:
    """Shuffle each column among the held-out rows and see what the score loses."""
    options = subject.spec.options
    metric = subject.metric(options.get("metric"))
    most = int(options["rows"])
    rows, actual = subject.holdout(most), subject.actual(most)
    progress = subject.progress

    def score(columns: dict[str, Any]) -> float:
        predicted = subject.scored(subject.predict_columns(columns))
        return metric.score(actual, predicted, subject.positive)

    base = score(rows.columns)
    if not np.isfinite(base):
        raise InsightError(
            f"The metric {metric.name!r} is not defined on these rows; choose another one."
        )
    repeats = int(options["repeats"])
    rng = np.random.default_rng([subject.spec.seed, 14])
    drops: dict[str, list[float]] = {name: [] for name, _ in subject.inputs}
    done = 0
    for repeat in range(repeats):
        # Rounds over all columns, so that an early end leaves every column with as many repeats.
        if repeat >= 2 and progress.left < progress.elapsed / max(repeat, 1):
            subject.note(f"The time allowed was enough for {repeat} of {repeats} repeats.")
            break
        for name in drops:
            share = (repeat * len(drops) + list(drops).index(name)) / (repeats * len(drops))
            progress.tell(0.05 + 0.9 * share, "Shuffling columns")
            shuffled = dict(rows.columns)
            shuffled[name] = rows.columns[name][rng.permutation(len(rows))]
            loss = metric.gain(base) - metric.gain(score(shuffled))
            drops[name].append(loss)
        done = repeat + 1
    subject.note("A column that another one can stand in for loses little when it is shuffled.")
    return result(
        subject,
        "permutation_importance",
        METHOD,
        "holdout",
        len(rows),
        metric=metric.name,
        greaterIsBetter=metric.greater_is_better,
        score=base,
        repeats=done,
        columns=_items(drops),
    )


def _items(drops: dict[str, list[float]]) -> list[dict[str, Any]]:
    items = []
    for name, values in drops.items():
        mean, low, high = mean_interval(np.array(values))
        items.append(
            {
                "column": name,
                "mean": mean,
                "std": float(np.std(values, ddof=1)),
                "low": low,
                "high": high,
                "drops": values,
            }
        )
    return sorted(items, key=lambda item: -float(str(item["mean"])))
