"""Open Inference Protocol v2 (as KServe, MLServer and Triton speak it), for one table model.

A request has one tensor for each column, or one `[rows, columns]` tensor in the order of the
contract. Texts, times and classes travel as `BYTES`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from runtime.contract import InputColumn, ModelContract
from runtime.errors import RowProblem
from runtime.serving import json_text
from runtime.serving.exchange import in_words, parse_json, rejection
from runtime.serving.predictor import Prediction

PLATFORM = "modelwright"
OUTPUTS = ("predict", "predict_proba")

_INTEGERS = {f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
_DATATYPES = {"BOOL", "FP16", "FP32", "FP64", "BYTES"} | _INTEGERS
_DATATYPE_OF = {"number": "FP64", "integer": "INT64", "boolean": "BOOL"}


def describe_model(name: str, version: str, contract: ModelContract) -> dict[str, Any]:
    """Return the metadata of the model."""
    outputs: list[dict[str, Any]] = [
        {
            "name": "predict",
            "datatype": "BYTES" if contract.is_classification else "FP64",
            "shape": [-1, 1],
        }
    ]
    if contract.is_classification:
        outputs.append(
            {"name": "predict_proba", "datatype": "FP64", "shape": [-1, len(contract.classes)]}
        )
    return {
        "name": name,
        "versions": [version],
        "platform": PLATFORM,
        "inputs": [
            {"name": column.name, "datatype": datatype_of(column), "shape": [-1, 1]}
            for column in contract.inputs
        ],
        "outputs": outputs,
    }


def datatype_of(column: InputColumn) -> str:
    """Return the tensor type of a column."""
    return _DATATYPE_OF.get(column.type, "BYTES")


class InferenceExchange:
    """One request to `/v2/models/{name}/infer`."""

    def __init__(self, name: str, version: str, contract: ModelContract) -> None:
        self._name, self._version, self._contract = name, version, contract
        self._id: str | None = None
        self._wanted: set[str] | None = None

    def rows(self, body: bytes) -> list[Any]:
        """Return the rows that the tensors hold."""
        document = parse_json(body)
        tensors = document.get("inputs") if isinstance(document, dict) else None
        if not isinstance(tensors, list) or not tensors:
            raise rejection("/inputs", "inputs is a list of tensors.")
        self._id = None if document.get("id") is None else str(document["id"])
        self._wanted = self._wanted_of(document.get("outputs"))
        names = [column.name for column in self._contract.inputs]
        columns: dict[str, list[Any]] = {}
        for index, tensor in enumerate(tensors):
            pointer = f"/inputs/{index}"
            name, shape, data = _read_tensor(tensor, pointer)
            width = shape[1] if len(shape) == 2 else 1
            if width == 1:
                columns[name] = data
            elif len(tensors) == 1 and width == len(names):
                columns = {column: data[place::width] for place, column in enumerate(names)}
            else:
                raise rejection(
                    f"{pointer}/shape",
                    f"A tensor is one column [rows, 1], or the only one with all {len(names)} "
                    "columns in the order of the metadata.",
                )
        if len({len(values) for values in columns.values()}) != 1:
            raise rejection("/inputs", "Every tensor has a value for each row: the lengths differ.")
        rows = list(zip(*columns.values(), strict=True))
        if not rows:
            raise rejection("/inputs", "There is no row to predict.")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def reply(self, predictions: list[Prediction], model_ms: float) -> bytes:  # noqa: ARG002
        """Write the answer as tensors."""
        rows = len(predictions)
        classes = self._contract.classes
        outputs: list[dict[str, Any]] = [
            {
                "name": "predict",
                "shape": [rows, 1],
                "datatype": "BYTES" if classes else "FP64",
                "data": [row["prediction"] for row in predictions],
            }
        ]
        if classes and (self._wanted is None or "predict_proba" in self._wanted):
            flat = [row["probabilities"][label] for row in predictions for label in classes]
            outputs.append(
                {
                    "name": "predict_proba",
                    "shape": [rows, len(classes)],
                    "datatype": "FP64",
                    "data": flat,
                }
            )
        answer: dict[str, Any] = {"model_name": self._name, "model_version": self._version}
        if self._id is not None:
            answer["id"] = self._id
        return json_text.dumps(answer | {"outputs": outputs})

    def rejected(self, problems: list[RowProblem]) -> tuple[int, bytes]:
        """Write the problems as one message."""
        return 400, json_text.dumps({"error": in_words(problems)})

    def failed(self, detail: str) -> tuple[int, bytes]:
        """Write what happened."""
        return 500, json_text.dumps({"error": detail})

    def _wanted_of(self, outputs: Any) -> set[str] | None:
        if not outputs:
            return None
        offered = OUTPUTS if self._contract.is_classification else OUTPUTS[:1]
        names = set()
        for index, output in enumerate(outputs if isinstance(outputs, list) else [outputs]):
            name = output.get("name") if isinstance(output, dict) else None
            if name not in offered:
                raise rejection(f"/outputs/{index}", f"The outputs are {', '.join(offered)}.")
            _refuse_binary(output, f"/outputs/{index}")
            names.add(str(name))
        return names


def _read_tensor(tensor: Any, pointer: str) -> tuple[str, list[int], list[Any]]:
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        raise rejection(pointer, "A tensor has name, shape, datatype and data.")
    _refuse_binary(tensor, pointer)
    shape, datatype = tensor.get("shape"), tensor.get("datatype")
    if datatype not in _DATATYPES:
        raise rejection(f"{pointer}/datatype", f"It is one of {', '.join(sorted(_DATATYPES))}.")
    if (
        not isinstance(shape, list)
        or len(shape) not in (1, 2)
        or not all(type(size) is int and size >= 0 for size in shape)
    ):
        raise rejection(f"{pointer}/shape", "It is [rows] or [rows, columns].")
    if not isinstance(tensor.get("data"), list):
        raise rejection(f"{pointer}/data", "It is a list of values, flat or nested.")
    data = _flat(tensor["data"])
    if len(data) != prod(shape):
        raise rejection(f"{pointer}/data", f"It has {len(data)} values, the shape {prod(shape)}.")
    convert = _CONVERTERS.get(datatype)
    return tensor["name"], shape, data if convert is None else [convert(value) for value in data]


def _refuse_binary(tensor: dict[str, Any], pointer: str) -> None:
    parameters = tensor.get("parameters")
    if isinstance(parameters, dict) and any(name.startswith("binary_data") for name in parameters):
        raise rejection(pointer, "Binary tensor data is not supported; send the values as JSON.")


def _flat(values: list[Any]) -> list[Any]:
    """Flatten rows of a nested tensor; deeper lists stay and are refused as values."""
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "BOOL": lambda value: bool(value) if type(value) is int else value,
}
