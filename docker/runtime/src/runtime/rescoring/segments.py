"""How the models do on parts of the rows that people can name."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runtime.rescoring.rows import CommonRows, label_of
from runtime.rescoring.scoring import Decision, Predicted

MIN_ROWS = 30
MAX_COLUMNS = 12
MAX_VALUES = 6
MAX_SEGMENTS = 40
BUCKETS = 4
MAX_LABEL = 80

Mask = npt.NDArray[np.bool_]


def segments(
    rows: CommonRows,
    columns: list[str],
    predictions: list[Predicted],
    task: str,
    metric: str,
    positive: int,
    decisions: list[Decision],
) -> list[dict[str, Any]]:
    """Score all models on each value or range of some columns, largest differences first."""
    found: list[tuple[float, dict[str, Any]]] = []
    for name in [column for column in columns if column in rows.table.column_names][:MAX_COLUMNS]:
        for label, mask in _parts(rows.table[name]):
            count = int(mask.sum())
            if count < MIN_ROWS:
                continue
            values = [
                float(decides.score(task, metric, rows.actual[mask], prediction[mask], positive))
                for prediction, decides in zip(predictions, decisions, strict=True)
            ]
            if not np.isfinite(values).all():
                continue
            part = {"column": name, "label": label, "rows": count, "scores": values}
            found.append((max(values) - min(values), part))
    found.sort(key=lambda one: -one[0])
    return [part for _, part in found[:MAX_SEGMENTS]]


def _parts(column: pa.ChunkedArray) -> list[tuple[str, Mask]]:
    """Cut a column into its most frequent values, or a number into quarters of the rows."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        values = column.to_pandas().to_numpy(dtype=np.float64)
        known = values[np.isfinite(values)]
        if np.unique(known).size > MAX_VALUES:
            return _ranges(values, known)
    if pa.types.is_temporal(column.type):
        return []
    texts = np.array(["(missing)" if v is None else label_of(v) for v in column.to_pylist()])
    names, counts = np.unique(texts, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MAX_VALUES]
    return [(str(names[index])[:MAX_LABEL], texts == names[index]) for index in order]


def _ranges(
    values: npt.NDArray[np.float64], known: npt.NDArray[np.float64]
) -> list[tuple[str, Mask]]:
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BUCKETS + 1)))
    parts: list[tuple[str, Mask]] = []
    for index, (low, high) in enumerate(pairwise(edges)):
        last = index == edges.size - 2
        inside = (values >= low) & ((values <= high) if last else (values < high))
        parts.append((f"{low:.6g} to {high:.6g}", inside))
    missing = ~np.isfinite(values)
    if missing.any():
        parts.append(("(missing)", missing))
    return parts
