"""A small builder of ONNX graphs over float64 columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
ML_OPSET = 5
IR_VERSION = 9
ML_DOMAIN = "ai.onnx.ml"


class Graph:
    """Collects nodes and constants; every method returns the name of what it makes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._known: dict[tuple[str, bytes, tuple[int, ...]], str] = {}
        self._count = 0

    def name(self, what: str) -> str:
        """Return a new name."""
        self._count += 1
        return f"{what}_{self._count}"

    def constant(self, values: Any) -> str:
        """Add a constant; equal ones are stored once."""
        array = np.asarray(values)
        key = (array.dtype.str, array.tobytes(), array.shape)
        if key not in self._known:
            name = self.name("constant")
            self._known[key] = name
            self.constants.append(numpy_helper.from_array(array, name))
        return self._known[key]

    def number(self, value: float) -> str:
        """Add a float64 scalar."""
        return self.constant(np.array(value, dtype=np.float64))

    def add(self, operation: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        output = self.name(operation.lower())
        self.nodes.append(
            helper.make_node(operation, list(inputs), [output], domain=domain, **attributes)
        )
        return output

    def rename(self, source: str, output: str) -> None:
        """Give a result the name of an output of the model."""
        self.nodes.append(helper.make_node("Identity", [source], [output]))

    def columns(self, matrix: str, places: Any) -> str:
        """Choose columns of a matrix."""
        return self.add("Gather", matrix, self.constant(np.asarray(places, np.int64)), axis=1)

    def join(self, parts: list[str]) -> str:
        """Put matrices side by side."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def bounded(self, values: str, low: float, high: float) -> str:
        """Clip; NaN stays, which `Clip` alone does not promise."""
        clipped = self.add("Clip", values, self.number(low), self.number(high))
        return self.add("Where", self.add("IsNaN", values), values, clipped)

    def float32(self, values: str) -> str:
        """Round to float32 and keep as float64."""
        rounded = self.add("Cast", values, to=TensorProto.FLOAT)
        return self.add("Cast", rounded, to=TensorProto.DOUBLE)
