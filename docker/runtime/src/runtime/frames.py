"""Rows of JSON to typed columns, by the contract of a model.

The types are those the trainer fits on: numbers and integers float64 (NaN for missing); booleans
"true" and "false", categories and texts `str`, all in object arrays with None for missing;
date-times datetime64[ns] in UTC (NaT for missing).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.contract import InputColumn, ModelContract
from runtime.errors import RowProblem, RowsRejectedError

Column = npt.NDArray[Any]
"""One input column, shape `(n_rows,)`; the type depends on the column's contract."""

MAX_PROBLEMS = 50
"""No more problems than this are listed for one request."""

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})

# datetime64[ns] counts 64-bit nanoseconds from 1970; these years are inside it entirely.
_FIRST_YEAR, _LAST_YEAR = 1678, 2261
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_START = re.compile(r"\d{4}-\d{2}")


class _Refused(Exception):
    """A value does not fit its column; the message says what would."""


def _number(value: Any) -> float:
    if type(value) is float or type(value) is int:
        number = float(value)
        if math.isfinite(number):
            return number
    raise _Refused("a number")


def _integer(value: Any) -> float:
    number = _number(value) if type(value) in (float, int) else None
    if number is None or not number.is_integer():
        raise _Refused("a whole number")
    return number


def _boolean(value: Any) -> str:
    if type(value) in (bool, int, float, str):
        word = str(value).strip().lower()
        if word in _TRUE:
            return "true"
        if word in _FALSE:
            return "false"
    raise _Refused("true or false")


def _text(value: Any) -> str:
    """Write numbers and booleans as the trainer's reader does: 3, 3.5, true."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if type(value) is float and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    raise _Refused("a text")


def _parse_datetime(text: str, written_as: str | None) -> datetime:
    if _DATE_START.match(text):
        return datetime.fromisoformat(text)
    if written_as is None:
        raise ValueError(text)
    moment: datetime = datetime.strptime(text, written_as)  # noqa: DTZ007 - the zone is set below
    return moment


def _datetime_converter(written_as: str | None) -> Callable[[Any], np.datetime64]:
    """Return a converter of ISO 8601 texts, and of texts in the format of the training data.

    A time without a zone is taken as UTC, as the trainer does.
    """
    expected = "a date and time as ISO 8601, for example 2024-05-31T18:30:00Z"
    format_ = written_as if written_as and "%" in written_as else None

    def convert(value: Any) -> np.datetime64:
        if type(value) is not str:
            raise _Refused(expected)
        try:
            moment = _parse_datetime(value.strip(), format_)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise _Refused(expected) from None
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise _Refused(f"{expected}, between the years {_FIRST_YEAR} and {_LAST_YEAR}")
        since = moment - _EPOCH
        micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return np.datetime64(micros * 1_000, "ns")

    return convert


class _ColumnReader:
    """Reads one column out of rows."""

    def __init__(self, column: InputColumn) -> None:
        self.name = column.name
        self.nullable = column.nullable
        self._pointer = column.name.replace("~", "~0").replace("/", "~1")
        self.dtype: npt.DTypeLike = np.dtype(object)
        self._missing: Any = None
        self._plain: type | None = str
        self._convert: Callable[[Any], Any] = _text
        if column.type in ("number", "integer"):
            self.dtype, self._missing = np.dtype(np.float64), math.nan
            self._convert = _number if column.type == "number" else _integer
            self._plain = None
        elif column.type == "datetime":
            self.dtype, self._missing = np.dtype("datetime64[ns]"), np.datetime64("NaT", "ns")
            self._convert = _datetime_converter(column.format)
            self._plain = None
        elif column.type == "boolean":
            self._convert, self._plain = _boolean, None

    def read(self, rows: Sequence[Mapping[str, Any]], problems: list[RowProblem]) -> Column:
        """Return the column; append to `problems` what does not fit."""
        name, plain, convert, missing = self.name, self._plain, self._convert, self._missing
        values = np.empty(len(rows), dtype=self.dtype)
        for index, row in enumerate(rows):
            value = row.get(name)
            if type(value) is plain:
                values[index] = value
            elif value is not None:
                try:
                    values[index] = convert(value)
                except _Refused as refused:
                    self._report(index, f"expected {refused}, got {_shown(value)}", problems)
            elif self.nullable:
                values[index] = missing
            else:
                self._report(index, "a value is required", problems)
        return values

    def _report(self, index: int, detail: str, problems: list[RowProblem]) -> None:
        if len(problems) < MAX_PROBLEMS:
            pointer = f"/rows/{index}/{self._pointer}"
            problems.append(RowProblem(pointer, f"{self.name}: {detail}."))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + '..."'


class RowReader:
    """Turns rows into typed columns; made once for a contract and used for every request."""

    def __init__(self, contract: ModelContract) -> None:
        self._readers = [_ColumnReader(column) for column in contract.inputs]
        self._names = frozenset(reader.name for reader in self._readers)

    def read(self, rows: Sequence[Any]) -> dict[str, Column]:
        """Return the contract's columns, in its order, each `(n_rows,)`.

        A missing key counts as a missing value. Keys that the contract does not name are ignored,
        so that a whole record can be sent as it is; a row with none of the contract's keys is
        refused, because its prediction would mean nothing.

        Raises:
            RowsRejectedError: A row is not an object, or a value does not fit its column.
        """
        problems: list[RowProblem] = []
        for index, row in enumerate(rows):
            detail = self._row_problem(row)
            if detail is not None and len(problems) < MAX_PROBLEMS:
                problems.append(RowProblem(f"/rows/{index}", detail))
        if problems:
            raise RowsRejectedError(problems)
        known = cast("Sequence[Mapping[str, Any]]", rows)
        columns = {reader.name: reader.read(known, problems) for reader in self._readers}
        if problems:
            problems.sort(key=lambda problem: int(problem.pointer.split("/")[2]))
            raise RowsRejectedError(problems)
        return columns

    def _row_problem(self, row: Any) -> str | None:
        if not isinstance(row, dict):
            return f"A row is an object with a value for each column, not {_shown(row)}."
        if self._names.isdisjoint(row):
            expected = ", ".join(reader.name for reader in self._readers[:8])
            return f"The row has none of the model's columns. It expects {expected}" + (
                "." if len(self._readers) <= 8 else ", and others."
            )
        return None


def data_frame(columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return the columns as a DataFrame, without copying them where pandas can avoid it."""
    return pd.DataFrame(dict(columns), copy=False)


def frame_from_rows(contract: ModelContract | Mapping[str, Any], rows: list[Any]) -> pd.DataFrame:
    """Turn rows of JSON into the DataFrame a model takes.

    Args:
        contract: The contract, or the parsed `contract.json`.
        rows: One mapping of column name to value for each row.

    Raises:
        ContractError: The contract cannot be read.
        RowsRejectedError: A row does not fit the contract.
    """
    known = contract if isinstance(contract, ModelContract) else ModelContract.from_json(contract)
    return data_frame(RowReader(known).read(rows))
