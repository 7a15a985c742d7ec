"""The candidate families: how each is made, its first recipes and its search space."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime.training.boosters import CatBoost, LightGbm, XgBoost
from runtime.training.forests import Forest
from runtime.training.hist_gradient import HistGradientBoosting
from runtime.training.learner import Baseline, Learner, Linear
from runtime.training.recipes import Problem


@dataclass(frozen=True)
class Range:
    """A searched number; `log` draws on a logarithmic scale, `integer` rounds."""

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def draw(self, rng: np.random.Generator) -> float | int:
        """Draw anywhere in the range."""
        return self._value(float(rng.random()))

    def near(self, value: float, rng: np.random.Generator, width: float) -> float | int:
        """Draw around `value` with a standard deviation of `width` times the range."""
        return self._value(float(np.clip(self._unit(value) + rng.normal(0.0, width), 0.0, 1.0)))

    def _unit(self, value: float) -> float:
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def _value(self, unit: float) -> float | int:
        if self.log:
            value = self.low * (self.high / self.low) ** unit
        else:
            value = self.low + unit * (self.high - self.low)
        return round(value) if self.integer else float(f"{value:.4g}")


@dataclass(frozen=True)
class Choice:
    """A searched choice."""

    values: tuple[Any, ...]

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw any of the values."""
        return self.values[int(rng.integers(len(self.values)))]

    def near(self, value: Any, rng: np.random.Generator, width: float) -> Any:
        """Keep `value`, or now and then draw another."""
        return self.draw(rng) if rng.random() < width else value


Space = dict[str, Range | Choice]


@dataclass(frozen=True)
class Family:
    """One kind of model.

    `portfolio` gives recipes in the order in which they are worth trying, the first being the
    cheap default; `space` what is searched around the best of them. `cost` is the rough fit time
    relative to LightGBM, `module` the library that must be importable.
    """

    name: str
    label: str
    make: Callable[[dict[str, Any]], Learner]
    portfolio: Callable[[Problem], list[dict[str, Any]]]
    space: Space = field(default_factory=dict)
    module: str | None = None
    bytes_per_cell: float = 16.0

    def missing(self) -> str | None:
        """Return why the family cannot be used here, or None."""
        if self.module is None or importlib.util.find_spec(self.module) is not None:
            return None
        return f"The library {self.module} is not in this runtime image."


def _linear(problem: Problem) -> list[dict[str, Any]]:
    base = {"style": "linear", "category": "onehot", "strength": 1.0, "knots": 0, "pairs": False}
    return _with_log(
        problem,
        [
            base,
            {**base, "knots": 5, "strength": 0.3},
            {**base, "pairs": True, "strength": 0.02},
            {**base, "knots": 4, "pairs": True, "strength": 0.01},
            {**base, "strength": 0.05},
        ],
    )


def _forest(kind: str) -> Callable[[Problem], list[dict[str, Any]]]:
    def portfolio(problem: Problem) -> list[dict[str, Any]]:
        share = 0.5 if problem.classes == 0 else 0.3
        base = {
            "style": "forest",
            "kind": kind,
            "category": "ordinal",
            "trees": 100,
            "min_leaf": 3 if problem.classes else 2,
            "features": share,
        }
        return _with_log(
            problem,
            [
                base,
                {**base, "trees": 200, "min_leaf": 5, "features": share / 1.5},
                {**base, "trees": 200, "min_leaf": 1, "features": 0.7, "category": "target"},
            ],
        )

    return portfolio


def _hist(problem: Problem) -> list[dict[str, Any]]:
    base = {
        "category": "ordinal",
        "learning_rate": 0.1,
        "rounds": 100,
        "leaves": 31,
        "min_leaf": 20,
        "l2": 0.0,
    }
    return _with_log(
        problem,
        [
            base,
            {
                **base,
                "category": "native",
                "learning_rate": 0.05,
                "leaves": 15,
                "rounds": 200,
                "l2": 1.0,
            },
        ],
    )


def _lightgbm(problem: Problem) -> list[dict[str, Any]]:
    base = {
        "category": "ordinal",
        "learning_rate": 0.1,
        "rounds": 200,
        "leaves": 31,
        "min_leaf": 20,
        "l2": 0.1,
        "features": 0.8,
        "rows": 1.0,
        "extra": False,
    }
    small = problem.rows < 2000
    return _with_log(
        problem,
        [
            {**base, "leaves": 15, "min_leaf": 8 if problem.rows < 600 else 15} if small else base,
            {
                **base,
                "learning_rate": 0.05,
                "leaves": 8,
                "rounds": 600,
                "features": 0.6,
                "rows": 0.8,
                "l2": 3.0,
                "min_leaf": 10 if small else 30,
            },
            {
                **base,
                "learning_rate": 0.05,
                "leaves": 63,
                "rounds": 600,
                "features": 0.6,
                "rows": 0.8,
                "l2": 5.0,
                "category": "native",
            },
            {
                **base,
                "learning_rate": 0.05,
                "leaves": 48,
                "rounds": 600,
                "features": 0.7,
                "extra": True,
                "l2": 1.0,
            },
            {
                **base,
                "learning_rate": 0.02,
                "leaves": 4,
                "rounds": 1600,
                "features": 0.5,
                "rows": 0.7,
                "l2": 10.0,
            },
        ],
    )


