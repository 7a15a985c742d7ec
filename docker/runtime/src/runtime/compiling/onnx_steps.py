"""The steps of an encoder as ONNX operators over float64 matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto

from runtime.compiling.binary import CompiledModel
from runtime.compiling.onnx_graph import Graph

Step = dict[str, Any]

_DAY = 86_400.0
_ERA = 146_097.0


class Columns:
    """Which matrix, and which of its columns, holds each slot."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._places: dict[int, tuple[str, int]] = {}
        self._widths: dict[str, int] = {}
        self.codes: dict[int, str] = {}

    def put(self, first: int, matrix: str, width: int = 1) -> None:
        """Say that neighbouring slots are the columns of `matrix`."""
        self.scatter(range(first, first + width), matrix)

    def scatter(self, slots: Any, matrix: str) -> None:
        """Say that `slots` are the columns of `matrix`."""
        places = [int(slot) for slot in slots]
        self._widths[matrix] = len(places)
        for column, slot in enumerate(places):
            self._places[slot] = (matrix, column)

    def put_codes(self, slot: int, codes: str) -> None:
        """Say that a slot is a category; `codes` is `(rows,) int64`."""
        self.codes[slot] = codes

    def take(self, slots: Any) -> str:
        """Return slots as one matrix, in their order."""
        runs: list[tuple[str, list[int]]] = []
        for slot in slots:
            matrix, column = self._places[int(slot)]
            if runs and runs[-1][0] == matrix:
                runs[-1][1].append(column)
            else:
                runs.append((matrix, [column]))
        parts = [
            matrix
            if columns == list(range(self._widths[matrix]))
            else self._graph.columns(matrix, columns)
            for matrix, columns in runs
        ]
        return self._graph.join(parts)


def add_steps(
    graph: Graph, compiled: CompiledModel, encoder: dict[str, Any], columns: Columns
) -> str:
    """Add an encoder; return its features."""
    for step in encoder["steps"]:
        _STEPS[step["op"]](graph, step, compiled.arrays, columns)
    return columns.take(range(encoder["first"], encoder["first"] + encoder["width"]))


