"""Some rows of a long Parquet file, read without holding all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from runtime.errors import RuntimeFault
from runtime.training.arrays import Ints
from runtime.training.reader import convert_table
from runtime.training.spec import ColumnSpec


class TableError(RuntimeFault):
    """A table cannot be read, or does not have what is asked for."""


def row_count(path: Path) -> int:
    """Return the number of rows of a Parquet file."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"The dataset file cannot be read: {error}") from error


def read_rows(path: Path, rows: Ints, columns: list[ColumnSpec]) -> dict[str, Any]:
    """Return columns at sorted positions, typed as models take them, row group by row group.

    Raises TableError when the file cannot be read or lacks a column or a row.
    """
    names = [column.name for column in columns]
    try:
        file = pq.ParquetFile(path)
        missing = [name for name in names if name not in file.schema_arrow.names]
        if missing:
            raise TableError(f"The dataset has no column {missing[0]!r}.")
        parts = []
        start = 0
        for group in range(file.num_row_groups):
            end = start + file.metadata.row_group(group).num_rows
            inside = rows[(rows >= start) & (rows < end)] - start
            if inside.size:
                table = file.read_row_group(group, columns=names, use_threads=False)
                parts.append(table.take(pa.array(inside)))
            start = end
        if rows.size and int(rows.max()) >= start:
            raise TableError("The dataset has fewer rows than are asked for.")
        whole = pa.concat_tables(parts) if parts else file.schema_arrow.empty_table()
        return convert_table(whole.select(names), columns, [])
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"The dataset file cannot be read: {error}") from error


def sample_positions(rows: int, most: int, seed: int) -> Ints:
    """Return at most `most` positions below `rows`, sorted, the same for the same seed."""
    if rows <= most:
        return np.arange(rows)
    chosen = np.random.default_rng(seed).choice(rows, most, replace=False)
    return np.asarray(np.sort(chosen), dtype=np.int64)
