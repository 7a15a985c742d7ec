"""The reference evaluator: what every step of the format means, in numpy.

The TypeScript evaluator of `libs/compiled-model` must give the same numbers; tests compare them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.compiling.binary import CompiledModel
from runtime.compiling.trees import DEFAULT_LEFT, FEATURE_MASK, IN_SET, NARROW, WIDE
from runtime.training.arrays import Floats, Frame
from runtime.training.numeric import _date_parts

Rows = npt.NDArray[np.float64]
"""Encoded rows `(n_rows, n_inputs)`: numbers as they are, booleans 0 and 1, date-times in seconds
since 1970, categories as codes; NaN for missing (a category: the code of missing)."""

CHUNK_ROWS = 2048


def encode_rows(compiled: CompiledModel, frame: Frame) -> Rows:
    """Turn raw columns, as `runtime.frames.RowReader` or the trainer has them, into numbers."""
    inputs = compiled.description["inputs"]
    columns = [_encode_column(column, frame[column["name"]]) for column in inputs]
    return np.stack(columns, axis=1) if columns else np.empty((0, 0))


def _encode_column(column: dict[str, Any], values: Any) -> Floats:
    kind = column["type"]
    if kind in ("number", "integer"):
        return np.asarray(values, dtype=np.float64)
    if kind == "boolean":
        truth = {"true": 1.0, "false": 0.0, True: 1.0, False: 0.0}
        return np.array([truth.get(v, np.nan) for v in np.asarray(values, object)], np.float64)
    if kind == "datetime":
        stamps = np.asarray(values, dtype="datetime64[ns]").astype("datetime64[s]")
        return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64).astype(np.float64))
    levels = {name: code for code, name in enumerate(column.get("levels", []))}
    missing, other = len(levels), len(levels) + 1
    items = np.asarray(values, dtype=object).tolist()
    return np.array(
        [
            missing if item is None or item != item else levels.get(str(item), other)
            for item in items
        ],
        dtype=np.float64,
    )


def evaluate(compiled: CompiledModel, rows: Rows) -> Floats:
    """Return probabilities `(n_rows, n_classes)` or numbers `(n_rows,)`."""
    parts = [
        _evaluate(compiled, rows[start : start + CHUNK_ROWS])
        for start in range(0, len(rows), CHUNK_ROWS)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def decide(compiled: CompiledModel, values: Floats) -> npt.NDArray[np.int64]:
    """Return the place of the predicted class of each row of probabilities."""
    output = compiled.description["output"]
    if output["threshold"] is None:
        return np.asarray(np.argmax(values, axis=1), dtype=np.int64)
    positive = output["positive"]
    above = values[:, positive] >= output["threshold"]
    return np.asarray(np.where(above, positive, 1 - positive), dtype=np.int64)


def _evaluate(compiled: CompiledModel, rows: Rows) -> Floats:
    slots = np.full((len(rows), compiled.description["slots"]), np.nan)
    slots[:, : rows.shape[1]] = rows
    arrays = compiled.arrays
    with np.errstate(all="ignore"):
        for encoder in compiled.description["encoders"]:
            for step in encoder["steps"]:
                _STEPS[step["op"]](slots, step, arrays)
        total: Any = 0.0
        for member in compiled.description["members"]:
            values = _member(compiled, member, slots)
            weight = member["weight"]
            total = total + (values if weight is None else weight * values)
    return np.asarray(total, dtype=np.float64)


def _member(compiled: CompiledModel, member: dict[str, Any], slots: Rows) -> Floats:
    learner, finish = member["learner"], member["finish"]
    features = np.empty((len(slots), 0))
    if member["encoder"] is not None:
        encoder = compiled.description["encoders"][member["encoder"]]
        features = slots[:, encoder["first"] : encoder["first"] + encoder["width"]]
    values = _LEARNERS[learner["kind"]](learner, features, compiled.arrays)
    if finish["kind"] == "number":
        numbers = values[:, 0]
        if finish["exponential"]:
            numbers = np.expm1(np.minimum(numbers, 700.0))
        return np.clip(numbers, finish["low"], finish["high"])
    full = np.zeros((len(slots), len(compiled.description["output"]["classes"])))
    full[:, finish["places"]] = values
    return full


def _copy(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    values = slots[:, arrays[step["from"]]]
    limit = step["limit"]
    slots[:, arrays[step["to"]]] = values if limit is None else np.clip(values, -limit, limit)


def _date(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    seconds = slots[:, step["from"]]
    missing = np.isnan(seconds)
    stamps = np.where(missing, 0, seconds).astype(np.int64).astype("datetime64[s]")
    stamps[missing] = np.datetime64("NaT")
    parts = _date_parts(stamps)
    for part, place in zip(arrays[step["parts"]], arrays[step["to"]], strict=True):
        slots[:, place] = parts[part]


def _hours(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:  # noqa: ARG001
    slots[:, step["to"]] = (slots[:, step["end"]] - slots[:, step["start"]]) / 3600.0


def _standardize(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    raw = slots[:, arrays[step["from"]]]
    logged = arrays[step["logged"]].astype(bool)
    bent = np.where(logged, np.sign(raw) * np.log1p(np.abs(raw)), raw)
    filled = np.where(np.isnan(raw), arrays[step["fill"]], bent)
    scaled = (filled - arrays[step["mean"]]) / arrays[step["scale"]]
    slots[:, arrays[step["to"]]] = np.clip(scaled, -step["limit"], step["limit"])


def _missing(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    slots[:, arrays[step["to"]]] = np.isnan(slots[:, arrays[step["from"]]])


def _hinge(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    values = slots[:, arrays[step["from"]]] - arrays[step["knot"]]
    slots[:, arrays[step["to"]]] = np.maximum(values, 0.0)


def _fill(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    values = slots[:, arrays[step["from"]]]
    slots[:, arrays[step["to"]]] = np.where(np.isnan(values), arrays[step["value"]], values)


def _lookup(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    table = arrays[step["table"]].reshape(-1, step["width"])
    codes = slots[:, step["from"]].astype(np.int64)
    slots[:, step["to"] : step["to"] + step["width"]] = table[codes]


def _product(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    left, right = slots[:, arrays[step["left"]]], slots[:, arrays[step["right"]]]
    slots[:, arrays[step["to"]]] = left * right


def _difference(slots: Rows, step: dict[str, Any], arrays: list[Any]) -> None:
    left, right = slots[:, arrays[step["left"]]], slots[:, arrays[step["right"]]]
    slots[:, arrays[step["to"]]] = left - right


_STEPS = {
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


def _constant(learner: dict[str, Any], features: Rows, arrays: list[Any]) -> Floats:
    return np.tile(arrays[learner["values"]], (len(features), 1))


def _linear(learner: dict[str, Any], features: Rows, arrays: list[Any]) -> Floats:
    weights = arrays[learner["weights"]].reshape(-1, learner["scores"])
    return _linked(learner, features @ weights + arrays[learner["intercept"]])


def _mean(learner: dict[str, Any], features: Rows, arrays: list[Any]) -> Floats:
    total: Any = 0.0
    for part in learner["parts"]:
        total = total + _LEARNERS[part["kind"]](part, features, arrays)
    return np.asarray(total / len(learner["parts"]), dtype=np.float64)


def _trees(learner: dict[str, Any], features: Rows, arrays: list[Any]) -> Floats:
    layout = WIDE if learner["layout"] == "wide" else NARROW
    nodes = arrays[learner["nodes"]].view(layout)
    sets = None
    if learner["sets"] is not None:
        sets = arrays[learner["sets"]].reshape(-1, learner["setWords"])
    vectors = None
    if learner["vectors"] is not None:
        vectors = arrays[learner["vectors"]].reshape(-1, learner["scores"])
    if learner["float32Features"]:
        features = features.astype(np.float32).astype(np.float64)
    kind = np.float32 if learner["float32Sums"] else np.float64
    scores = np.tile(arrays[learner["start"]].astype(kind), (len(features), 1))
    for number, root in enumerate(arrays[learner["roots"]].tolist()):
        leaves = _leaves(nodes, root, features, sets)
        if vectors is not None:
            scores += vectors[nodes["right"][leaves]]
        else:
            scores[:, number % learner["scores"]] += nodes["value"][leaves].astype(kind)
    if learner["divisor"] is not None:
        scores /= learner["divisor"]
    return _linked(learner, scores)


def _leaves(nodes: Any, root: int, features: Rows, sets: Any) -> npt.NDArray[np.int64]:
    place = np.full(len(features), root, dtype=np.int64)
    active = np.arange(len(features))
    while active.size:
        node = nodes[place[active]]
        head = node["head"]
        inner = head >= 0
        active, head, node = active[inner], head[inner], node[inner]
        values = features[active, head & FEATURE_MASK]
        left = values <= node["value"]
        in_set = (head & IN_SET) > 0
        if in_set.any():
            left[in_set] = _in_sets(sets, node["value"][in_set], values[in_set])
        left = np.where(np.isnan(values), (head & DEFAULT_LEFT) > 0, left)
        place[active] = np.where(left, place[active] + 1, node["right"])
    return place


def _in_sets(sets: Any, number: Any, codes: Any) -> Any:
    bits = sets.shape[1] * 32
    known = (codes >= 0) & (codes < bits)
    code = np.where(known, codes, 0).astype(np.int64)
    words = sets[number.astype(np.int64), code // 32]
    return known & ((words >> (code % 32) & 1) > 0)


def _oblivious(learner: dict[str, Any], features: Rows, arrays: list[Any]) -> Floats:
    values = features.astype(np.float32)
    borders, tests = arrays[learner["borders"]], arrays[learner["features"]]
    leaves = arrays[learner["leaves"]].reshape(-1, learner["scores"])
    scores = np.zeros((len(features), learner["scores"]))
    test = first = 0
    for depth in arrays[learner["depths"]].tolist():
        index = np.zeros(len(features), dtype=np.int64)
        for bit in range(depth):
            index |= (values[:, tests[test + bit]] > borders[test + bit]).astype(np.int64) << bit
        scores += leaves[first + index]
        test += depth
        first += 1 << depth
    return _linked(learner, scores * learner["factor"] + arrays[learner["bias"]])


def _linked(learner: dict[str, Any], scores: Floats) -> Floats:
    if learner["link"] == "identity":
        return np.asarray(scores, dtype=np.float64)
    if learner.get("float32Link"):
        return _linked_float32(learner["link"], scores)
    if learner["link"] == "logistic":
        limit = learner["limit"]
        margin = scores[:, 0] if limit is None else np.clip(scores[:, 0], -limit, limit)
        positive = 1.0 / (1.0 + np.exp(-margin))
        return np.stack([1.0 - positive, positive], axis=1)
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _linked_float32(link: str, scores: Any) -> Floats:
    """As XGBoost computes it (`common/math.h`): float32 throughout, the sum in float64."""
    if link == "logistic":
        margin = np.minimum(-scores[:, 0].astype(np.float64), np.float64(np.float32(88.7)))
        # XGBoost adds 1e-16 to this sum, which float32 does not notice.
        denominator = np.exp(margin).astype(np.float32) + np.float32(1.0)
        positive = (np.float32(1.0) / denominator).astype(np.float64)
        return np.stack([1.0 - positive, positive], axis=1)
    scores = scores.astype(np.float32)
    shifted = (scores - scores.max(axis=1, keepdims=True)).astype(np.float64)
    powers = np.exp(shifted).astype(np.float32)
    total = np.zeros(len(powers))
    for column in powers.T:
        total += column
    shares = powers / total.astype(np.float32)[:, None]
    return np.asarray(shares, dtype=np.float64)


_LEARNERS = {
    "constant": _constant,
    "linear": _linear,
    "mean": _mean,
    "trees": _trees,
    "oblivious": _oblivious,
}
