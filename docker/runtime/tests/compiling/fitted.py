"""Small fitted models of every family, and the contract of their table."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from runtime.training.arrays import Ints
from runtime.training.families import FAMILIES, FAMILY_BY_NAME
from runtime.training.model import FittedPipeline, TabularModel
from runtime.training.recipes import Problem, Recipe
from runtime.training.tasks import fit_on

COLUMNS = (
    ("size", "number"),
    ("price", "number"),
    ("count", "integer"),
    ("flag", "boolean"),
    ("plan", "category"),
    ("city", "category"),
    ("opened", "datetime"),
    ("closed", "datetime"),
)
TRAIN = 900


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Return raw rows of every type, most of them with gaps."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2019-12-01", "ns")
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=rows),
            "price": np.where(rng.random(rows) < 0.1, np.nan, rng.lognormal(1, 2, rows)),
            "count": rng.integers(0, 50, rows).astype(np.float64),
            "flag": _objects(rng.choice(np.array(["true", "false", None], object), rows)),
            "plan": _objects(rng.choice(np.array(["basic", "gold", "10", None], object), rows)),
            "city": _objects([f"city {number}" for number in rng.integers(0, 60, rows)]),
            "opened": start + rng.integers(0, 900 * 86_400, rows).astype("timedelta64[s]"),
            "closed": start + rng.integers(0, 990 * 86_400, rows).astype("timedelta64[s]"),
        }
    )
    frame.loc[rng.random(rows) < 0.05, "opened"] = pd.NaT
    return frame


def _objects(values: Any) -> Any:
    return pd.Series(list(values), dtype=object)


def target(frame: pd.DataFrame, classes: int, seed: int = 0) -> Any:
    """Return class codes, or positive numbers if `classes` is 0."""
    rng = np.random.default_rng(seed)
    score = (
        frame["size"].to_numpy()
        + 1.5 * (frame["plan"] == "gold").to_numpy()
        + 0.3 * np.log1p(np.nan_to_num(frame["price"].to_numpy()))
        + frame["count"].to_numpy() / 30
        + rng.normal(size=len(frame)) * 0.3
    )
    if classes == 0:
        return np.exp(score / 2)
    return np.digitize(score, np.quantile(score, np.arange(1, classes) / classes)).astype(np.int64)


def problem(classes: int, columns: Any = COLUMNS) -> Problem:
    """Return the problem of this table."""
    return Problem(tuple(columns), classes, False, classes == 0, False, 1, TRAIN)


def contract(frame: pd.DataFrame, classes: int, threshold: float | None = None) -> dict[str, Any]:
    """Return a contract as the trainer writes it, as far as it matters here."""
    output: dict[str, Any] = {"kind": "number"}
    if classes:
        output = {"kind": "class", "classes": labels(classes), "positiveClass": None}
    if classes == 2:
        output |= {"positiveClass": "class 1", "threshold": threshold}
    kinds = {0: "regression", 2: "binary"}
    return {
        "schemaVersion": 1,
        "task": kinds.get(classes, "multiclass"),
        "target": {"name": "target", "type": "category"},
        "output": output,
        "inputs": [_described(frame, name, kind) for name, kind in COLUMNS],
        "example": {"size": 1.0},
    }


def _described(frame: pd.DataFrame, name: str, kind: str) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "type": kind, "nullable": True, "required": False}
    if kind in ("number", "integer"):
        described |= {"min": float(frame[name].min()), "max": float(frame[name].max())}
    elif kind == "category":
        counts = frame[name].value_counts()
        described["categories"] = [{"value": v, "count": int(n)} for v, n in counts.items()]
    return described


def labels(classes: int) -> list[str]:
    """Return the names of the classes."""
    return [f"class {code}" for code in range(classes)]


_FITTED: dict[tuple[Any, ...], bytes] = {}


def pipeline(
    family: str, parameters: dict[str, Any], frame: Any, values: Any, classes: int
) -> FittedPipeline:
    """Fit one recipe on the first rows, made small; the same call gives a fresh copy of it."""
    key = (family, tuple(sorted(parameters.items())), classes, len(frame))
    if key not in _FITTED:
        _FITTED[key] = pickle.dumps(_fit(family, parameters, frame, values, classes))
    fitted: FittedPipeline = pickle.loads(_FITTED[key])
    return fitted


def _fit(
    family: str, parameters: dict[str, Any], frame: Any, values: Any, classes: int
) -> FittedPipeline:
    small = dict(parameters)
    if "rounds" in small:
        small["rounds"] = min(small["rounds"], 12)
    if "trees" in small:
        small |= {"trees": 6, "min_leaf": 5}
    rows: Ints = np.arange(TRAIN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit_on(Recipe.of(family, small), problem(classes), frame, values, rows, 1)


def model(members: list[tuple[float, FittedPipeline]], classes: int) -> TabularModel:
    """Return a model of weighted pipelines."""
    return TabularModel(COLUMNS, labels(classes), members)


def every_recipe(classes: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give the recipes of all portfolios: name, family and parameters."""
    for family in FAMILIES:
        for number, recipe in enumerate(family.portfolio(problem(classes))):
            yield f"{family.name}-{number}", family.name, recipe
        if family.name == "lightgbm":
            bagged = family.portfolio(problem(classes))[0] | {"bags": 3, "groups": True}
            yield "lightgbm-bagged", family.name, bagged


def first_recipe(family: str, classes: int) -> dict[str, Any]:
    """Return the first recipe of a family."""
    return FAMILY_BY_NAME[family].portfolio(problem(classes))[0]
