"""What is tried next: the scale of the target that has done better, and no recipe twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.training.families import FAMILIES
from runtime.training.proposals import Proposer, scale_gains
from runtime.training.recipes import Problem, Recipe
from runtime.training.spaces import Choice

COLUMNS = (("a", "number"), ("b", "number"))
NAMES = ("linear", "lightgbm", "random_forest")


def proposer(classes: int = 0, names: tuple[str, ...] = NAMES) -> Proposer:
    problem = Problem(COLUMNS, classes, False, classes == 0, classes == 0, 1, 500)
    return Proposer(problem, [family for family in FAMILIES if family.name in names], 1)


def judge(found: Proposer, recipe: Recipe, log_is_better: bool) -> None:
    better = recipe.values["log_target"] is log_is_better
    found.tell(recipe, 1.0 if better else 0.5, 0.1)


@pytest.mark.parametrize("log_is_better", [True, False])
def test_recipes_follow_the_scale_of_the_target_that_has_done_better(log_is_better: bool) -> None:
    found = proposer()
    for recipe in found.first_pass():
        judge(found, recipe, log_is_better)
    later = []
    while any(record.queue for record in found.records.values()):
        waiting = {name: len(record.queue) for name, record in found.records.items()}
        recipe = found.next(100.0, 1.0)
        assert recipe is not None
        judge(found, recipe, log_is_better)
        later += [recipe] if waiting[recipe.family] else []
    asked: set[str] = set()
    for recipe in later:
        # The first of a family after its default compares the two; all others use the better one.
        assert recipe.family not in asked or recipe.values["log_target"] is log_is_better
        asked.add(recipe.family)
    assert asked == set(NAMES[1:])


def test_what_two_families_agree_on_is_not_compared_by_a_third() -> None:
    found = proposer(names=("lightgbm", "xgboost", "random_forest"))
    first = {recipe.family: recipe for recipe in found.first_pass()}
    for recipe in first.values():
        judge(found, recipe, log_is_better=True)
    for family in ("lightgbm", "xgboost"):
        other = not first[family].values["log_target"]
        judge(found, Recipe.of(family, {**first[family].values, "log_target": other}), True)
    assert scale_gains(list(found.records.values())) == [0.5, 0.5]
    forests = []
    while found.records["random_forest"].queue:
        waiting = len(found.records["random_forest"].queue)
        recipe = found.next(100.0, 1.0)
        assert recipe is not None
        judge(found, recipe, log_is_better=True)
        forests += [recipe] if len(found.records["random_forest"].queue) < waiting else []
    assert forests
    assert all(recipe.values["log_target"] for recipe in forests)


def test_discriminants_that_differ_in_a_penalty_only_are_one_recipe() -> None:
    found = proposer(classes=3, names=("linear",))
    for recipe in found.first_pass():
        found.tell(recipe, 0.1, 0.1)
    tried = []
    for _ in range(40):
        recipe = found.next(100.0, 1.0)
        if recipe is None:
            break
        gain = 1.0 if recipe.values["solver"] == "discriminant" else 0.1
        found.tell(recipe, gain, 0.1)
        tried.append(recipe)
    normal = [recipe.values for recipe in tried if recipe.values["solver"] == "discriminant"]
    assert len(normal) > 3
    assert {values["strength"] for values in normal} == {1.0}
    shapes = [(values["knots"], values["pairs"], values["category"]) for values in normal]
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize(
    ("rows", "most", "linear"), [(500, None, 9), (500, 5, 1), (500, 100, 9), (5000, None, 1)]
)
def test_of_few_rows_all_linear_recipes_come_first_unless_that_is_too_many(
    rows: int, most: int | None, linear: int
) -> None:
    problem = Problem(COLUMNS, 3, False, False, False, 1, rows)
    found = Proposer(problem, [family for family in FAMILIES if family.name in NAMES], 1)
    first = [recipe.family for recipe in found.first_pass(most)]
    assert first.count("linear") == linear
    assert {name: first.count(name) for name in NAMES[1:]} == dict.fromkeys(NAMES[1:], 1)


def test_a_family_without_new_recipes_does_not_end_the_search() -> None:
    """The linear family is far ahead, and all that it could be is known."""
    found = proposer(classes=3, names=("linear", "lightgbm"))
    for recipe in found.first_pass():
        found.tell(recipe, 1.0 if recipe.family == "linear" else 0.0, 0.1)
    record = found.records["linear"]
    record.family = replace(record.family, space={"knots": Choice((0,))})
    found.records["lightgbm"].queue.clear()
    recipe = found.next(100.0, 0.05)
    assert recipe is not None
    assert recipe.family == "lightgbm"


def test_squared_errors_are_tried_as_they_are_first_by_trees_and_on_a_logarithm_by_lines() -> None:
    for absolute in (False, True):
        problem = Problem(COLUMNS, 0, absolute, True, True, 1, 5000)
        found = Proposer(problem, [family for family in FAMILIES if family.name in NAMES], 1)
        scales = {recipe.family: recipe.values["log_target"] for recipe in found.first_pass()}
        assert scales == {"linear": True, "lightgbm": absolute, "random_forest": absolute}
