"""Contributions against known answers, and that they add up to the prediction for every family."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
from known import (
    MIXED_COLUMNS,
    Product,
    Sum,
    Tangle,
    contract,
    fitted,
    mixed,
    numbers,
)

from runtime.explain.background import from_contract
from runtime.explain.explainer import ModelExplainer
from runtime.explain.method import CannotExplain
from runtime.training.model import TabularModel

NUMBERS = [("a", "number"), ("b", "number"), ("c", "number"), ("d", "number")]


def columns_of(frame: Any) -> dict[str, Any]:
    return {str(name): frame[name].to_numpy() for name in frame.columns}


def explainer_of(model: Any, frame: Any, classes: list[str] | None = None, **options: Any) -> Any:
    known = MIXED_COLUMNS if "plan" in frame else [(str(n), "number") for n in frame.columns]
    return ModelExplainer(model, contract(list(known), classes), columns_of(frame), **options)


def test_a_linear_function_gives_weight_times_distance_from_the_mean() -> None:
    """Lundberg and Lee 2017, corollary 1 (linear SHAP). Tolerance: rounding."""
    background, rows = numbers(80, seed=1), numbers(5, seed=2)
    explainer = explainer_of(Sum(), background)
    assert explainer.method.name == "permutation_shap"
    found = explainer.explain(columns_of(rows))
    np.testing.assert_allclose(found.values[:, 0, 0], 2 * (rows["a"] - background["a"].mean()))
    np.testing.assert_allclose(found.values[:, 0, 1], -3 * (rows["b"] - background["b"].mean()))
    np.testing.assert_allclose(found.sums[:, 0], Sum().predict(rows))


def test_an_interaction_of_two_columns_is_split_in_halves() -> None:
    """The definition of Shapley 1953 for two players, exact in antithetic orders."""
    background, rows = numbers(50, "abc", seed=1), numbers(4, "abc", seed=2)
    found = explainer_of(Product(), background, orders=1).explain(columns_of(rows))
    a, b = rows["a"].to_numpy(), rows["b"].to_numpy()
    mean_a, mean_b = background["a"].mean(), background["b"].mean()
    nothing = (background["a"] * background["b"]).mean()
    expected = ((a * mean_b - nothing) + (a * b - b * mean_a)) / 2
    np.testing.assert_allclose(found.values[:, 0, 0], expected)
    np.testing.assert_allclose(found.values[:, 0, 2], rows["c"] - background["c"].mean())


def exact_shapley(model: Any, row: Any, background: Any) -> Any:
    """Shapley values by all subsets (Shapley 1953), with a marginal background."""
    names = list(background.columns)

    def worth(members: tuple[str, ...]) -> float:
        mixed_rows = background.copy()
        for name in members:
            mixed_rows[name] = row[name]
        return float(model.predict(mixed_rows).mean())

    values = []
    for name in names:
        others = [n for n in names if n != name]
        total = 0.0
        for size in range(len(names)):
            weight = factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            for members in combinations(others, size):
                total += weight * (worth((*members, name)) - worth(members))
        values.append(total)
    return np.array(values)


def test_interactions_of_any_order_are_estimated_closely_and_add_up_exactly() -> None:
    background, rows = numbers(30, "abcd", seed=1), numbers(2, "abcd", seed=2)
    found = explainer_of(Tangle(), background, orders=200).explain(columns_of(rows))
    for index in range(len(rows)):
        expected = exact_shapley(Tangle(), rows.iloc[index], background)
        scale = float(np.abs(expected).max())
        np.testing.assert_allclose(found.values[index, 0], expected, atol=0.05 * scale)
    np.testing.assert_allclose(found.sums[:, 0], Tangle().predict(rows), rtol=1e-12)


FAMILIES = ["lightgbm", "xgboost", "catboost", "random_forest", "extra_trees"]


@pytest.mark.parametrize("classes", [0, 2, 3])
@pytest.mark.parametrize("family", [*FAMILIES, "hist_gradient_boosting"])
def test_tree_contributions_add_up_to_the_prediction(family: str, classes: int) -> None:
    """Local accuracy (Lundberg and Lee 2017, property 1), for every family and task."""
    frame, _ = mixed(classes=classes)
    few = {"trees": 20} if family in ("random_forest", "extra_trees") else {"rounds": 20}
    model = fitted(family, classes, **few)
    explainer = explainer_of(model, frame.head(60), model.labels or None)
    assert explainer.method.name == "tree_shap", explainer.notes
    columns = columns_of(frame.tail(40))
    found = explainer.explain(columns)
    error = np.abs(explainer.linked(found) - explainer.predict(columns))
    assert error.max() <= explainer.allowed_error()
    assert np.abs(found.values).max() > 0


@pytest.mark.parametrize("category", ["ordinal", "onehot", "target", "native"])
def test_encoded_features_are_summed_over_their_column(category: str) -> None:
    frame, _ = mixed(classes=2)
    model = fitted("lightgbm", 2, category=category)
    explainer = explainer_of(model, frame.head(60), model.labels)
    found = explainer.explain(columns_of(frame.head(20)))
    assert found.values.shape == (20, 2, 3)
    np.testing.assert_allclose(found.values[:, 0], -found.values[:, 1])
    predicted = explainer.predict(columns_of(frame.head(20)))
    np.testing.assert_allclose(explainer.linked(found), predicted, atol=1e-6)


def test_a_logarithmic_target_is_explained_on_its_scale() -> None:
    frame, _ = mixed()
    explainer = explainer_of(fitted("lightgbm", 0, log_target=True), frame.head(60))
    assert (explainer.space, explainer.link) == ("log_number", "expm1")
    columns = columns_of(frame.tail(30))
    linked = explainer.linked(explainer.explain(columns))
    np.testing.assert_allclose(linked, explainer.predict(columns), rtol=1e-4)


def test_a_column_that_the_trees_ignore_has_no_contribution() -> None:
    """The dummy property (Shapley 1953)."""
    frame, target = mixed()
    frame["b"] = 1.0
    frame.loc[0, "b"] = 2.0
    from runtime.training.families import FAMILY_BY_NAME
    from runtime.training.recipes import Problem, Recipe
    from runtime.training.tasks import fit_on

    problem = Problem(MIXED_COLUMNS, 0, False, False, False, 0, len(frame))
    recipe = Recipe.of("lightgbm", FAMILY_BY_NAME["lightgbm"].portfolio(problem)[0])
    pipeline = fit_on(recipe, problem, frame, target, np.arange(len(frame)), 1)
    explainer = explainer_of(TabularModel(MIXED_COLUMNS, [], [(1.0, pipeline)]), frame.head(50))
    found = explainer.explain(columns_of(frame.head(50)))
    assert np.abs(found.values[:, 0, 1]).max() == 0
    assert np.abs(found.values[:, 0, 0]).max() > 0


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_linear_contributions_are_exact(classes: int) -> None:
    frame, _ = mixed(classes=classes)
    model = fitted("linear", classes, pairs=False)
    explainer = explainer_of(model, frame, model.labels or None)
    assert explainer.method.name == "linear_shap"
    columns = columns_of(frame.tail(30))
    found = explainer.explain(columns)
    np.testing.assert_allclose(explainer.linked(found), explainer.predict(columns), atol=1e-8)
    # Linear SHAP: contributions of a column are 0 on average over the background.
    everything = explainer.explain(columns_of(frame))
    np.testing.assert_allclose(everything.values.mean(axis=0), 0, atol=1e-9)


def test_products_of_columns_are_left_to_the_permutation_method() -> None:
    frame, _ = mixed()
    explainer = explainer_of(fitted("linear", 0, pairs=True), frame.head(40))
    assert explainer.method.name == "permutation_shap"


def test_a_blend_is_explained_in_the_unit_of_its_answer() -> None:
    frame, _ = mixed(classes=2)
    one, other = fitted("lightgbm", 2), fitted("random_forest", 2)
    members = [(0.4, one.members[0][1]), (0.6, other.members[0][1])]
    model = TabularModel(MIXED_COLUMNS, one.labels, members)
    explainer = explainer_of(model, frame.head(40), model.labels)
    assert explainer.method.name == "permutation_shap"
    assert explainer.space == "probability"
    columns = columns_of(frame.tail(5))
    predicted = model.predict_proba(frame.tail(5))
    np.testing.assert_allclose(explainer.explain(columns).sums, predicted, atol=1e-9)


def test_a_method_that_does_not_fit_is_refused_with_the_reason() -> None:
    frame, _ = mixed()
    with pytest.raises(CannotExplain, match="not made of trees"):
        explainer_of(fitted("linear", 0), frame.head(30), method="tree")
    with pytest.raises(CannotExplain, match="not made by this trainer"):
        explainer_of(Sum(), numbers(30), method="tree")


def test_the_same_rows_give_the_same_contributions() -> None:
    background, rows = numbers(30, "abcd", seed=1), numbers(3, "abcd", seed=2)
    first = explainer_of(Tangle(), background).explain(columns_of(rows))
    second = explainer_of(Tangle(), background).explain(columns_of(rows))
    np.testing.assert_array_equal(first.values, second.values)


def test_a_background_can_be_drawn_from_the_contract_alone() -> None:
    document = contract([("n", "integer"), ("c", "category"), ("t", "datetime")])
    document["inputs"][0]["histogram"] = {"edges": [0, 10, 20], "counts": [3, 1]}
    document["inputs"][1]["categories"] = [{"value": "x", "count": 9}, {"value": "y", "count": 1}]
    document["inputs"][2] |= {"min": "2024-01-01", "max": "2024-12-31"}
    drawn = from_contract(document, 400)
    assert (drawn["n"] <= 10).mean() == pytest.approx(0.75, abs=0.1)
    assert (drawn["c"] == "x").mean() == pytest.approx(0.9, abs=0.06)
    assert drawn["t"].min() >= np.datetime64("2024-01-01")
    assert drawn["t"].max() <= np.datetime64("2024-12-31")
