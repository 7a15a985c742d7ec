"""A run with several classes that is judged by its costs decides by the smallest expected cost."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from tables import Run, prepare, train_here

from runtime.compiling import Refusal, compile_model
from runtime.contract import ModelContract
from runtime.errors import ContractError
from runtime.rescoring.scoring import Decision
from runtime.serving.predictor import Predictor
from runtime.training.metrics import cost_metric, decide, metric_for
from runtime.training.weighted import weighted_scores

COSTS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [10.0, 10.0, 0.0]])
"""Rows actual, columns predicted: to miss the third class costs ten times as much."""

PROBABILITIES = np.array([[0.5, 0.3, 0.2], [0.9, 0.06, 0.04], [0.05, 0.9, 0.05], [0.3, 0.3, 0.4]])
CHOSEN = [2, 0, 1, 2]
"""By hand, expected costs of saying each class:
row 1: 0.3 + 10 x 0.2 = 2.3 | 0.5 + 10 x 0.2 = 2.5 | 0.5 + 0.3 = 0.8
row 2: 0.06 + 0.4 = 0.46 | 0.9 + 0.4 = 1.3 | 0.96
row 3: 0.9 + 0.5 = 1.4 | 0.05 + 0.5 = 0.55 | 0.95
row 4: 0.3 + 4 = 4.3 | 4.3 | 0.6"""

ACTUAL = np.array([0, 0, 1, 2])
"""The first row is taken for the third class (cost 1), the others are right: 1 / 4 in the mean."""


def test_the_class_with_the_smallest_expected_cost_is_said() -> None:
    assert decide(PROBABILITIES, 0, None, COSTS).tolist() == CHOSEN
    assert decide(PROBABILITIES, 0, None).tolist() == [0, 0, 1, 2]


def test_the_metric_cost_judges_those_decisions() -> None:
    metric = metric_for("multiclass", "cost", COSTS)
    assert metric.score(ACTUAL, PROBABILITIES, 0) == pytest.approx(1 / 4)
    once = weighted_scores(metric, ACTUAL, PROBABILITIES, 0, None, np.ones((1, 4)))
    assert once.tolist() == pytest.approx([1 / 4])


def test_other_metrics_of_such_a_model_judge_the_same_decisions() -> None:
    accuracy = Decision(costs=COSTS).score("multiclass", "accuracy", ACTUAL, PROBABILITIES, 0)
    assert accuracy == 3 / 4
    assert Decision().score("multiclass", "accuracy", ACTUAL, PROBABILITIES, 0) == 1.0


def test_costs_that_do_not_judge_the_run_measure_the_most_probable_class() -> None:
    assert cost_metric(COSTS).score(ACTUAL, PROBABILITIES, 0) == 0.0


def table(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    x, z = rng.normal(size=rows), rng.normal(size=rows)
    noisy = x + rng.normal(scale=1.2, size=rows)
    kinds = np.where(noisy > 1.2, "ill", np.where(z > 0, "tired", "well"))
    return pd.DataFrame({"x": x, "z": z, "kind": kinds})


LABELS = ["well", "ill", "tired"]
MATRIX = {"labels": LABELS, "costs": [[0, 1, 1], [10, 0, 10], [1, 1, 0]]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings: dict[str, Any] = {"metric": "cost", "costMatrix": MATRIX, "budgetSeconds": 8}
    root = tmp_path_factory.mktemp("costs") / "run"
    families = ["linear", "lightgbm"]
    prepared = prepare(root, table(), "kind", "multiclass", families=families, **settings)
    done = train_here(prepared)
    assert done.code == 0, done.finished
    return done


def by_costs(run: Run, probabilities: Any) -> Any:
    """Return the class names that the costs of the contract ask for."""
    output = run.model_file("contract.json")["output"]
    expected = np.asarray(probabilities) @ np.array(output["costs"])
    return np.array(output["classes"], dtype=object)[np.argmin(expected, axis=1)]


def test_the_contract_names_the_costs_in_the_order_of_its_classes(run: Run) -> None:
    output = run.model_file("contract.json")["output"]
    order = [LABELS.index(label) for label in output["classes"]]
    assert output["costs"] == np.array(MATRIX["costs"])[np.ix_(order, order)].tolist()
    assert output["threshold"] is None


def test_the_hold_out_is_decided_and_judged_by_them(run: Run) -> None:
    classes = run.model_file("contract.json")["output"]["classes"]
    held_out = pd.read_parquet(run.workspace / "model" / "holdout.parquet")
    probabilities = held_out[[f"probability:{label}" for label in classes]].to_numpy()
    assert (held_out["prediction"] == by_costs(run, probabilities)).all()
    said = [LABELS.index(label) for label in held_out["prediction"]]
    actual = [LABELS.index(label) for label in held_out["actual"]]
    cost = np.array(MATRIX["costs"])[actual, said].mean()
    assert run.finished["holdoutScore"] == pytest.approx(cost)
    evaluation = run.model_file("evaluation.json")
    counts = np.array(evaluation["multiclass"]["confusion"])
    assert counts.sum(axis=0).tolist() == [
        int((held_out["prediction"] == label).sum()) for label in classes
    ]
    metrics = {m["name"]: m["value"] for m in evaluation["holdout"]["metrics"]}
    assert metrics["accuracy"] == pytest.approx(np.trace(counts) / counts.sum())


def test_folds_are_judged_by_them(run: Run) -> None:
    classes = run.model_file("contract.json")["output"]["classes"]
    kept = pd.read_parquet(run.workspace / "model" / "predictions.parquet")
    winner = run.candidates()[run.finished["winnerCandidateId"]]
    columns = [f"{winner['candidateId']}:{label}" for label in classes]
    said = [LABELS.index(label) for label in by_costs(run, kept[columns].to_numpy())]
    actual = [LABELS.index(label) for label in kept["actual"]]
    costs = pd.Series(np.array(MATRIX["costs"])[actual, said]).groupby(kept["fold"]).mean()
    assert winner["foldScores"] == pytest.approx(costs.tolist())


def test_the_served_model_and_its_server_decide_by_them(run: Run) -> None:
    contract = run.model_file("contract.json")
    model = joblib.load(run.workspace / "model" / "model.joblib")
    frame = table(120)[["x", "z"]]
    probabilities = model.predict_proba(frame)
    wanted = by_costs(run, probabilities).tolist()
    assert wanted != [contract["output"]["classes"][c] for c in probabilities.argmax(axis=1)]
    assert model.predict(frame).tolist() == wanted
    server = Predictor(model, ModelContract.from_json(contract))
    server.warm_up()
    answers = server.predict(frame.to_dict("records"))
    assert [answer["prediction"] for answer in answers] == wanted


def test_the_compiled_form_is_refused_with_the_reason(run: Run) -> None:
    model = joblib.load(run.workspace / "model" / "model.joblib")
    refused = compile_model(model, run.model_file("contract.json"))
    assert isinstance(refused, Refusal)
    assert "decides by expected costs" in refused.reason
    assert run.model_file("compiled.json")["status"] == "refused"


@pytest.mark.parametrize("costs", [[[0, 1], [1, 0]], [[0, 1, 1], [1, 0, 1]], [[0, 1, "x"]] * 3])
def test_costs_that_mean_nothing_are_refused(run: Run, costs: Any) -> None:
    document = run.model_file("contract.json")
    document["output"]["costs"] = costs
    with pytest.raises(ContractError):
        ModelContract.from_json(document)
