"""How the model treats groups: rates, errors and calibration, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.explain.method import Method
from runtime.insight.errors import InsightError
from runtime.insight.groups import groups_of
from runtime.insight.outcome import result
from runtime.insight.statistics import log_ratio, mean_interval, newcombe, wilson
from runtime.insight.subject import Subject

METHOD = Method(
    "group_fairness",
    "Rates and errors per group with 95 % intervals (Wilson, Newcombe, Katz)",
    "Hardt et al. 2016, Equality of opportunity; Barocas et al. 2023, Fairness and machine "
    "learning",
)
CLASS_MEASURES = (
    "base_rate",
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "accuracy",
    "mean_prediction",
    "calibration_gap",
)
ROUNDED, ROUNDED_SHARE = 1e-12, 1e-9
"""Differences below these, the second of the larger figure, are those of rounding."""

NUMBER_MEASURES = ("mean_prediction", "mean_absolute_error", "mean_error")


@dataclass(frozen=True)
class Measured:
    """A measure of one group; `hits` of `rows` for a proportion, None for a mean."""

    value: float | None
    low: float | None
    high: float | None
    rows: int
    hits: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether there were rows to measure it on."""
        return self.value is not None


def fairness(subject: Subject) -> dict[str, Any]:
    """Compare the groups of one column on the held-out rows."""
    options = subject.spec.options
    column = str(options["column"])
    if subject.spec.target is not None and column == subject.spec.target[0]:
        raise InsightError(
            "Groups of the target itself say nothing about fairness; choose another."
        )
    subject.progress.tell(0.05, "Reading rows")
    rows, actual = subject.holdout(extra=(column,)), subject.actual()
    subject.progress.tell(0.4, "Predicting rows")
    predicted = subject.predict(rows)
    selected, positive = _selected(subject, predicted)
    kind = subject.type_of(column)
    if kind == "text":
        raise InsightError(f"{column!r} is free text, which makes no groups.")
    groups = groups_of(rows.columns[column], kind, int(options["bins"]))
    least = int(options["minGroupSize"])
    subject.progress.tell(0.8, "Measuring groups")
    measures = CLASS_MEASURES if subject.labels else NUMBER_MEASURES
    found = {
        name: _measure(mask, actual, predicted, selected, positive, subject)
        for name, mask in groups
    }
    sizes = {name: int(mask.sum()) for name, mask in groups}
    large = [name for name in sizes if sizes[name] >= least]
    if len(large) < 2:
        raise InsightError(
            f"{column!r} makes {len(large)} group{'' if len(large) == 1 else 's'} of at least "
            f"{least} held-out rows; two are needed to compare. Lower the least size of a group."
        )
    reference = _reference(options.get("reference"), large)
    _notes(subject, sizes, least)
    threshold = options.get("threshold")
    return result(
        subject,
        "fairness",
        METHOD,
        "holdout",
        len(rows),
        column=column,
        usedByModel=column in dict(subject.inputs),
        positiveClass=subject.labels[positive] if subject.labels else None,
        threshold=subject.threshold if threshold is None else threshold,
        minGroupSize=least,
        measures=list(measures),
        groups=[
            {
                "group": name,
                "rows": size,
                "share": size / len(rows),
                "tooSmall": size < least,
                "measures": [_as_json(measure, found[name][measure]) for measure in measures],
            }
            for name, size in sizes.items()
        ],
        reference=reference,
        comparisons=[
            _comparison(name, measure, found[name][measure], found[reference][measure])
            for name in large
            if name != reference
            for measure in measures
        ],
        widest=[
            _widest(measure, {name: found[name][measure] for name in large}) for measure in measures
        ],
    )


def _selected(subject: Subject, predicted: Any) -> tuple[Any, int]:
    """Return which rows are selected, and the code of the class that counts as selected."""
    if not subject.labels:
        return np.zeros(len(predicted), dtype=bool), 0
    wanted = subject.spec.options.get("positiveClass")
    if wanted is not None and wanted not in subject.labels:
        raise InsightError(f"There is no class {wanted!r}; choose {', '.join(subject.labels)}.")
    if wanted is not None:
        positive = subject.labels.index(str(wanted))
    elif len(subject.labels) == 2:
        positive = subject.positive
    else:
        positive = int(np.argmax(predicted.mean(axis=0)))
        subject.note(f"{subject.labels[positive]!r} counts as selected, all other classes as not.")
    threshold = subject.spec.options.get("threshold")
    if threshold is not None:
        return predicted[:, positive] >= float(threshold), positive
    return subject.decided(predicted) == positive, positive


