"""Reads the columns of a run from Parquet into the frame types that models are fitted on.

Numbers and integers become float64 (NaN), booleans "true"/"false", categories and texts str with
None, date-times datetime64[ns] in UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from runtime.training.errors import TrainingError
from runtime.training.spec import ColumnSpec

HASH_LIMIT_BYTES = 256 * 1024 * 1024
"""Up to this size the file's SHA-256 is checked (about half a second)."""

BASE_MB = 300
"""Memory of the interpreter and the libraries before anything is read."""

NUMBER_BYTES, WORD_BYTES = 16.0, 110.0
"""Memory of a value in the file's form and in that of the trainer, at once."""

WORD_TYPES = frozenset({"category", "text", "boolean"})
TABLE_SHARE = 0.25
"""Of the memory beyond the base: the rest is for splits, encoded rows and models."""

LEAST_ROWS = 2000

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})


def check_hash(path: Path, expected: str) -> None:
    """Raise TrainingError if a file of moderate size is not the one that the run was made for."""
    if not expected or path.stat().st_size > HASH_LIMIT_BYTES:
        return
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != expected.lower():
        raise TrainingError(
            "The dataset file is not the one this run was started with (its SHA-256 differs)."
        )


@dataclass(frozen=True)
class Columns:
    """Columns as arrays, and the position of each of their rows in the dataset."""

    arrays: dict[str, np.ndarray[Any, Any]]
    rows: np.ndarray[Any, Any]


def rows_that_fit(rows: int, columns: list[ColumnSpec], memory_mb: int) -> int:
    """Return how many rows can be held with these columns, at most `rows`.

    Raises TrainingError when not even a few would fit.
    """
    words = sum(column.type in WORD_TYPES for column in columns)
    each = NUMBER_BYTES * (len(columns) - words) + WORD_BYTES * words
    room = TABLE_SHARE * max(memory_mb - BASE_MB, memory_mb / 4) * 2**20
    fit = int(room / max(each, 1))
    if fit >= rows:
        return rows
    if fit < LEAST_ROWS:
        raise TrainingError(
            f"{rows:,} rows of {len(columns):,} columns need about "
            f"{(BASE_MB + rows * each / TABLE_SHARE / 2**20) / 1024:.1f} GB of memory; the limit "
            f"is {memory_mb / 1024:.1f} GB. Raise the limit, or use fewer columns."
        )
    return fit


