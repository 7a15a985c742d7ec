"""The candidate families: how each is made, its first recipes and its search space."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from runtime.training import portfolios
from runtime.training.bagging import BaggedLightGbm
from runtime.training.boosters import CatBoost, LightGbm, XgBoost
from runtime.training.cluster_learners import Agglomerative, Hdbscan, KMeans, Mixture
from runtime.training.engines import autogluon
from runtime.training.engines.autogluon import AutoGluonLearner
from runtime.training.engines.flaml import FlamlLearner
from runtime.training.forests import Forest
from runtime.training.hist_gradient import HistGradientBoosting
from runtime.training.learner import DISCRIMINANT, PENALISED, Baseline, Learner, Linear
from runtime.training.recipes import Problem
from runtime.training.spaces import Choice, Range, Space


@dataclass(frozen=True)
class Family:
    """One kind of model.

    `portfolio` gives recipes in the order in which they are worth trying, the first being the
    cheap default; `space` what is searched around the best of them. `module` the
    library that must be importable, `imports` what fitting loads. `clusters` says that it looks for
    groups instead of learning a target.
    """

    name: str
    label: str
    make: Callable[[dict[str, Any]], Learner]
    portfolio: Callable[[Problem], list[dict[str, Any]]]
    space: Space = field(default_factory=dict)
    module: str | None = None
    imports: tuple[str, ...] = ()
    bytes_per_cell: float = 16.0
    clusters: bool = False

    def missing(self) -> str | None:
        """Return why the family cannot be used here, or None."""
        if self.module is None or _can_import(self.module):
            return None
        return f"The library {self.module} is not in this runtime image."


def _can_import(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        # The package around it is not there either.
        return False


def _lightgbm(parameters: dict[str, Any]) -> Learner:
    return BaggedLightGbm(parameters) if parameters.get("bags") else LightGbm(parameters)


_CATEGORY = Choice(("ordinal", "onehot", "target"))
_CATEGORY_NATIVE = Choice(("ordinal", "onehot", "target", "native"))
_LOG = Choice((True, False))
_GROUPS = Choice((False, True))
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
        portfolios.linear,
        {
            "solver": Choice((PENALISED, DISCRIMINANT)),
            "strength": Range(1e-4, 100.0, log=True),
            "knots": Choice((0, 3, 5, 8)),
            "pairs": Choice((False, True)),
            "category": Choice(("onehot", "onehot", "target")),
            "log_target": _LOG,
        },
        "sklearn",
        ("sklearn.linear_model", "sklearn.feature_extraction.text", "sklearn.decomposition"),
        40.0,
    ),
    Family(
        "lightgbm",
        "LightGBM",
        _lightgbm,
        portfolios.lightgbm,
        {
            "category": _CATEGORY_NATIVE,
            "learning_rate": Range(0.01, 0.2, log=True),
            "leaves": Range(4, 128, log=True, integer=True),
            "min_leaf": Range(2, 100, log=True, integer=True),
            "l2": Range(1e-3, 50.0, log=True),
            "features": _SHARE,
            "rows": Range(0.5, 1.0),
            "extra": Choice((False, False, True)),
            "groups": _GROUPS,
            "bags": Choice((0, 5)),
            "log_target": _LOG,
        },
        "lightgbm",
        ("lightgbm",),
    ),
    Family(
        "hist_gradient_boosting",
        "Histogram gradient boosting",
        HistGradientBoosting,
        portfolios.hist,
        {
            "category": _CATEGORY_NATIVE,
            "learning_rate": Range(0.02, 0.3, log=True),
            "leaves": Range(4, 64, log=True, integer=True),
            "min_leaf": Range(3, 100, log=True, integer=True),
            "l2": Range(1e-3, 30.0, log=True),
            "log_target": _LOG,
        },
        "sklearn",
        ("sklearn.ensemble",),
        24.0,
    ),
    Family(
        "xgboost",
        "XGBoost",
        XgBoost,
        portfolios.xgboost,
        {
            "category": _CATEGORY,
            "learning_rate": Range(0.01, 0.3, log=True),
            "depth": Range(2, 10, integer=True),
            "min_child": Range(0.5, 50.0, log=True),
            "l2": Range(1e-2, 50.0, log=True),
            "features": _SHARE,
            "groups": _GROUPS,
            "rows": Range(0.5, 1.0),
            "log_target": _LOG,
        },
        "xgboost",
        ("xgboost",),
    ),
    Family(
        "catboost",
        "CatBoost",
        CatBoost,
        portfolios.catboost,
        {
            "category": _CATEGORY,
            "learning_rate": Range(0.02, 0.2, log=True),
            "depth": Range(3, 9, integer=True),
            "l2": Range(0.5, 30.0, log=True),
            "noise": Range(0.2, 5.0, log=True),
            "groups": _GROUPS,
            "features": _SHARE,
            "log_target": _LOG,
        },
        "catboost",
        ("catboost",),
        24.0,
    ),
    Family(
        "random_forest",
        "Random forest",
        Forest,
        portfolios.forest("random_forest"),
        _FORESTS,
        "sklearn",
        ("sklearn.ensemble",),
        80.0,
    ),
    Family(
        "extra_trees",
        "Extra trees",
        Forest,
        portfolios.forest("extra_trees"),
        _FORESTS,
        "sklearn",
        ("sklearn.ensemble",),
        80.0,
    ),
)
"""All families in the order of the first pass: cheap and telling ones first, forests last."""


def _cluster_family(
    name: str,
    label: str,
    make: Callable[[dict[str, Any]], Learner],
    portfolio: list[dict[str, Any]],
    imports: str,
) -> Family:
    recipes = [{"style": "cluster", "category": "onehot", **values} for values in portfolio]
    return Family(
        name, label, make, lambda _p: recipes.copy(), {}, "sklearn", (imports,), 40.0, True
    )


def _counts(*counts: int, **more: Any) -> list[dict[str, Any]]:
    return [{"clusters": count, **more} for count in counts]


CLUSTER_FAMILIES: tuple[Family, ...] = (
    _cluster_family(
        "kmeans", "k-means", KMeans, _counts(3, 2, 4, 5, 6, 8, 7, 10, 9), "sklearn.cluster"
    ),
    _cluster_family(
        "gaussian_mixture",
        "Gaussian mixture",
        Mixture,
        [*_counts(3, 2, 4, 5, 6, 8, shape="diag"), *_counts(3, 2, 4, 5, shape="full")],
        "sklearn.mixture",
    ),
    _cluster_family(
        "agglomerative", "Hierarchy", Agglomerative, _counts(3, 2, 4, 5, 6, 8), "sklearn.cluster"
    ),
    _cluster_family(
        "hdbscan",
        "HDBSCAN",
        Hdbscan,
        [{"min_share": share} for share in (0.05, 0.02, 0.1, 0.01)],
        "sklearn.cluster",
    ),
)

ENGINE_FAMILIES: tuple[Family, ...] = (
    Family(
        "flaml",
        "FLAML",
        FlamlLearner,
        lambda _problem: [{"style": "tree", "category": "ordinal", "estimator": "lgbm"}],
        {},
        "flaml",
        ("flaml.automl.automl", "lightgbm", "sklearn.ensemble"),
        32.0,
    ),
    Family(
        "autogluon",
        "AutoGluon",
        AutoGluonLearner,
        lambda _problem: autogluon.recipes(60.0),
        {},
        "autogluon.tabular",
        ("autogluon.tabular",),
        200.0,
    ),
)
"""What other engines propose; their candidates are of these families."""

FAMILY_BY_NAME: dict[str, Family] = {
    family.name: family for family in (*FAMILIES, *CLUSTER_FAMILIES, *ENGINE_FAMILIES)
}
