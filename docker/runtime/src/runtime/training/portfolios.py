"""First recipes of every family, in the order in which they are worth trying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.training.encoder import PAIR_COLUMNS
from runtime.training.learner import DISCRIMINANT, PENALISED
from runtime.training.recipes import Problem

FOREST_ROWS = 15_000
SMALL_ROWS, FEW_ROWS = 2000, 1000
WIDE_PAIR_ROWS, WIDE_PAIR_COLUMNS = 3000, 64
DISCRIMINANT_COLUMNS = 200
MEASURED_ORDER = {
    "linear": (0, 4, 1, 2, 3),
    "lightgbm": (0, 3, 2, 1, 4, 5),
    "catboost": (0, 2, 3, 1),
    "forest": (0, 2, 1),
}
"""Places by marginal gain on small tables, the quick default first. `tools/portfolio.py` measures
and orders: 2 folds of 350 rows of five public tables (wine, diabetes, titanic, taxis, mpg)."""


def linear(problem: Problem) -> list[dict[str, Any]]:
    """Plain, bent, with products, and with more or less penalty; discriminants of classes."""
    base = {"style": "linear", "category": "onehot", "strength": 1.0, "knots": 0, "pairs": False}
    if problem.rows <= WIDE_PAIR_ROWS and len(problem.columns) > PAIR_COLUMNS:
        # Few rows leave room for the products of more columns; many little ones need them all.
        base["pair_columns"] = WIDE_PAIR_COLUMNS
    recipes = _with_log(problem, _penalised(base), "linear")
    if can_discriminate(problem):
        recipes = _with_discriminants(problem, recipes)
    return _products_second(recipes) if "pair_columns" in base else recipes


def _with_discriminants(problem: Problem, recipes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add discriminants, and of few rows a fit of hardly any penalty, which say more there.

    Mean log-loss of the plain logistic fit, its weak penalty and the three discriminants on three
    splits: wine 0.074, 0.061, 0.005, 0.032, 0.028; iris 0.167, 0.091, 0.037, 0.044, 0.038;
    penguins 0.040, 0.028, 0.019, 0.016, 0.014. On 5,000 rows (telco-churn) they gain nothing.
    """
    first, *others = ({**recipe, "solver": PENALISED} for recipe in recipes)
    normal = {**first, "solver": DISCRIMINANT}
    # A covariance of thousands of products is neither quick nor well known.
    products = [] if "pair_columns" in first else [{**normal, "pairs": True}]
    discriminants = [*products, normal, {**normal, "knots": 3}]
    if problem.rows < SMALL_ROWS:
        return [first, *discriminants, {**first, "strength": 20.0}, *others]
    return [first, *others, *discriminants]


def _products_second(recipes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    first, *others = recipes
    others.sort(key=lambda recipe: not recipe["pairs"] or recipe["knots"] > 0)
    return [first, *others]


def _penalised(base: dict[str, Any]) -> list[dict[str, Any]]:
    wide = "pair_columns" in base
    return [
        base,
        {**base, "knots": 5, "strength": 0.3},
        {**base, "pairs": True, "strength": 0.2 if wide else 0.02},
        {**base, "knots": 4, "pairs": True, "strength": 0.01},
        {**base, "strength": 0.05},
    ]


def can_discriminate(problem: Problem) -> bool:
    """Return whether a discriminant is worth it: the work grows with the cube of the features."""
    return (
        problem.classes > 1
        and not problem.has_text
        and len(problem.columns) <= DISCRIMINANT_COLUMNS
    )


def forest(kind: str) -> Callable[[Problem], list[dict[str, Any]]]:
    """Random forests or extremely randomised trees: quick, smoother, finer."""

    def portfolio(problem: Problem) -> list[dict[str, Any]]:
        share = 0.5 if problem.classes == 0 else 0.3
        # Trees on samples: on many rows the first look must not take the whole budget.
        sample = min(1.0, float(f"{FOREST_ROWS / problem.rows:.2g}"))
        base = {
            "style": "forest",
            "kind": kind,
            "category": "ordinal",
            "trees": 100 if sample == 1.0 else 60,
            "sample": sample,
            "min_leaf": 3 if problem.classes else 2,
            "features": share,
        }
        return _with_log(
            problem,
            [
                base,
                {**base, "trees": 200, "sample": 1.0, "min_leaf": 5, "features": share / 1.5},
                {
                    **base,
                    "trees": 200,
                    "sample": 1.0,
                    "min_leaf": 1,
                    "features": 0.7,
                    "category": "target",
                },
            ],
            "forest",
        )

    return portfolio


def hist(problem: Problem) -> list[dict[str, Any]]:
    """Histogram boosting: the default, and slower with native categories."""
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


def lightgbm(problem: Problem) -> list[dict[str, Any]]:
    """LightGBM: default, shallow, deep, randomised, and very shallow and slow."""
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
        "bags": 0,
        **_groups(problem),
    }
    small = problem.rows < SMALL_ROWS
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
                "learning_rate": 0.05,
                "leaves": 16,
                "rounds": 800,
                "features": 0.6,
                "rows": 0.8,
                "l2": 3.0,
                "min_leaf": 10 if small else 30,
                "bags": 5,
                **({"groups": True} if problem.has_groups else {}),
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
        "lightgbm",
    )


def xgboost(problem: Problem) -> list[dict[str, Any]]:
    """XGBoost: default, shallow, deep."""
    base = {
        "category": "onehot",
        "learning_rate": 0.1,
        "rounds": 200,
        "depth": 6,
        "min_child": 1.0,
        "l2": 1.0,
        "features": 0.8,
        "rows": 1.0,
        **_groups(problem),
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


def catboost(problem: Problem) -> list[dict[str, Any]]:
    """CatBoost: quick, default, shallow, deep."""
    base = {
        "category": "onehot",
        "learning_rate": 0.1,
        "rounds": 200,
        "depth": 6,
        "l2": 3.0,
        "noise": 1.0,
        "features": 1.0,
        **_groups(problem),
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
        "catboost",
    )


def _groups(problem: Problem) -> dict[str, Any]:
    """The choice of setting numbers against their group, where there are both."""
    return {"groups": False} if problem.has_groups else {}


def _with_log(
    problem: Problem, recipes: list[dict[str, Any]], name: str = ""
) -> list[dict[str, Any]]:
    """Put the recipes in their measured order, where there is one for such a table.

    For a skewed target try the logarithmic scale too. It comes first where it fits what is asked:
    straight lines need it, and absolute errors keep their order on it; but a tree's mean on it is
    not the mean that squared errors ask for.
    """
    if problem.rows < SMALL_ROWS and name in MEASURED_ORDER:
        recipes = [recipes[place] for place in MEASURED_ORDER[name]]
    if not problem.can_log:
        return recipes
    is_log = problem.skewed and (name == "linear" or problem.absolute)
    result = []
    for index, recipe in enumerate(recipes):
        result.append({**recipe, "log_target": is_log})
        if index == 0:
            result.append({**recipe, "log_target": not is_log})
    return result
