"""Rows on which a translation is most likely to go wrong, and plausible ones from a contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from runtime.compiling.binary import CompiledModel
from runtime.compiling.trees import FEATURE_MASK, IN_SET, NARROW, WIDE
from runtime.training.numeric import HUGE

NUMBERS: tuple[Any, ...] = (
    None, 0, -0.0, 1, -1, 0.5, 2, 1e-300, -1e-36, float(np.float32(1e-35)),
    -float(np.float32(1e-35)), 5e-324, 16777217, -(2**53), HUGE, 1e31, -1e31, 1.7e308, -1.7e308,
)  # fmt: skip
BOOLEANS: tuple[Any, ...] = (True, False, None, "true", " YES ", "f", 0, 1, "1.0", 0.0)
TEXTS: tuple[Any, ...] = (
    None, "", " ", "None", "nan", "NaN", "null", "__proto__", "constructor", 3, 3.5, -0.0, True,
    1e21, "zażółć", "\U0001f600", "\u0000", "x" * 2000, "never seen before",
)  # fmt: skip
DATES: tuple[Any, ...] = (
    None, "1970-01-01", "1969-12-31T23:59:59.5", "1678-01-01", "2261-12-31T23:59:59.999999",
    "2024-02-29", "2000-02-29T12:00:00+05:30", "2023-12-31T23:00:00-01:00", "1900-03-01T00:00:01Z",
)  # fmt: skip

MAX_THRESHOLDS = 24


def hostile_rows(
    compiled: CompiledModel, contract: Mapping[str, Any], count: int, seed: int = 0
) -> list[dict[str, Any]]:
    """Return `count` rows of JSON mixing missing, unseen, extreme and borderline values.

    Numbers include the model's own thresholds and their neighbours, where columns reach trees
    unchanged.
    """
    rng = np.random.default_rng(seed)
    thresholds = _thresholds(compiled)
    pools = [
        _pool(column, described, thresholds.get(place, []))
        for place, (column, described) in enumerate(
            zip(compiled.description["inputs"], contract["inputs"], strict=True)
        )
    ]
    names = [column["name"] for column in compiled.description["inputs"]]
    usual = plausible_rows(contract, count, seed + 1)
    rows = [{name: _missing(pool) for name, pool in zip(names, pools, strict=True)}]
    while len(rows) < count:
        # From one strange value in a row to nothing but strange values.
        share = rng.choice([0.1, 0.5, 1.0])
        row = dict(usual[len(rows)])
        for name, pool in zip(names, pools, strict=True):
            if rng.random() < share:
                row[name] = pool[rng.integers(len(pool))]
        rows.append(row)
    return rows


def plausible_rows(contract: Mapping[str, Any], count: int, seed: int) -> list[dict[str, Any]]:
    """Return rows like those of training, as far as the contract describes them."""
    rng = np.random.default_rng(seed)
    columns = {column["name"]: _plausible(column, count, rng) for column in contract["inputs"]}
    return [{name: values[row] for name, values in columns.items()} for row in range(count)]


def _plausible(column: Mapping[str, Any], count: int, rng: np.random.Generator) -> list[Any]:
    kind = column["type"]
    values: list[Any]
    if kind in ("number", "integer"):
        low, high = _number(column.get("min"), 0.0), _number(column.get("max"), 1.0)
        marks = column.get("quantiles") or []
        grid = [low, *(float(mark["value"]) for mark in marks), high]
        shares = [0.0, *(float(mark["quantile"]) for mark in marks), 1.0]
        drawn = np.interp(rng.random(count), shares, grid)
        values = np.rint(drawn).tolist() if kind == "integer" else drawn.tolist()
    elif kind == "boolean":
        values = rng.choice(np.array([True, False]), count).tolist()
    elif kind == "datetime":
        first = np.datetime64(str(column.get("min") or "2000-01-01"), "s").astype(np.int64)
        last = np.datetime64(str(column.get("max") or "2030-01-01"), "s").astype(np.int64)
        seconds = rng.integers(first, max(last, first) + 1, count)
        values = [f"{moment}Z" for moment in seconds.astype("datetime64[s]").astype(str).tolist()]
    else:
        known = column.get("categories") or [{"value": "a", "count": 1}]
        weights = np.array([entry["count"] for entry in known], dtype=np.float64)
        picks = rng.choice(len(known), count, p=weights / weights.sum())
        values = [known[pick]["value"] for pick in picks]
    if column.get("nullable", True) and not column.get("required", False):
        values = [
            None if gap else v for v, gap in zip(values, rng.random(count) < 0.05, strict=True)
        ]
    return values


def _number(value: Any, otherwise: float) -> float:
    return otherwise if value is None else float(value)


def _pool(
    column: Mapping[str, Any], described: Mapping[str, Any], thresholds: Sequence[float]
) -> list[Any]:
    kind = column["type"]
    pool: list[Any]
    if kind in ("number", "integer"):
        bounds = [described.get("min"), described.get("max")]
        near = [
            value
            for threshold in thresholds
            for value in (
                threshold,
                float(np.nextafter(threshold, np.inf)),
                float(np.nextafter(threshold, -np.inf)),
            )
        ]
        pool = [*NUMBERS, *(b for b in bounds if b is not None), *near]
        if kind == "integer":
            pool = [v for v in pool if v is None or float(v).is_integer()]
            pool += [float(np.floor(t)) for t in thresholds] + [
                float(np.ceil(t)) for t in thresholds
            ]
    elif kind == "boolean":
        pool = list(BOOLEANS)
    elif kind == "datetime":
        bounds = [described.get("min"), described.get("max")]
        pool = [*DATES, *(str(b) for b in bounds if b is not None)]
    else:
        levels = list(column.get("levels") or [])[:50]
        pool = [*TEXTS, *levels, *(level + " " for level in levels[:5])]
    return pool if column["nullable"] else [value for value in pool if value is not None]


def _missing(pool: Sequence[Any]) -> Any:
    return None if None in pool else pool[0]


def _thresholds(compiled: CompiledModel) -> dict[int, list[float]]:
    """Return some thresholds by input, for features that are plain copies of an input."""
    found: dict[int, set[float]] = {}
    for member in compiled.description["members"]:
        if member["encoder"] is None:
            continue
        direct = _direct(compiled, member["encoder"])
        for learner in member["learner"].get("parts", [member["learner"]]):
            if learner["kind"] == "trees":
                _add_thresholds(compiled, learner, direct, found)
    return {source: sorted(values) for source, values in found.items()}


def _add_thresholds(
    compiled: CompiledModel,
    learner: Mapping[str, Any],
    direct: Mapping[int, int],
    found: dict[int, set[float]],
) -> None:
    layout = WIDE if learner["layout"] == "wide" else NARROW
    nodes = compiled.arrays[learner["nodes"]].view(layout)
    tests = nodes[(nodes["head"] >= 0) & ((nodes["head"] & IN_SET) == 0)]
    features = tests["head"] & FEATURE_MASK
    for feature, source in direct.items():
        values = np.unique(tests["value"][features == feature].astype(np.float64))
        picked = values[:: max(1, values.size // MAX_THRESHOLDS)][:MAX_THRESHOLDS]
        found.setdefault(source, set()).update(picked.tolist())


def _direct(compiled: CompiledModel, number: int) -> dict[int, int]:
    encoder = compiled.description["encoders"][number]
    direct: dict[int, int] = {}
    for step in encoder["steps"]:
        if step["op"] == "copy":
            pairs = zip(compiled.arrays[step["from"]], compiled.arrays[step["to"]], strict=True)
            direct |= {int(to) - encoder["first"]: int(source) for source, to in pairs}
    return direct
