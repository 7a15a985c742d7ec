"""The table an imported model is tried on: which columns it reads, and in which types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from runtime.errors import RuntimeFault
from runtime.training.reader import read_columns
from runtime.training.spec import ColumnSpec

MAX_SAMPLE_BYTES = 64 * 1024**2
CATEGORY_LIMIT = 50
"""A column of texts with more different values than this is free text."""

_MLFLOW_TYPES = {
    "double": ("number", "float64"),
    "float": ("number", "float32"),
    "long": ("integer", "int64"),
    "integer": ("integer", "int32"),
    "boolean": ("boolean", "bool"),
    "datetime": ("datetime", "datetime64[ns]"),
    "string": ("category", "object"),
}


class TableRefused(RuntimeFault):
    """A table does not fit the model; the message says why."""


@dataclass(frozen=True)
class InputColumn:
    """One column a model reads: its name, contract type, and pandas dtype where it was made."""

    name: str
    type: str
    dtype: str


@dataclass(frozen=True)
class Table:
    """A table in a Parquet file, with the logical type of each column."""

    path: Path
    types: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [str(name) for name in pq.read_schema(self.path).names]

    def dtype(self, name: str) -> str:
        """Return the pandas dtype a column has as it is stored."""
        column = pq.ParquetFile(self.path).read(columns=[name]).column(name)
        return str(column.slice(0, 10_000).to_pandas().dtype)

    def read(self, columns: Sequence[ColumnSpec]) -> dict[str, Any]:
        """Return columns in the types that models are served with."""
        return read_columns(self.path, columns, [])


def table_of_csv(source: Path, scratch: Path) -> Table:
    """Read a sample with a header into a table of its own.

    Raises:
        TableRefused: It cannot be read.
    """
    if source.stat().st_size > MAX_SAMPLE_BYTES:
        raise TableRefused(f"The sample is larger than {MAX_SAMPLE_BYTES // 1024**2} MB.")
    try:
        frame = pd.read_csv(source, encoding="utf-8-sig", sep=None, engine="python")
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise TableRefused(f"The sample cannot be read as CSV in UTF-8: {error}"[:300]) from error
    if frame.empty or len(frame.columns) != len({str(name) for name in frame.columns}):
        raise TableRefused("The sample has no rows, or two columns of one name.")
    return table_of_frame(frame, scratch)


def table_of_frame(frame: pd.DataFrame, scratch: Path) -> Table:
    """Keep a DataFrame as a table, with types found from its values."""
    frame = frame.rename(columns=str)
    path = scratch / "table.parquet"
    frame.to_parquet(path, index=False)
    return Table(path, {name: _type_of(frame[name]) for name in frame.columns})


def _type_of(column: Any) -> str:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "integer"
    if pd.api.types.is_float_dtype(column.dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "datetime"
    known = column.dropna()
    if len(known) and known.map(lambda value: isinstance(value, bool)).all():
        return "boolean"
    return "category" if known.nunique() <= CATEGORY_LIMIT else "text"


def signature_inputs(description: Mapping[str, Any]) -> list[InputColumn]:
    """Return the inputs that the signature of an `MLmodel` names; none if it names no columns."""
    try:
        inputs = json.loads((description.get("signature") or {}).get("inputs") or "[]")
        named = [entry for entry in inputs if entry.get("name") and entry.get("type")]
    except (ValueError, AttributeError, TypeError):
        return []
    if len(named) != len(inputs):
        return []
    return [
        InputColumn(str(entry["name"]), *_MLFLOW_TYPES.get(entry["type"], ("category", "object")))
        for entry in named
    ]


def example_frame(folder: Path, description: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return the input example of a model folder, if it is a table."""
    about = description.get("saved_input_example_info") or {}
    path = folder / str(about.get("artifact_path", "input_example.json"))
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        return None
    try:
        document = json.loads(path.read_bytes())
        split = document.get("dataframe_split", document)
        return pd.DataFrame(split["data"], columns=split["columns"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def input_columns(
    model: Any, signature: Sequence[InputColumn], table: Table | None, target: str | None
) -> list[InputColumn]:
    """Return what a model reads: by its signature, else its own names, else the table's columns.

    Raises:
        TableRefused: Nothing says which columns it reads, or the table lacks one.
    """
    names = [column.name for column in signature] or _own_names(model)
    if table is None:
        if not signature:
            raise TableRefused(
                "Nothing says which columns the model reads; add a sample or choose a dataset."
            )
        return list(signature)
    names = names or [name for name in table.names if name != target]
    lacking = [name for name in names if name not in table.names]
    if lacking:
        shown = ", ".join(lacking[:5])
        raise TableRefused(f"The table lacks {len(lacking)} columns the model reads: {shown}.")
    expected = _own_number(model)
    if expected is not None and expected != len(names):
        raise TableRefused(
            f"The model reads {expected} columns; the table has {len(names)} besides the target."
        )
    made = {column.name: column for column in signature}
    return [
        InputColumn(
            name,
            table.types.get(name, made[name].type if name in made else "category"),
            made[name].dtype if name in made else table.dtype(name),
        )
        for name in names
    ]


def _own_names(model: Any) -> list[str]:
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        names = getattr(model, "feature_name_", None) or getattr(model, "feature_names_", None)
    return [] if names is None else [str(name) for name in np.asarray(names).reshape(-1)]


def _own_number(model: Any) -> int | None:
    number = getattr(model, "n_features_in_", None)
    return int(number) if isinstance(number, (int, np.integer)) else None
