"""The scoring protocol of MLflow: the body of `POST /invocations`, and its answer.

Exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`, with optional
`params`; or CSV with a header. The parameter `predict_method` is `predict` (the default: a class or
a number for each row) or `predict_proba` (an object of probabilities for each row).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping
from typing import Any

from runtime.contract import InputColumn, ModelContract
from runtime.errors import RowProblem
from runtime.serving import json_text
from runtime.serving.exchange import in_words, parse_json, rejection
from runtime.serving.predictor import Prediction

METHODS = ("predict", "predict_proba")

Rows = list[dict[str, Any]]


class MlflowExchange:
    """One request to `/invocations`."""

    def __init__(self, contract: ModelContract, content_type: str) -> None:
        self._contract = contract
        self._is_csv = content_type.partition(";")[0].strip().lower() == "text/csv"
        self._method = "predict"

    def rows(self, body: bytes) -> list[Any]:
        """Return the rows, whichever way they are written."""
        if self._is_csv:
            return _not_empty(_rows_of_csv(self._contract, body))
        document = parse_json(body)
        if not isinstance(document, dict):
            raise rejection("", f"The body is an object with one of {', '.join(_READERS)}.")
        self._method = self._method_of(document.get("params"))
        given = [name for name in _READERS if name in document]
        if len(given) != 1:
            raise rejection(
                "", f"The body has exactly one of {', '.join(_READERS)}; this one has {len(given)}."
            )
        return _not_empty(_READERS[given[0]](self._contract, document[given[0]]))

    def reply(self, predictions: list[Prediction], model_ms: float) -> bytes:  # noqa: ARG002
        """Write `{"predictions": [...]}`."""
        field = "prediction" if self._method == "predict" else "probabilities"
        return json_text.dumps({"predictions": [row[field] for row in predictions]})

    def rejected(self, problems: list[RowProblem]) -> tuple[int, bytes]:
        """Write the problems as one message."""
        return 400, _error("BAD_REQUEST", in_words(problems))

    def failed(self, detail: str) -> tuple[int, bytes]:
        """Write what happened."""
        return 500, _error("INTERNAL_ERROR", detail)

    def _method_of(self, params: Any) -> str:
        if params is None:
            return "predict"
        if not isinstance(params, dict):
            raise rejection("/params", "params is an object.")
        method = params.get("predict_method", "predict")
        if method not in METHODS:
            raise rejection("/params/predict_method", f"It is one of {', '.join(METHODS)}.")
        if method == "predict_proba" and not self._contract.is_classification:
            raise rejection("/params/predict_method", "A regression model has no probabilities.")
        return str(method)


def _error(code: str, message: str) -> bytes:
    return json_text.dumps({"error_code": code, "message": message})


def _not_empty(rows: list[Any]) -> list[Any]:
    if not rows:
        raise rejection("", "There is no row to predict.")
    return rows


def _split(_contract: ModelContract, value: Any) -> list[Any]:
    columns = value.get("columns") if isinstance(value, dict) else None
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(columns, list) or not isinstance(data, list):
        raise rejection("/dataframe_split", 'It is {"columns": [...], "data": [[...]]}.')
    return _positional([str(name) for name in columns], data, "/dataframe_split/data")


def _records(_contract: ModelContract, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise rejection("/dataframe_records", "It is a list with one object for each row.")
    return value


def _instances(contract: ModelContract, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise rejection("/instances", "It is a list of rows.")
    return _rows_of_list(contract, value, "/instances")


def _inputs(contract: ModelContract, value: Any) -> list[Any]:
    if isinstance(value, dict):
        return _rows_of_columns(value)
    if isinstance(value, list):
        return _rows_of_list(contract, value, "/inputs")
    raise rejection("/inputs", "It is a list of rows, or an object with a list for each column.")


_READERS: Mapping[str, Callable[[ModelContract, Any], list[Any]]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}


def _rows_of_list(contract: ModelContract, rows: list[Any], pointer: str) -> list[Any]:
    """Read rows that are objects, or lists of values in the order of the contract."""
    if all(isinstance(row, dict) for row in rows):
        return [{name: _single(value) for name, value in row.items()} for row in rows]
    names = [column.name for column in contract.inputs]
    if len(names) == 1 and not any(isinstance(row, (list, dict)) for row in rows):
        return [{names[0]: row} for row in rows]
    return _positional(names, rows, pointer)


def _positional(names: list[str], rows: list[Any], pointer: str) -> Rows:
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise rejection(f"{pointer}/{index}", f"The row is a list of {len(names)} values.")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _rows_of_columns(columns: dict[str, Any]) -> Rows:
    values = {
        name: [_single(item) for item in column] if isinstance(column, list) else [column]
        for name, column in columns.items()
    }
    lengths = {len(column) for column in values.values()}
    if len(lengths) != 1:
        raise rejection("/inputs", "Every column has a value for each row: the lengths differ.")
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _single(value: Any) -> Any:
    """Take a value out of a list of one, as tensors of shape [-1, 1] are written."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _rows_of_csv(contract: ModelContract, body: bytes) -> Rows:
    try:
        text = body.decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise rejection("", f"The body is not CSV in UTF-8: {error}.") from error
    if not table:
        raise rejection("", "The CSV has no header.")
    columns = {column.name: column for column in contract.inputs}
    header, lines = table[0], [line for line in table[1:] if line]
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header):
            raise rejection("", f"Line {number} has {len(line)} values, the header {len(header)}.")
    return [
        {
            name: cell_of_text(columns[name], text)
            for name, text in zip(header, line, strict=True)
            if name in columns
        }
        for line in lines
    ]


def cell_of_text(column: InputColumn, text: str) -> Any:
    """Return what a CSV cell means in a column: empty is missing, numbers are numbers."""
    if text == "":
        return None
    if column.type not in ("number", "integer"):
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else None
