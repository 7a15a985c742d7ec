"""The rows that explanations compare with: from the data, or drawn from what the contract says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from runtime.contract import InputColumn, ModelContract
from runtime.frames import Column, RowReader

ROWS = 100


def from_contract(document: Mapping[str, Any], rows: int = ROWS) -> dict[str, Column]:
    """Draw rows from the distribution of each column in a parsed `contract.json`.

    Columns are drawn independently: the contract does not say how they go together.
    """
    contract = ModelContract.from_json(document)
    rng = np.random.default_rng(0)
    described = {str(column["name"]): column for column in document["inputs"]}
    drawn = {c.name: _draw(c, described[c.name], rows, rng) for c in contract.inputs}
    # At least one value is needed to make a row of it; a gap everywhere is the example's business.
    listed = [{name: values[i] for name, values in drawn.items()} for i in range(rows)]
    return RowReader(contract).read(listed)


def from_table(path: Path, document: Mapping[str, Any], rows: int = ROWS) -> dict[str, Column]:
    """Return a sample of the rows of a Parquet file, typed by a parsed `contract.json`.

    Raises TableError when the file does not have the columns of the contract.
    """
    from runtime.tables import read_rows, row_count, sample_positions
    from runtime.training.spec import ColumnSpec

    columns = [ColumnSpec(str(c["name"]), str(c["type"]), "feature") for c in document["inputs"]]
    return read_rows(path, sample_positions(row_count(path), rows, 0), columns)


def _draw(
    column: InputColumn, described: Mapping[str, Any], rows: int, rng: np.random.Generator
) -> list[Any]:
    if column.type in ("category", "boolean") and described.get("categories"):
        return _draw_categories(described, rows, rng)
    histogram = described.get("histogram")
    if column.type in ("number", "integer") and histogram:
        return _draw_numbers(histogram, column.type == "integer", rows, rng)
    if column.type == "datetime" and described.get("min") and described.get("max"):
        low, high = (np.datetime64(str(described[k]), "us") for k in ("min", "max"))
        spread = int((high - low).astype(np.int64))
        times = low + rng.integers(0, max(spread, 1), rows).astype("timedelta64[us]")
        return [str(np.datetime_as_string(t)) for t in times]
    return [described.get("example")] * rows


def _draw_categories(
    described: Mapping[str, Any], rows: int, rng: np.random.Generator
) -> list[Any]:
    values = [item["value"] for item in described["categories"]]
    counts = np.array([item["count"] for item in described["categories"]], dtype=np.float64)
    return [values[i] for i in rng.choice(len(values), rows, p=counts / counts.sum())]


def _draw_numbers(
    histogram: Mapping[str, Any], is_whole: bool, rows: int, rng: np.random.Generator
) -> list[Any]:
    edges = np.asarray(histogram["edges"], dtype=np.float64)
    counts = np.asarray(histogram["counts"], dtype=np.float64)
    bins = rng.choice(counts.size, rows, p=counts / counts.sum())
    values = edges[bins] + rng.random(rows) * (edges[bins + 1] - edges[bins])
    return [float(v) for v in (np.round(values) if is_whole else values)]