def _copy(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    values = columns.take(arrays[step["from"]])
    limit = step["limit"]
    if limit is not None:
        values = graph.bounded(values, -limit, limit)
    else:
        values = graph.add("Identity", values)
    columns.scatter(arrays[step["to"]], values)


def _date(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    parts = _date_parts(graph, columns.take([step["from"]]))
    chosen = [parts[part] for part in arrays[step["parts"]].tolist()]
    for slot, part in zip(arrays[step["to"]].tolist(), chosen, strict=True):
        columns.put(slot, part)


def _date_parts(graph: Graph, seconds: str) -> list[str]:
    """Hinnant's civil_from_days in float64, where floor keeps whole numbers exact; NaN stays."""

    def calculate(operation: str, left: str, right: float) -> str:
        return graph.add(operation, left, graph.number(right))

    def whole(left: str, right: float) -> str:
        return graph.add("Floor", calculate("Div", left, right))

    days = whole(seconds, _DAY)
    shifted = calculate("Add", days, 719_468.0)
    era = whole(shifted, _ERA)
    day_of_era = graph.add("Sub", shifted, calculate("Mul", era, _ERA))
    corrected = graph.add("Sub", day_of_era, whole(day_of_era, 1460.0))
    corrected = graph.add("Add", corrected, whole(day_of_era, 36_524.0))
    corrected = graph.add("Sub", corrected, whole(day_of_era, 146_096.0))
    year_of_era = whole(corrected, 365.0)
    passed = graph.add("Add", calculate("Mul", year_of_era, 365.0), whole(year_of_era, 4.0))
    passed = graph.add("Sub", passed, whole(year_of_era, 100.0))
    day_of_year = graph.add("Sub", day_of_era, passed)
    fifths = calculate("Add", calculate("Mul", day_of_year, 5.0), 2.0)
    from_march = whole(fifths, 153.0)
    early = graph.add("Less", from_march, graph.number(10.0))
    month = graph.add(
        "Where", early, calculate("Add", from_march, 3.0), calculate("Sub", from_march, 9.0)
    )
    year = graph.add("Add", year_of_era, calculate("Mul", era, 400.0))
    late = graph.add("Less", month, graph.number(2.5))
    year = graph.add("Where", late, calculate("Add", year, 1.0), year)
    before = whole(calculate("Add", calculate("Mul", from_march, 153.0), 2.0), 5.0)
    day = calculate("Add", graph.add("Sub", day_of_year, before), 1.0)
    shifted_days = calculate("Add", days, 3.0)
    weekday = graph.add("Sub", shifted_days, calculate("Mul", whole(shifted_days, 7.0), 7.0))
    into_day = graph.add("Sub", seconds, calculate("Mul", days, _DAY))
    hour = calculate("Div", into_day, 3600.0)
    return [year, month, day, weekday, hour, calculate("Div", seconds, _DAY)]


def _hours(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:  # noqa: ARG001
    start, end = columns.take([step["start"]]), columns.take([step["end"]])
    hours = graph.add("Div", graph.add("Sub", end, start), graph.number(3600.0))
    columns.put(step["to"], hours)


def _standardize(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    raw = columns.take(arrays[step["from"]])
    bent = raw
    logged = arrays[step["logged"]].astype(bool)
    if logged.any():
        size = graph.add("Log", graph.add("Add", graph.add("Abs", raw), graph.number(1.0)))
        curve = graph.add("Mul", graph.add("Sign", raw), size)
        bent = graph.add("Where", graph.constant(logged[None, :]), curve, raw)
    filled = graph.add(
        "Where", graph.add("IsNaN", raw), graph.constant(arrays[step["fill"]][None, :]), bent
    )
    centred = graph.add("Sub", filled, graph.constant(arrays[step["mean"]][None, :]))
    scaled = graph.add("Div", centred, graph.constant(arrays[step["scale"]][None, :]))
    columns.scatter(
        arrays[step["to"]], graph.bounded(scaled, -float(step["limit"]), float(step["limit"]))
    )


def _missing(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    holes = graph.add("IsNaN", columns.take(arrays[step["from"]]))
    columns.scatter(arrays[step["to"]], graph.add("Cast", holes, to=TensorProto.DOUBLE))


def _hinge(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    values = columns.take(arrays[step["from"]])
    above = graph.add("Sub", values, graph.constant(arrays[step["knot"]][None, :]))
    columns.scatter(arrays[step["to"]], graph.add("Max", above, graph.number(0.0)))


def _fill(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    values = columns.take(arrays[step["from"]])
    filling = graph.constant(arrays[step["value"]][None, :])
    filled = graph.add("Where", graph.add("IsNaN", values), filling, values)
    columns.scatter(arrays[step["to"]], filled)


def _lookup(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    table = graph.constant(np.asarray(arrays[step["table"]]).reshape(-1, step["width"]))
    found = graph.add("Gather", table, columns.codes[step["from"]], axis=0)
    columns.put(step["to"], found, step["width"])


def _difference(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    left, right = columns.take(arrays[step["left"]]), columns.take(arrays[step["right"]])
    columns.scatter(arrays[step["to"]], graph.add("Sub", left, right))


def _product(graph: Graph, step: Step, arrays: list[Any], columns: Columns) -> None:
    left, right = columns.take(arrays[step["left"]]), columns.take(arrays[step["right"]])
    columns.scatter(arrays[step["to"]], graph.add("Mul", left, right))


_STEPS: dict[str, Callable[[Graph, Step, list[Any], Columns], None]] = {
    "copy": _copy,
    "date": _date,
    "hours": _hours,
    "standardize": _standardize,
    "missing": _missing,
    "hinge": _hinge,
    "fill": _fill,
    "lookup": _lookup,
    "product": _product,
    "difference": _difference,
}