def _measure(
    mask: Any, actual: Any, predicted: Any, selected: Any, positive: int, subject: Subject
) -> dict[str, Measured]:
    if not subject.labels:
        error = predicted[mask, 0] - actual[mask]
        return {
            "mean_prediction": _mean(predicted[mask, 0]),
            "mean_absolute_error": _mean(np.abs(error)),
            "mean_error": _mean(error),
        }
    truth, said, chance = actual[mask] == positive, selected[mask], predicted[mask, positive]
    return {
        "base_rate": _share(truth),
        "selection_rate": _share(said),
        "true_positive_rate": _share(said[truth]),
        "false_positive_rate": _share(said[~truth]),
        "precision": _share(truth[said]),
        "accuracy": _share(truth == said),
        "mean_prediction": _mean(chance),
        "calibration_gap": _mean(chance - truth),
    }


def _share(hits: Any) -> Measured:
    count = int(hits.sum())
    return Measured(*wilson(count, hits.size), rows=int(hits.size), hits=count)


def _mean(values: Any) -> Measured:
    if not values.size:
        return Measured(None, None, None, 0)
    return Measured(*mean_interval(values), rows=int(values.size))


def _as_json(measure: str, found: Measured) -> dict[str, Any]:
    return {
        "measure": measure,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "rows": found.rows,
    }


def _reference(wanted: Any, large: list[str]) -> str:
    if wanted is None:
        return large[0]
    if wanted not in large:
        raise InsightError(
            f"{wanted!r} is no group with enough rows; choose one of {', '.join(large)}."
        )
    return str(wanted)


def _notes(subject: Subject, sizes: dict[str, int], least: int) -> None:
    small = [name for name, size in sizes.items() if size < least]
    if small:
        subject.note(f"Fewer than {least} rows, listed and not compared: {', '.join(small)}.")
    subject.note(
        "Intervals are for each figure by itself; with many groups some differences look clear by "
        "chance."
    )


def _comparison(group: str, measure: str, found: Measured, reference: Measured) -> dict[str, Any]:
    difference: tuple[Any, Any, Any] = (None, None, None)
    ratio: tuple[Any, Any, Any] = (None, None, None)
    if found.is_known and reference.is_known:
        difference = newcombe(_triple(found), _triple(reference))
        if found.hits is not None and reference.hits is not None:
            ratio = log_ratio((found.hits, found.rows), (reference.hits, reference.rows))
        elif measure == "mean_absolute_error" and reference.value:
            ratio = ((found.value or 0.0) / reference.value, None, None)
    low, high = difference[1], difference[2]
    return {
        "group": group,
        "measure": measure,
        "difference": dict(zip(("value", "low", "high"), difference, strict=True)),
        "ratio": dict(zip(("value", "low", "high"), ratio, strict=True)),
        "clear": _is_clear(found, reference, low, high),
    }


def _is_clear(found: Measured, reference: Measured, low: Any, high: Any) -> bool:
    """Return whether the whole interval is on one side of zero by more than sums are rounded."""
    if low is None or high is None:
        return False
    largest = max(abs(found.value or 0.0), abs(reference.value or 0.0))
    rounded = max(ROUNDED, ROUNDED_SHARE * largest)
    return bool(low > rounded or high < -rounded)


def _triple(found: Measured) -> tuple[float, float, float]:
    value = found.value or 0.0
    return (
        value,
        value if found.low is None else found.low,
        value if found.high is None else found.high,
    )


def _widest(measure: str, found: dict[str, Measured]) -> dict[str, Any]:
    known = {name: m.value for name, m in found.items() if m.value is not None}
    if not known:
        return {"measure": measure, "lowest": "", "highest": "", "difference": None, "ratio": None}
    lowest, highest = min(known, key=lambda n: known[n]), max(known, key=lambda n: known[n])
    low, high = known[lowest], known[highest]
    comparable = high > 0 and low >= 0 and measure != "calibration_gap" and measure != "mean_error"
    return {
        "measure": measure,
        "lowest": lowest,
        "highest": highest,
        "difference": high - low,
        "ratio": low / high if comparable else None,
    }
