"""ONNX files made of compiled models answer the same in ONNX Runtime."""

from __future__ import annotations

from typing import Any

import fitted
import numpy as np
import onnxruntime
import pytest

from runtime.compiling import CompiledModel, compile_model
from runtime.compiling.checking import _json_frame
from runtime.compiling.evaluator import decide, encode_rows, evaluate
from runtime.compiling.hostile import hostile_rows
from runtime.compiling.onnx_export import check_onnx, onnx_inputs, to_onnx

FRAME = fitted.table(1500)
RECIPES = [
    pytest.param(classes, family, recipe, id=f"{name}-{classes}")
    for classes in (0, 2, 3)
    for name, family, recipe in fitted.every_recipe(classes)
    if classes == 2 or name.endswith("-0") or recipe.get("category") == "native"
]


def compiled(family: str, classes: int, recipe: Any = None, **output: Any) -> CompiledModel:
    target = fitted.target(FRAME, classes)
    parameters = recipe or fitted.first_recipe(family, classes)
    pipeline = fitted.pipeline(family, parameters, FRAME, target, classes)
    contract = fitted.contract(FRAME, classes)
    contract["output"] |= output
    result = compile_model(fitted.model([(1.0, pipeline)], classes), contract)
    assert isinstance(result, CompiledModel)
    return result


def rows_for(model: CompiledModel, classes: int) -> Any:
    contract = fitted.contract(FRAME, classes)
    hostile = _json_frame(contract, hostile_rows(model, contract, 500))
    usual = encode_rows(model, fitted.table(1000, 9))
    return np.concatenate([usual, encode_rows(model, hostile)])


@pytest.mark.parametrize(("classes", "family", "recipe"), RECIPES)
def test_onnx_runtime_gives_the_same_numbers(
    classes: int, family: str, recipe: dict[str, Any]
) -> None:
    model = compiled(family, classes, recipe)
    data = to_onnx(model)
    assert isinstance(data, bytes)
    parity = check_onnx(data, model, rows_for(model, classes))
    assert parity.rows == 1500
    assert parity.holds, parity.reason


def test_labels_obey_the_threshold_of_the_contract() -> None:
    model = compiled("lightgbm", 2, threshold=0.15)
    data = to_onnx(model)
    rows = rows_for(model, 2)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    labels, shares = session.run(["label", "probabilities"], onnx_inputs(model, rows))
    names = np.array(fitted.labels(2), dtype=object)
    expected = names[decide(model, evaluate(model, rows))]
    assert (labels == expected).all()
    assert (labels != names[shares.argmax(axis=1)]).any()


def test_every_raw_column_is_a_named_and_typed_input() -> None:
    model = compiled("linear", 0)
    session = onnxruntime.InferenceSession(to_onnx(model), providers=["CPUExecutionProvider"])
    kinds = {column.name: column.type for column in session.get_inputs()}
    assert kinds == {
        name: "tensor(string)" if kind == "category" else "tensor(double)"
        for name, kind in fitted.COLUMNS
    }
    assert [output.name for output in session.get_outputs()] == ["prediction"]
