"""Error analysis: readable segments in which the model fails more than elsewhere.

Segments are searched in one half of the held-out rows and measured in the other, so that the
search cannot flatter itself; p-values are adjusted for the number of segments that are tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.explain.cells import cell, order_of
from runtime.explain.method import Method
from runtime.insight.conditions import Condition, conditions_of
from runtime.insight.errors import InsightError
from runtime.insight.outcome import result
from runtime.insight.statistics import greater_mean, greater_share, holm, mean_interval, wilson
from runtime.insight.subject import Rows, Subject
from runtime.training.arrays import Floats

METHOD = Method(
    "slice_search",
    "Shallow tree on the loss and beam search, confirmed on other rows (Holm)",
    "Chung et al. 2019, Slice finder; Sagadeeva and Boehm 2021, SliceLine; Holm 1979",
)
BEAM = 40
MAX_OVERLAP = 0.6
WORST_ROWS = 25
TREE_DEPTH = 3
ALPHA = 0.05


@dataclass(frozen=True)
class Segment:
    """Conditions, and how much worse than elsewhere the model is where they hold (z-score)."""

    conditions: tuple[Condition, ...]
    mask: Any
    score: float

    def text(self) -> str:
        """Return it as people write it."""
        return " and ".join(condition.text() for condition in self.conditions)


def segments(subject: Subject) -> dict[str, Any]:
    """Search segments in one half of the held-out rows, and confirm them in the other."""
    options = subject.spec.options
    progress = subject.progress
    least = int(options["minRows"])
    progress.tell(0.02, "Reading rows")
    names = [str(n) for n in options.get("columns") or [name for name, _ in subject.inputs]]
    rows, actual = subject.holdout(extra=tuple(names)), subject.actual()
    if len(rows) < 4 * least:
        raise InsightError(
            f"{len(rows):,} held-out rows are too few to search one half for segments of "
            f"{least} rows and confirm them in the other; {4 * least} are needed."
        )
    progress.tell(0.1, "Predicting rows")
    loss, worst = _losses(subject, rows, actual)
    first = np.random.default_rng([subject.spec.seed, 17]).permutation(len(rows)) < len(rows) // 2
    kinds = {name: subject.type_of(name) for name in names}
    progress.tell(0.25, "Searching segments")
    found, searched = _search(
        rows.take(np.flatnonzero(first)),
        loss[first],
        kinds,
        int(options["conditions"]),
        max(10, least // 2),
        subject,
    )
    chosen = _different(found, int(options["count"]))
    progress.tell(0.9, "Confirming segments")
    overall, told = _confirm(chosen, rows, loss, first, subject)
    if not told:
        subject.note("No segment is clearly worse than the other rows.")
    return result(
        subject,
        "segments",
        METHOD,
        "holdout",
        len(rows),
        measure="error_rate" if subject.labels else "mean_absolute_error",
        overall=overall,
        searched=searched,
        discoveryRows=int(first.sum()),
        confirmationRows=int((~first).sum()),
        segments=told,
        worstRows=_worst_rows(subject, rows, actual, worst),
    )


def _losses(subject: Subject, rows: Rows, actual: Any) -> tuple[Floats, dict[str, Any]]:
    """Return what is counted (0/1 wrong, or absolute error), and what ranks single rows."""
    predicted = subject.predict(rows)
    if not subject.labels:
        off = np.abs(actual - predicted[:, 0])
        return off, {"loss": off, "predicted": predicted[:, 0], "probability": None}
    decided = subject.decided(predicted)
    given = np.clip(predicted[np.arange(len(rows)), actual], np.finfo(np.float64).eps, 1.0)
    wrong = (decided != actual).astype(np.float64)
    return wrong, {"loss": -np.log(given), "predicted": decided, "probability": given}


def _search(
    rows: Rows, loss: Floats, kinds: dict[str, str], depth: int, least: int, subject: Subject
) -> tuple[list[Segment], int]:
    """Return segments worse than the other rows, worst first, and how many were looked at."""
    cuts = _tree_cuts(rows, loss, kinds, least)
    singles: list[Segment] = []
    for name, kind in kinds.items():
        subject.progress.checkpoint()
        for condition in conditions_of(name, kind, rows.columns[name], cuts.get(name, []), least):
            mask = condition.mask(rows.columns[name])
            singles.append(Segment((condition,), mask, _z(loss, mask)))
    singles.sort(key=lambda s: -s.score)
    searched = len(singles)
    best = {s.mask.tobytes(): s for s in reversed(singles) if s.score > 0}
    beam = singles[:BEAM]
    for level in range(1, depth):
        longer: dict[bytes, Segment] = {}
        for at, parent in enumerate(beam):
            subject.progress.tell(0.25 + 0.6 * (level - 1 + at / len(beam)) / max(depth - 1, 1))
            for other in singles:
                candidate = _combine(parent, other, loss, least)
                searched += candidate is not None
                # A longer description has to earn its length.
                if candidate is not None and candidate.score > 1.05 * max(parent.score, 0.0):
                    longer.setdefault(candidate.mask.tobytes(), candidate)
        beam = sorted(longer.values(), key=lambda s: -s.score)[:BEAM]
        for segment in beam:
            best.setdefault(segment.mask.tobytes(), segment)
    return sorted(best.values(), key=lambda s: -s.score), searched


def _combine(parent: Segment, other: Segment, loss: Floats, least: int) -> Segment | None:
    extra = other.conditions[0]
    same = [c for c in parent.conditions if c.column == extra.column]
    conditions: tuple[Condition, ...]
    if same:
        joined = same[0].joined(extra)
        if joined is None:
            return None
        conditions = tuple(joined if c is same[0] else c for c in parent.conditions)
    else:
        conditions = (*parent.conditions, extra)
    mask = parent.mask & other.mask
    count = int(mask.sum())
    if count < least or count == int(parent.mask.sum()):
        return None
    return Segment(conditions, mask, _z(loss, mask))


def _z(loss: Floats, mask: Any) -> float:
    """Return the mean loss inside minus outside in standard errors (Welch)."""
    inside, outside = loss[mask], loss[~mask]
    if inside.size < 2 or outside.size < 2:
        return 0.0
    variance = inside.var() / inside.size + outside.var() / outside.size
    floor = loss.var() / loss.size
    return float((inside.mean() - outside.mean()) / np.sqrt(max(variance, floor, 1e-300)))


def _tree_cuts(
    rows: Rows, loss: Floats, kinds: dict[str, str], least: int
) -> dict[str, list[float]]:
    """Return the thresholds at which a shallow tree of the loss cuts numbers and times."""
    from sklearn.tree import DecisionTreeRegressor

    names = [n for n, kind in kinds.items() if kind in ("number", "integer", "datetime")]
    if not names:
        return {}
    columns = []
    for name in names:
        numbers = order_of(rows.columns[name], kinds[name])
        known = numbers[np.isfinite(numbers)]
        columns.append(
            np.where(np.isfinite(numbers), numbers, known.min() - 1 if known.size else 0)
        )
    tree = DecisionTreeRegressor(max_depth=TREE_DEPTH, min_samples_leaf=least, random_state=0)
    tree.fit(np.stack(columns, axis=1), loss)
    cuts: dict[str, list[float]] = {}
    for feature, threshold in zip(tree.tree_.feature, tree.tree_.threshold, strict=True):
        if feature >= 0:
            cuts.setdefault(names[feature], []).append(float(threshold))
    return cuts


def _different(found: list[Segment], count: int) -> list[Segment]:
    """Return the worst segments that do not largely hold the same rows."""
    chosen: list[Segment] = []
    for segment in found:
        if len(chosen) == count:
            break
        if segment.score > 1.0 and all(_overlap(segment, o) <= MAX_OVERLAP for o in chosen):
            chosen.append(segment)
    return chosen


def _overlap(one: Segment, other: Segment) -> float:
    return float((one.mask & other.mask).sum() / (one.mask | other.mask).sum())


def _confirm(
    chosen: list[Segment], rows: Rows, loss: Floats, first: Any, subject: Subject
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure segments on the rows that they were not searched in."""
    other = loss[~first]
    value, low, high = _estimate(other, subject)
    overall = {"value": value, "low": low, "high": high, "rows": int(other.size)}
    told, p_values = [], []
    for segment in chosen:
        mask = np.ones(len(rows), dtype=bool)
        for condition in segment.conditions:
            mask &= condition.mask(rows.columns[condition.column])
        inside, outside = loss[mask & ~first], loss[~mask & ~first]
        estimate = _estimate(inside, subject)
        p_values.append(_p_value(inside, outside, subject))
        told.append(
            {
                "text": segment.text(),
                "conditions": [condition.as_json() for condition in segment.conditions],
                "rows": int(mask.sum()),
                "share": float(mask.mean()),
                "confirmationRows": int(inside.size),
                "value": estimate[0],
                "low": estimate[1],
                "high": estimate[2],
                "lift": estimate[0] / value if estimate[0] is not None and value else None,
                "shareOfErrors": float(inside.sum() / other.sum()) if other.sum() > 0 else None,
                "pValue": p_values[-1],
            }
        )
    for item, adjusted in zip(told, holm(p_values), strict=True):
        item["adjustedPValue"] = adjusted
        item["confirmed"] = bool(adjusted <= ALPHA)
    told.sort(key=lambda s: (not s["confirmed"], -_excess(s, value)))
    return overall, told


