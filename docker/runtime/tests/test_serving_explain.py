"""`POST /explain` of the model server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import Connection, ServerProcess, contract, save_model

sys.path.insert(0, str(Path(__file__).parent / "insight"))


@pytest.fixture(scope="module")
def explained(class_server: Connection) -> Any:
    rows = [{"age": 30.0, "plan": "basic"}, {"age": 70.0, "plan": None}]
    status, answer = class_server.call("POST", "/explain", {"rows": rows})
    assert status == 200, answer
    return rows, answer, class_server


def test_contributions_add_up_to_what_is_predicted(explained: Any) -> None:
    rows, answer, server = explained
    _, predicted = server.call("POST", "/predict", {"rows": rows})
    assert answer["method"]["name"] == "permutation_shap"
    for explanation, prediction in zip(
        answer["explanations"], predicted["predictions"], strict=True
    ):
        total = sum(item["contribution"] for item in explanation["contributions"])
        assert explanation["base"] + total == pytest.approx(explanation["sum"])
        assert explanation["probabilities"] == prediction["probabilities"]
        assert explanation["output"]["label"] == "stays"
        chance = prediction["probabilities"]["stays"]
        assert explanation["sum"] == pytest.approx(chance)
    assert any("drawn from the distribution" in note for note in answer["notes"])


def test_a_class_can_be_chosen(explained: Any) -> None:
    rows, answer, server = explained
    _, other = server.call("POST", "/explain", {"rows": rows, "class": "leaves"})
    for one, two in zip(answer["explanations"], other["explanations"], strict=True):
        assert one["sum"] + two["sum"] == pytest.approx(1)
    status, refused = server.call("POST", "/explain", {"rows": rows, "class": "nobody"})
    assert status == 422
    assert refused["errors"][0]["pointer"] == "/class"


def test_wrong_and_too_many_rows_are_refused(explained: Any) -> None:
    rows, _, server = explained
    status, refused = server.call("POST", "/explain", {"rows": [{"age": "old"}]})
    assert (status, refused["errors"][0]["pointer"]) == (422, "/rows/0/age")
    status, refused = server.call("POST", "/explain", {"rows": rows * 51})
    assert (status, refused["errors"][0]["pointer"]) == (422, "/rows")


@pytest.fixture(scope="module")
def tree_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    from known import contract as known_contract
    from known import fitted, kinds, mixed

    model = fitted("lightgbm", 0)
    frame, _ = mixed()
    folder = tmp_path_factory.mktemp("trees")
    model_dir = save_model(folder / "model", model, known_contract(kinds(frame)))
    with ServerProcess(model_dir, folder / "run") as server:
        yield server.ready(server.listen())


def test_trees_are_explained_exactly(tree_server: Connection) -> None:
    rows = [{"a": 1.0, "b": 0.5, "plan": "pro"}]
    status, answer = tree_server.call("POST", "/explain", {"rows": rows})
    assert status == 200, answer
    assert answer["method"]["name"] == "tree_shap"
    explanation = answer["explanations"][0]
    assert explanation["sum"] == pytest.approx(explanation["prediction"])
    assert explanation["error"] < 1e-5
    assert json.dumps(answer)


def test_the_server_of_a_regression_has_no_class(age_server: Connection) -> None:
    status, answer = age_server.call("POST", "/explain", {"rows": [{"age": 50.0, "plan": "x"}]})
    assert status == 200, answer
    assert contract()["output"]["kind"] == "number"
    assert answer["explanations"][0]["probabilities"] is None
    assert answer["explanations"][0]["output"]["label"] is None
