"""Nothing is fitted outside the fold: noise stays at chance, whatever the encoding."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from runtime.training.families import FAMILIES, FAMILY_BY_NAME
from runtime.training.metrics import roc_auc
from runtime.training.recipes import Problem, Recipe
from runtime.training.tasks import Executor, FoldTask, Shared
from runtime.training.validation import plan_validation

ROWS = 1200
COLUMNS = (("id", "category"), ("text", "text"), *((f"n{i}", "number") for i in range(30)))


def noise(seed: int) -> tuple[pd.DataFrame, Any]:
    """Columns that know nothing of the target, some with nearly as many levels as rows."""
    rng = np.random.default_rng(seed)
    words = np.array([f"w{i}" for i in range(400)])
    frame = pd.DataFrame(
        {
            "id": pd.Series([f"k{i}" for i in rng.integers(0, 400, ROWS)], dtype=object),
            "text": pd.Series([" ".join(rng.choice(words, 5)) for _ in range(ROWS)], dtype=object),
            **{f"n{i}": rng.normal(size=ROWS) for i in range(30)},
        }
    )
    return frame, rng.integers(0, 2, ROWS)


PROBLEM = Problem(COLUMNS, 2, False, False, False, 0, ROWS)


def shared(frame: pd.DataFrame, target: Any) -> Shared:
    plan = plan_validation("stratified", 5, 0.1, target, "binary", 0)
    return Shared(frame, target, plan.folds, plan.holdout.train, plan.holdout.test, PROBLEM, 10**9)


@cache
def executor_on_noise(seed: int) -> Executor:
    """Keep encoded folds, as a worker does: recipes that encode alike share them."""
    return Executor(shared(*noise(seed)))


def cross_validated_auc(recipe: Recipe, seed: int) -> float:
    executor = executor_on_noise(seed)
    data = executor.shared
    target = data.target
    scores = []
    for number, fold in enumerate(data.folds):
        result = executor.run(FoldTask("c", recipe, number, 1, False))
        # The first checkpoint, not the best of many: choosing would be a choice made by luck.
        predictions = result.stages[min(result.stages)]
        scores.append(roc_auc(target[fold.test] == 1, predictions[:, 1]))
    return float(np.mean(scores))


RECIPES = [
    Recipe.of("linear", {"style": "linear", "category": "target", "pairs": True}),
    Recipe.of("linear", {"style": "linear", "category": "onehot", "knots": 5}),
    *(
        Recipe.of(
            "lightgbm",
            {
                **FAMILY_BY_NAME["lightgbm"].portfolio(PROBLEM)[0],
                "category": category,
                "rounds": 40,
            },
        )
        for category in ("target", "native", "ordinal")
    ),
    *(
        Recipe.of(
            "lightgbm",
            {
                **FAMILY_BY_NAME["lightgbm"].portfolio(PROBLEM)[0],
                "category": "target",
                "rounds": 40,
                "groups": True,
                "bags": bags,
            },
        )
        for bags in (0, 3)
    ),
    Recipe.of(
        "extra_trees",
        {
            "style": "forest",
            "kind": "extra_trees",
            "category": "target",
            "trees": 50,
            "min_leaf": 3,
            "features": 0.3,
        },
    ),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_noise_stays_at_chance_in_cross_validation(recipe: Recipe) -> None:
    with threadpool_limits(1):
        aucs = [cross_validated_auc(recipe, seed) for seed in range(3)]
    # The standard error of one such AUC is about 0.017, of the mean of three 0.01.
    assert abs(np.mean(aucs) - 0.5) < 0.04


def test_the_same_noise_leaks_when_means_are_taken_over_all_rows() -> None:
    """The planted leak: shows that the test above would notice one."""
    frame, target = noise(0)
    means = pd.Series(target).groupby(frame["id"].to_numpy()).transform("mean")
    assert roc_auc(target == 1, means.to_numpy()) > 0.7


@pytest.mark.parametrize("family", [family.name for family in FAMILIES])
def test_the_same_recipe_fitted_again_predicts_exactly_the_same(family: str) -> None:
    data = shared(*noise(1))
    recipe = Recipe.of(family, FAMILY_BY_NAME[family].portfolio(PROBLEM)[0])
    if "rounds" in recipe.values:
        recipe = recipe.with_rounds(30)
    with threadpool_limits(1):
        first, again = (Executor(data).run(FoldTask("c", recipe, 0, 1, False)) for _ in range(2))
    assert first.stages.keys() == again.stages.keys()
    for rounds, predictions in first.stages.items():
        np.testing.assert_array_equal(predictions, again.stages[rounds])