def _excess(segment: dict[str, Any], overall: float | None) -> float:
    return ((segment["value"] or 0.0) - (overall or 0.0)) * float(segment["confirmationRows"])


def _estimate(loss: Floats, subject: Subject) -> tuple[float | None, float | None, float | None]:
    if subject.labels:
        return wilson(float(loss.sum()), float(loss.size))
    return mean_interval(loss) if loss.size else (None, None, None)


def _p_value(inside: Floats, outside: Floats, subject: Subject) -> float:
    if not inside.size:
        return 1.0
    if subject.labels:
        return greater_share((int(inside.sum()), inside.size), (int(outside.sum()), outside.size))
    return greater_mean(inside, outside)


def _worst_rows(
    subject: Subject, rows: Rows, actual: Any, worst: dict[str, Any]
) -> list[dict[str, Any]]:
    def answer(value: Any) -> Any:
        return subject.labels[int(value)] if subject.labels else float(value)

    order = np.argsort(-worst["loss"], kind="stable")[:WORST_ROWS]
    return [
        {
            "row": int(rows.index[i]),
            "values": {
                name: cell(values[i], subject.type_of(name))
                for name, values in rows.columns.items()
            },
            "actual": answer(actual[i]),
            "predicted": answer(worst["predicted"][i]),
            "probability": None if worst["probability"] is None else float(worst["probability"][i]),
            "loss": float(worst["loss"][i]),
        }
        for i in order
    ]
