"""Rows to compare predictions on: of a table, or made up from a contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

MISSING_SHARE = 0.05
SOME_DATES = ("2000-01-01T00:00:00+00:00", "2030-01-01T00:00:00+00:00")


def rows_from_table(contract: Mapping[str, Any], table: Path, count: int) -> list[dict[str, Any]]:
    """Return up to `count` rows of a Parquet file, spread over it, with the contract's columns."""
    import pyarrow.parquet as pq

    from runtime.exported.model import rows_of

    names = [column["name"] for column in contract["inputs"]]
    file = pq.ParquetFile(table)
    held = file.read(columns=[name for name in names if name in file.schema_arrow.names])
    places = np.unique(
        np.linspace(0, max(0, held.num_rows - 1), min(count, held.num_rows)).astype(int)
    )
    return rows_of(held.take(places).to_pandas())


def made_up_rows(contract: Mapping[str, Any], count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return rows that look like the training data of the contract, some values missing."""
    rng = np.random.default_rng(seed)
    columns = {column["name"]: _values(column, count, rng) for column in contract["inputs"]}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [dict(contract["example"]), *rows[: count - 1]]


def _values(column: Mapping[str, Any], count: int, rng: np.random.Generator) -> list[Any]:
    values = _known_values(column, count, rng)
    if column.get("nullable", True):
        missing = rng.random(count) < MISSING_SHARE
        values = [None if gone else value for gone, value in zip(missing, values, strict=True)]
    return values


def _known_values(column: Mapping[str, Any], count: int, rng: np.random.Generator) -> list[Any]:
    kind, low, high = column["type"], column.get("min"), column.get("max")
    if kind in ("number", "integer"):
        drawn = rng.uniform(float(low or 0), float(1 if high is None else high), count)
        return [round(v) for v in drawn] if kind == "integer" else drawn.tolist()
    if kind == "boolean":
        return [bool(value) for value in rng.random(count) < 0.5]
    if kind == "datetime":
        # A column without a single date has no range.
        known = (low, high) if isinstance(low, str) and isinstance(high, str) else SOME_DATES
        first, last = (datetime.fromisoformat(text) for text in known)
        return [(first + (last - first) * share).isoformat() for share in rng.random(count)]
    words = [entry["value"] for entry in column.get("categories") or ()]
    words = words or [text for text in [column.get("example")] if text is not None] or ["word"]
    return [json.loads(json.dumps(words[place])) for place in rng.integers(0, len(words), count)]