def _xgboost(problem: Problem) -> list[dict[str, Any]]:
    base = {
        "category": "onehot",
        "learning_rate": 0.1,
        "rounds": 200,
        "depth": 6,
        "min_child": 1.0,
        "l2": 1.0,
        "features": 0.8,
        "rows": 1.0,
    }
    return _with_log(
        problem,
        [
            {**base, "depth": 4} if problem.rows < 2000 else base,
            {
                **base,
                "learning_rate": 0.05,
                "depth": 3,
                "rounds": 600,
                "features": 0.6,
                "rows": 0.8,
                "l2": 5.0,
                "min_child": 5.0,
            },
            {
                **base,
                "learning_rate": 0.04,
                "depth": 8,
                "rounds": 600,
                "features": 0.6,
                "rows": 0.8,
                "l2": 3.0,
                "min_child": 10.0,
                "category": "target",
            },
        ],
    )


def _catboost(problem: Problem) -> list[dict[str, Any]]:
    base = {
        "category": "onehot",
        "learning_rate": 0.1,
        "rounds": 200,
        "depth": 6,
        "l2": 3.0,
        "noise": 1.0,
        "features": 1.0,
    }
    return _with_log(
        problem,
        [
            base,
            {**base, "learning_rate": 0.06, "rounds": 600, "depth": 6, "l2": 5.0},
            {
                **base,
                "learning_rate": 0.05,
                "rounds": 800,
                "depth": 4,
                "l2": 8.0,
                "noise": 2.0,
                "features": 0.7,
            },
            {
                **base,
                "learning_rate": 0.06,
                "rounds": 600,
                "depth": 8,
                "features": 0.7,
                "category": "ordinal",
            },
        ],
    )


def _with_log(problem: Problem, recipes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For a skewed target try the logarithmic scale too: first if skewed, and again plain."""
    if not problem.can_log:
        return recipes
    result = []
    for index, recipe in enumerate(recipes):
        result.append({**recipe, "log_target": problem.skewed})
        if index == 0:
            result.append({**recipe, "log_target": not problem.skewed})
    return result


_CATEGORY = Choice(("ordinal", "onehot", "target"))
_CATEGORY_NATIVE = Choice(("ordinal", "onehot", "target", "native"))
_LOG = Choice((True, False))
_SHARE = Range(0.3, 1.0)

_FORESTS: Space = {
    "category": _CATEGORY,
    "trees": Range(100, 400, log=True, integer=True),
    "min_leaf": Range(1, 30, log=True, integer=True),
    "features": Range(0.1, 1.0),
    "log_target": _LOG,
}

FAMILIES: tuple[Family, ...] = (
    Family("baseline", "Baseline", Baseline, lambda _problem: [{}], bytes_per_cell=0.0),
    Family(
        "linear",
        "Linear model",
        Linear,
        _linear,
        {
            "strength": Range(1e-4, 100.0, log=True),
            "knots": Choice((0, 3, 5, 8)),
            "pairs": Choice((False, True)),
            "category": Choice(("onehot", "onehot", "target")),
            "log_target": _LOG,
        },
        bytes_per_cell=40.0,
    ),
    Family(
        "lightgbm",
        "LightGBM",
        LightGbm,
        _lightgbm,
        {
            "category": _CATEGORY_NATIVE,
            "learning_rate": Range(0.01, 0.2, log=True),
            "leaves": Range(4, 128, log=True, integer=True),
            "min_leaf": Range(2, 100, log=True, integer=True),
            "l2": Range(1e-3, 50.0, log=True),
            "features": _SHARE,
            "rows": Range(0.5, 1.0),
            "extra": Choice((False, False, True)),
            "log_target": _LOG,
        },
        "lightgbm",
    ),
    Family(
        "hist_gradient_boosting",
        "Histogram gradient boosting",
        HistGradientBoosting,
        _hist,
        {
            "category": _CATEGORY_NATIVE,
            "learning_rate": Range(0.02, 0.3, log=True),
            "leaves": Range(4, 64, log=True, integer=True),
            "min_leaf": Range(3, 100, log=True, integer=True),
            "l2": Range(1e-3, 30.0, log=True),
            "log_target": _LOG,
        },
        "sklearn",
        24.0,
    ),
    Family(
        "random_forest",
        "Random forest",
        Forest,
        _forest("random_forest"),
        _FORESTS,
        "sklearn",
        80.0,
    ),
    Family("extra_trees", "Extra trees", Forest, _forest("extra_trees"), _FORESTS, "sklearn", 80.0),
    Family(
        "xgboost",
        "XGBoost",
        XgBoost,
        _xgboost,
        {
            "category": _CATEGORY,
            "learning_rate": Range(0.01, 0.3, log=True),
            "depth": Range(2, 10, integer=True),
            "min_child": Range(0.5, 50.0, log=True),
            "l2": Range(1e-2, 50.0, log=True),
            "features": _SHARE,
            "rows": Range(0.5, 1.0),
            "log_target": _LOG,
        },
        "xgboost",
    ),
    Family(
        "catboost",
        "CatBoost",
        CatBoost,
        _catboost,
        {
            "category": _CATEGORY,
            "learning_rate": Range(0.02, 0.2, log=True),
            "depth": Range(3, 9, integer=True),
            "l2": Range(0.5, 30.0, log=True),
            "noise": Range(0.2, 5.0, log=True),
            "features": _SHARE,
            "log_target": _LOG,
        },
        "catboost",
        24.0,
    ),
)
"""All families in the order of the first pass: cheap and telling ones first."""

FAMILY_BY_NAME: dict[str, Family] = {family.name: family for family in FAMILIES}
