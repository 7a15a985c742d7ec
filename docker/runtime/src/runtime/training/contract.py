"""The model contract: what a row must look like, read by forms, validation and snippets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from runtime.training.data import TrainingData
from runtime.training.spec import ColumnSpec, RunSpec

HISTOGRAM_BINS = 20
MAX_CATEGORIES = 100
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class Decision:
    """How a model comes from probabilities to a class.

    `threshold` is what the probability of the positive class must reach; `costs` (rows actual,
    columns predicted, in the order of the classes) that the one with the smallest expected cost is
    predicted. Without both it is the most probable one.
    """

    threshold: float | None = None
    costs: list[list[float]] | None = None


MOST_PROBABLE = Decision()


def build_contract(
    spec: RunSpec,
    data: TrainingData,
    train: Any,
    example_row: int,
    importance: dict[str, float],
    decision: Decision = MOST_PROBABLE,
) -> dict[str, Any]:
    """Describe inputs (from the training rows) and output; `example_row` is a held-out row."""
    example = {c.name: _example(data.frame[c.name], c, example_row) for c in data.features}
    inputs = []
    for column in data.features:
        values = data.frame[column.name].to_numpy()[train]
        described = _describe(values, column)
        inputs.append(
            {
                "name": column.name,
                "type": column.type,
                "nullable": True,
                "required": not described.pop("missing"),
                **described,
                "importance": importance.get(column.name),
                "example": example[column.name],
            }
        )
    return {
        "schemaVersion": 1,
        "task": spec.task,
        "target": {"name": spec.target, "type": _target_type(spec, data)} if spec.target else None,
        "output": _output(spec, data, train, decision),
        "inputs": inputs,
        "example": example,
    }


def _target_type(spec: RunSpec, data: TrainingData) -> str:
    known = spec.column(spec.target)
    if known is not None:
        return known.type
    return "category" if data.classes else "number"


def _output(spec: RunSpec, data: TrainingData, train: Any, decision: Decision) -> dict[str, Any]:
    if data.classes:
        is_binary = spec.task == "binary"
        return {
            "kind": "class",
            "classes": data.classes,
            "positiveClass": data.classes[data.positive] if is_binary else None,
            "threshold": decision.threshold,
            "costs": decision.costs,
            "unit": None,
            "min": None,
            "max": None,
        }
    seen = data.target[train]
    return {
        "kind": "number",
        "classes": None,
        "positiveClass": None,
        "threshold": None,
        "costs": None,
        "unit": None,
        "min": float(seen.min()),
        "max": float(seen.max()),
    }


def _describe(values: Any, column: ColumnSpec) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "min": None,
        "max": None,
        "mean": None,
        "median": None,
        "quantiles": None,
        "histogram": None,
        "categories": None,
        "categoryCount": None,
        "format": None,
    }
    if column.type in ("number", "integer"):
        return empty | _numbers(values)
    if column.type == "datetime":
        return empty | _dates(values)
    if column.type == "text":
        known = [value for value in values if value is not None]
        return empty | {"missing": len(known) < len(values)}
    return empty | _categories(values)


def _numbers(values: Any) -> dict[str, Any]:
    known = np.sort(values[~np.isnan(values)])
    if known.size == 0:
        return {"missing": True}
    low, high = float(known[0]), float(known[-1])
    levels = _quantiles(known)
    return {
        "missing": known.size < values.size,
        "min": low,
        "max": high,
        "mean": float(known.mean()),
        "median": levels[QUANTILES.index(0.5)],
        "quantiles": [{"quantile": q, "value": v} for q, v in zip(QUANTILES, levels, strict=True)],
        "histogram": _histogram(known, low, high),
    }


def _quantiles(ordered: Any) -> list[float]:
    """Return the QUANTILES of sorted values, interpolated linearly as numpy does."""
    places = np.array(QUANTILES) * (ordered.size - 1)
    lower = np.floor(places).astype(np.int64)
    upper = np.minimum(lower + 1, ordered.size - 1)
    start, end = ordered[lower], ordered[upper]
    values: list[float] = (start + (end - start) * (places - lower)).tolist()
    return values


def _histogram(known: Any, low: float, high: float) -> dict[str, Any] | None:
    if low == high or not np.isfinite(high - low):
        return None
    bins = min(HISTOGRAM_BINS, 1 + int(np.count_nonzero(np.diff(known))))
    try:
        counts, edges = np.histogram(known, bins=bins, range=(low, high))
    except ValueError:
        # The values are so close together that float64 has no room for the edges.
        return None
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _dates(values: Any) -> dict[str, Any]:
    known = values[~np.isnat(values)]
    if known.size == 0:
        return {"missing": True}
    return {
        "missing": known.size < values.size,
        "min": _iso(known.min()),
        "max": _iso(known.max()),
        "format": "date-time" if (known != known.astype("datetime64[D]")).any() else "date",
    }


def _categories(values: Any) -> dict[str, Any]:
    counts = pd.Series(values, dtype=object).value_counts(dropna=True)
    ordered = sorted(
        ((str(value), int(count)) for value, count in counts.items()), key=lambda i: (-i[1], i[0])
    )
    return {
        "missing": int(sum(count for _, count in ordered)) < len(values),
        "categories": [{"value": v, "count": c} for v, c in ordered[:MAX_CATEGORIES]],
        "categoryCount": len(ordered),
    }


def _iso(value: Any) -> str:
    text = str(np.datetime_as_string(value.astype("datetime64[us]")))
    return re.sub(r"T00:00:00\.000000$|\.000000$", "", text)


def _example(series: Any, column: ColumnSpec, row: int) -> Any:
    value = series.to_numpy()[row]
    if column.type in ("number", "integer"):
        number = float(value)
        if number != number:
            return None
        whole = column.type == "integer" and number.is_integer() and abs(number) < 2**53
        return int(number) if whole else number
    if column.type == "datetime":
        return None if np.isnat(value) else _iso(value)
    if column.type == "boolean":
        return None if value is None else value == "true"
    return value


def choose_example(data: TrainingData, holdout: Any) -> int:
    """Return the held-out row with the fewest gaps (the first of them)."""
    gaps = data.frame.iloc[holdout].isna().sum(axis=1).to_numpy()
    return int(holdout[int(np.argmin(gaps))])
