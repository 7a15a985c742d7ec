"""Fitted pipelines of every family answer the same when they are data."""

from __future__ import annotations

from typing import Any

import fitted
import numpy as np
import pytest

from runtime.compiling import CompiledModel, Refusal, compile_model
from runtime.compiling.checking import check
from runtime.compiling.errors import CompiledFileError
from runtime.compiling.evaluator import decide, encode_rows, evaluate
from runtime.training.categorical import CategoryColumn
from runtime.training.model import TabularModel
from runtime.training.tasks import fit_on

FRAME = fitted.table(1500)
RECIPES = [
    pytest.param(classes, family, recipe, id=f"{name}-{classes}")
    for classes in (0, 2, 3)
    for name, family, recipe in fitted.every_recipe(classes)
]


def model_of(family: str, classes: int, recipe: dict[str, Any] | None = None) -> TabularModel:
    target = fitted.target(FRAME, classes)
    parameters = fitted.first_recipe(family, classes) if recipe is None else recipe
    return fitted.model(
        [(1.0, fitted.pipeline(family, parameters, FRAME, target, classes))], classes
    )


def compiled(model: TabularModel, classes: int, threshold: float | None = None) -> CompiledModel:
    result = compile_model(model, fitted.contract(FRAME, classes, threshold))
    assert isinstance(result, CompiledModel), result
    return result


def refused(model: Any, classes: int) -> str:
    result = compile_model(model, fitted.contract(FRAME, classes))
    assert isinstance(result, Refusal)
    return result.reason


@pytest.mark.parametrize(("classes", "family", "recipe"), RECIPES)
def test_usual_and_hostile_rows_get_the_same_answers(
    classes: int, family: str, recipe: dict[str, Any]
) -> None:
    model = model_of(family, classes, recipe)
    contract = fitted.contract(FRAME, classes)
    parity, _ = check(compiled(model, classes), model, contract, FRAME.iloc[fitted.TRAIN :])
    assert parity.rows >= 2000
    assert parity.classes_equal
    assert parity.difference <= (2.5e-7 if family == "xgboost" else 1e-12)


@pytest.mark.parametrize("family", ["lightgbm", "random_forest"])
def test_trees_of_float64_are_equal_to_the_last_bit(family: str) -> None:
    model = model_of(family, 0)
    data = compiled(model, 0)
    rows = fitted.table(2000, 5)
    expected = model.predict_values(rows)
    assert (evaluate(data, encode_rows(data, rows)) == expected).all()


def test_a_weighted_ensemble_whose_encoders_know_different_levels_is_one_model() -> None:
    target = fitted.target(FRAME, 3)
    members = []
    for share, (family, rows) in enumerate(
        [("lightgbm", 900), ("linear", 400), ("catboost", 700)], start=1
    ):
        recipe = fitted.Recipe.of(family, small(fitted.first_recipe(family, 3)))
        taken = np.arange(900 - rows, 900)
        members.append((share / 6, fit_on(recipe, fitted.problem(3), FRAME, target, taken, 1)))
    model = fitted.model(members, 3)
    parity, _ = check(compiled(model, 3), model, fitted.contract(FRAME, 3))
    assert parity.holds


def small(recipe: dict[str, Any]) -> dict[str, Any]:
    return {**recipe, "rounds": 8} if "rounds" in recipe else recipe


def test_a_class_that_was_not_among_the_training_rows_has_probability_zero() -> None:
    target = fitted.target(FRAME, 3)
    rows = np.flatnonzero(target[:900] != 1)
    recipe = fitted.Recipe.of("lightgbm", small(fitted.first_recipe("lightgbm", 3)))
    pipeline = fit_on(recipe, fitted.problem(3), FRAME, target, rows, 1)
    model = fitted.model([(1.0, pipeline)], 3)
    data = compiled(model, 3)
    values = evaluate(data, encode_rows(data, FRAME))
    assert (values == model.predict_values(FRAME)).all()
    assert (values[:, 1] == 0).all()


def test_the_contract_decides_the_order_of_classes_and_the_threshold() -> None:
    model = model_of("lightgbm", 2)
    contract = fitted.contract(FRAME, 2, threshold=0.2)
    contract["output"]["classes"] = ["class 1", "class 0"]
    data = compile_model(model, contract)
    assert isinstance(data, CompiledModel)
    values = evaluate(data, encode_rows(data, FRAME))
    assert (values == model.predict_values(FRAME)[:, ::-1]).all()
    assert (decide(data, values) == np.where(values[:, 0] >= 0.2, 0, 1)).all()


def test_a_file_read_back_is_the_same_model() -> None:
    data = compiled(model_of("hist_gradient_boosting", 2), 2)
    again = CompiledModel.from_bytes(data.to_bytes())
    assert again.to_bytes() == data.to_bytes()
    rows = encode_rows(data, FRAME)
    assert (evaluate(again, rows) == evaluate(data, rows)).all()


@pytest.mark.parametrize("cut", [0, 7, 15, 100, -1])
def test_a_damaged_file_is_refused(cut: int) -> None:
    data = compiled(model_of("linear", 2), 2).to_bytes()
    with pytest.raises(CompiledFileError):
        CompiledModel.from_bytes(data[:cut])


def test_a_class_of_object_that_is_not_known_is_refused_and_named() -> None:
    class Strange(CategoryColumn):
        """Might do anything."""

    model = model_of("lightgbm", 2)
    model.members[0][1].encoder._categories[0].__class__ = Strange
    assert "Strange" in refused(model, 2)


@pytest.mark.parametrize("part", ["encoder", "learner", "model"])
def test_an_attribute_that_is_not_known_is_refused_and_named(part: str) -> None:
    model = model_of("lightgbm", 2)
    pipeline = model.members[0][1]
    owner = {"encoder": pipeline.encoder, "learner": pipeline.learner, "model": model}[part]
    owner.new_behaviour = True
    assert "new_behaviour" in refused(model, 2)


def test_a_model_of_another_library_is_refused() -> None:
    from models import fitted_classifier

    assert "Pipeline" in refused(fitted_classifier(), 2)


def test_a_contract_of_other_columns_is_refused() -> None:
    model = model_of("linear", 0)
    contract = fitted.contract(FRAME, 0)
    contract["inputs"] = contract["inputs"][1:]
    result = compile_model(model, contract)
    assert isinstance(result, Refusal)
    assert "'size'" in result.reason


def test_a_wrong_translation_is_noticed() -> None:
    model = model_of("lightgbm", 2)
    data = compiled(model, 2)
    nodes = data.description["members"][0]["learner"]["nodes"]
    words = data.arrays[nodes].copy()
    words.view(np.float64)[1] += 0.5
    data.arrays[nodes] = words
    parity, _ = check(data, model, fitted.contract(FRAME, 2), FRAME.iloc[fitted.TRAIN :])
    assert not parity.holds
    assert parity.reason