def read_columns(
    path: Path, columns: Iterable[ColumnSpec], warnings: list[str]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the named columns of all rows; adds a sentence to `warnings` for values it gave up.

    Raises TrainingError when the file cannot be read or a column is not in it.
    """
    return read_sample(path, columns, warnings, None, 0).arrays


def read_sample(
    path: Path,
    columns: Iterable[ColumnSpec],
    warnings: list[str],
    memory_mb: int | None,
    seed: int,
) -> Columns:
    """Return the named columns; of a table too long for the memory a random sample of the rows.

    Adds a sentence to `warnings` for values and rows it gave up. Raises TrainingError when the file
    cannot be read, a column is not in it, or too little of it fits.
    """
    wanted = list(columns)
    total, kept, table = _open(path, wanted, memory_mb)
    rows = np.arange(total, dtype=np.int64)
    if kept < total:
        rows = np.sort(np.random.default_rng([seed, 6]).choice(total, kept, replace=False))
        table = table.take(pa.array(rows))
        warnings.append(
            f"The run works on {kept:,} of {total:,} rows, drawn at random: more do not fit into "
            f"its {(memory_mb or 0) / 1024:.1f} GB of memory."
        )
    arrays = {}
    for column in wanted:
        arrays[column.name] = _convert(table.column(column.name), column, warnings)
        # What is converted need not be held twice.
        table = table.drop_columns([column.name]) if table.num_columns > 1 else table
    return Columns(arrays, rows)


def _open(path: Path, wanted: list[ColumnSpec], memory_mb: int | None) -> tuple[int, int, pa.Table]:
    """Return the rows of the file, how many of them fit, and the columns of all."""
    try:
        file = pq.ParquetFile(path)
        present = set(file.schema_arrow.names)
        missing = [column.name for column in wanted if column.name not in present]
        if missing:
            raise TrainingError(f"The dataset has no column {missing[0]!r}.")
        total = file.metadata.num_rows
        kept = total if memory_mb is None else rows_that_fit(total, wanted, memory_mb)
        names = [column.name for column in wanted]
        return total, kept, file.read(columns=names, use_threads=False)
    except FileNotFoundError as error:
        raise TrainingError("The dataset file is not there.") from error
    except (OSError, pa.ArrowException) as error:
        raise TrainingError(f"The dataset file cannot be read as Parquet: {error}") from error


def convert_table(
    table: pa.Table, columns: Iterable[ColumnSpec], warnings: list[str]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the named columns of a table as the arrays that models are fitted on."""
    return {
        column.name: _convert(table.column(column.name), column, warnings) for column in columns
    }


def _convert(values: pa.ChunkedArray, column: ColumnSpec, warnings: list[str]) -> Any:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if column.type in ("number", "integer"):
        return _numbers(values, column.name, warnings)
    if column.type == "datetime":
        return _datetimes(values, column.name, warnings)
    texts = _texts(values)
    return _booleans(texts) if column.type == "boolean" else texts


def _numbers(values: pa.ChunkedArray, name: str, warnings: list[str]) -> Any:
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    if _is_number(values.type):
        numbers = np.array(values.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    else:
        series = pd.Series(_texts(values), dtype=object)
        numbers = np.array(pd.to_numeric(series, errors="coerce"), dtype=np.float64)
        lost = int(np.isnan(numbers).sum()) - values.null_count
        if lost > 0:
            warnings.append(f"{lost:,} values of {name!r} are not numbers and count as missing.")
    infinite = np.isinf(numbers)
    if infinite.any():
        warnings.append(f"{int(infinite.sum()):,} infinite values of {name!r} count as missing.")
        numbers[infinite] = np.nan
    return numbers


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _datetimes(values: pa.ChunkedArray, name: str, warnings: list[str]) -> Any:
    before = values.null_count
    if pa.types.is_timestamp(values.type):
        zone = values.type.tz
        series = values.cast(pa.timestamp("us", tz=zone), safe=False).to_pandas()
        series = series.dt.tz_convert("UTC").dt.tz_localize(None) if zone else series
    elif pa.types.is_date(values.type):
        series = values.cast(pa.timestamp("us")).to_pandas()
    else:
        texts = pd.Series(_texts(values), dtype=object)
        parsed = pd.to_datetime(texts, errors="coerce", utc=True, format="mixed")
        series = parsed.dt.tz_localize(None).astype("datetime64[us]")
    times = series.to_numpy().astype("datetime64[us]")
    # Nanoseconds reach from 1678 to 2261; a year 9999 written for "never" is not a date.
    outside = (times < np.datetime64("1678-01-01")) | (times > np.datetime64("2261-12-31"))
    times[outside] = np.datetime64("NaT")
    lost = int(np.isnat(times).sum()) - before
    if lost > 0:
        warnings.append(f"{lost:,} values of {name!r} are not usable dates and count as missing.")
    return times.astype("datetime64[ns]")


def _texts(values: pa.ChunkedArray) -> Any:
    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return np.array([_number_text(v) for v in values.to_pylist()], dtype=object)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        decoded = [None if v is None else v.decode("utf-8", "replace") for v in values.to_pylist()]
        return np.array(decoded, dtype=object)
    if pa.types.is_nested(kind):
        return np.array([None if v is None else str(v) for v in values.to_pylist()], dtype=object)
    texts = pc.cast(values, pa.large_string()).to_pylist()
    result = np.empty(len(texts), dtype=object)
    result[:] = texts
    return result


def _number_text(value: Any) -> str | None:
    if value is None or value != value:
        return None
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def _booleans(texts: Any) -> Any:
    result = np.empty(len(texts), dtype=object)
    for index, text in enumerate(texts):
        lowered = None if text is None else text.strip().lower()
        if lowered in _TRUE:
            result[index] = "true"
        elif lowered in _FALSE:
            result[index] = "false"
    return result
