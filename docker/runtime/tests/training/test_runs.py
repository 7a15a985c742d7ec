"""Whole runs: what they tell, what they leave behind, and that the numbers can be recomputed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import cross_val_score
from tables import ALL, SOURCE, Run, prepare, train_here, train_until

from runtime.compiling import CompiledModel
from runtime.compiling.evaluator import encode_rows, evaluate
from runtime.training.metrics import METRICS
from runtime.training.model import TabularModel

QUICK = ["baseline", "linear", "lightgbm", "hist_gradient_boosting"]


def customers(rows: int = 900, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    tenure = rng.integers(0, 72, rows)
    plan = rng.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2])
    spend = rng.gamma(3, 20, rows)
    logit = 1.5 - 0.06 * tenure + 0.015 * spend - 1.2 * (plan == "pro")
    stay = rng.random(rows) < 1 / (1 + np.exp(-logit))
    frame = pd.DataFrame(
        {
            "tenure": tenure,
            "plan": plan,
            "monthly spend, €": np.where(rng.random(rows) < 0.05, np.nan, spend),
            "joined": np.datetime64("2022-01-01") + rng.integers(0, 700, rows),
            "paperless": rng.random(rows) < 0.5,
            "left": np.where(stay, "Yes", "No"),
        }
    )
    frame["joined"] = frame["joined"].astype("datetime64[ns]")
    return frame


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run through the command line, as in the container, stopped after the first pass."""
    root = tmp_path_factory.mktemp("binary") / "run"
    run = prepare(root, customers(), "left", "binary", budgetSeconds=120)
    waiting = {f"{family}-1" for family in ALL}

    def first_pass_is_over(event: dict[str, Any]) -> bool:
        if event["type"] == "candidate" and event["status"] not in ("queued", "running"):
            waiting.discard(event["candidateId"])
        return not waiting

    return train_until(run, first_pass_is_over)


@pytest.fixture(scope="module")
def multiclass(tmp_path_factory: pytest.TempPathFactory) -> Run:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    frame["kind"] = np.select([frame.a > 0.4, frame.b > 0.2], ["up", "side"], "down")
    root = tmp_path_factory.mktemp("multiclass") / "run"
    return train_here(prepare(root, frame, "kind", "multiclass", families=QUICK, budgetSeconds=5))


@pytest.fixture(scope="module")
def regression(tmp_path_factory: pytest.TempPathFactory) -> Run:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"size": rng.uniform(20, 200, 500), "floor": rng.integers(0, 9, 500)})
    frame["price"] = np.exp(0.01 * frame["size"] + 0.05 * frame["floor"]) * 1000
    frame["price"] *= rng.lognormal(0, 0.1, 500)
    root = tmp_path_factory.mktemp("regression") / "run"
    return train_here(prepare(root, frame, "price", "regression", families=QUICK, budgetSeconds=6))


@pytest.fixture(params=["binary", "multiclass", "regression"])
def run(request: pytest.FixtureRequest) -> Run:
    done: Run = request.getfixturevalue(request.param)
    return done


def task_of(run: Run) -> str:
    return str(run.of_type("plan")[0]["task"])


def test_a_run_succeeds_and_says_so_last(run: Run) -> None:
    assert run.code == 0
    assert (run.finished["type"], run.finished["outcome"]) == ("finished", "succeeded")
    assert run.errors == ""
    winner = run.candidates()[run.finished["winnerCandidateId"]]
    assert winner["status"] == "succeeded"
    assert winner["holdoutScore"] == run.finished["holdoutScore"]


def test_events_are_numbered_without_gaps(run: Run) -> None:
    assert [event["seq"] for event in run.events] == list(range(1, len(run.events) + 1))


def test_every_candidate_ends_and_says_why_if_it_did_not_succeed(run: Run) -> None:
    for candidate in run.candidates().values():
        assert candidate["status"] in ("succeeded", "skipped", "failed", "cancelled")
        if candidate["status"] != "succeeded":
            assert candidate["reason"].endswith((".", ")"))
        else:
            assert len(candidate["foldScores"]) == candidate["folds"]
            assert candidate["score"] == pytest.approx(np.mean(candidate["foldScores"]))


def test_the_winner_is_best_and_beats_the_baseline(run: Run) -> None:
    greater = run.of_type("plan")[0]["greaterIsBetter"]
    done = [c for c in run.candidates().values() if c["status"] == "succeeded"]
    scores = [c["score"] if greater else -c["score"] for c in done]
    winner = run.finished["score"] if greater else -run.finished["score"]
    assert winner == max(scores)
    baseline = next(c for c in done if c["isBaseline"])
    assert winner > (baseline["score"] if greater else -baseline["score"])


def test_every_family_is_on_the_leaderboard(binary: Run) -> None:
    families = {c["family"] for c in binary.candidates().values() if c["status"] == "succeeded"}
    assert families >= {
        "baseline",
        "linear",
        "lightgbm",
        "hist_gradient_boosting",
        "random_forest",
        "extra_trees",
        "xgboost",
        "catboost",
    }


def test_stages_come_in_order(run: Run) -> None:
    finished = [e["stage"] for e in run.of_type("stage") if e["status"] == "finished"]
    assert finished == [
        "load",
        "split",
        "search",
        "ensemble",
        "refit",
        "evaluate",
        "check",
        "explain",
        "save",
    ]


def recompute(run: Run, name: str) -> float:
    """Score the stored hold-out predictions again."""
    table = pq.read_table(run.workspace / "model" / "holdout.parquet").to_pandas()
    output = run.model_file("contract.json")["output"]
    metric = METRICS[task_of(run)][name]
    if output["kind"] == "number":
        return metric.score(table["actual"].to_numpy(), table["prediction"].to_numpy(), 0)
    classes = output["classes"]
    codes = np.array([classes.index(label) for label in table["actual"]])
    probabilities = table[[f"probability:{label}" for label in classes]].to_numpy()
    assert (table["prediction"] == np.array(classes)[probabilities.argmax(axis=1)]).all()
    positive = classes.index(output["positiveClass"]) if output["positiveClass"] else 0
    return metric.score(codes, probabilities, positive)


def test_every_reported_metric_is_recomputed_from_the_stored_predictions(run: Run) -> None:
    evaluation = run.model_file("evaluation.json")
    reported = {m["name"]: m for m in evaluation["holdout"]["metrics"]}
    assert set(reported) == set(METRICS[task_of(run)])
    for name, metric in reported.items():
        assert metric["value"] == pytest.approx(recompute(run, name), abs=1e-12)
        assert metric["low"] <= metric["value"] <= metric["high"]
    assert run.finished["holdoutScore"] == reported[evaluation["metric"]["name"]]["value"]


def test_the_stored_rows_are_the_dataset_rows(run: Run) -> None:
    spec = json.loads((run.control / "spec.json").read_text())
    data = pq.read_table(spec["datasetPath"]).to_pandas()
    table = pq.read_table(run.workspace / "model" / "holdout.parquet").to_pandas()
    assert (data[spec["target"]].iloc[table["row"]].to_numpy() == table["actual"].to_numpy()).all()


def test_the_saved_model_repeats_the_stored_predictions_on_raw_rows(run: Run) -> None:
    model: TabularModel = joblib.load(run.workspace / "model" / "model.joblib")
    spec = json.loads((run.control / "spec.json").read_text())
    data = pq.read_table(spec["datasetPath"]).to_pandas()
    table = pq.read_table(run.workspace / "model" / "holdout.parquet").to_pandas()
    rows = data.iloc[table["row"]].reset_index(drop=True)
    if "paperless" in rows:
        rows["paperless"] = rows["paperless"].map({True: "true", False: "false"}).astype(object)
    predicted = model.predict(rows)
    if spec["task"] == "regression":
        np.testing.assert_allclose(predicted, table["prediction"], rtol=1e-9)
    else:
        assert (predicted == table["prediction"].to_numpy()).all()
        probabilities = table.filter(like="probability:").to_numpy()
        np.testing.assert_allclose(model.predict_proba(rows), probabilities, atol=1e-9)


def test_the_manifest_seals_every_file(run: Run) -> None:
    folder = run.workspace / "model"
    manifest = run.model_file("manifest.json")
    names = {path.name for path in folder.iterdir()} - {"manifest.json"}
    is_compiled = run.model_file("compiled.json")["status"] == "compiled"
    assert {entry["name"] for entry in manifest["files"]} == names
    assert names - ({"compiled.mwc"} if is_compiled else set()) == {
        "model.joblib",
        "contract.json",
        "evaluation.json",
        "environment.json",
        "holdout.parquet",
        "predictions.parquet",
        "recipes.json",
        "compiled.json",
    }
    for entry in manifest["files"]:
        content = (folder / entry["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["sizeBytes"]


def test_the_compiled_form_repeats_the_stored_predictions(run: Run) -> None:
    report = run.model_file("compiled.json")
    if report["status"] == "refused" and run.budget_seconds < 60:
        # A short run on a busy machine may have no time for it, and then says so.
        assert "time was left" in report["reason"] or "that were left" in report["reason"]
        return
    assert report["status"] == "compiled", report["reason"]
    assert report["rowsChecked"] >= 2000
    folder = run.workspace / "model"
    compiled = CompiledModel.from_bytes((folder / "compiled.mwc").read_bytes())
    holdout = pd.read_parquet(folder / "holdout.parquet")
    rows = pd.read_parquet(run.root / "dataset.parquet").iloc[holdout["row"]]
    names = [column["name"] for column in compiled.description["inputs"]]
    frame = pd.DataFrame({name: as_trained(rows[name]) for name in names})
    values = evaluate(compiled, encode_rows(compiled, frame))
    if task_of(run) == "regression":
        np.testing.assert_allclose(values, holdout["prediction"], rtol=1e-6)
    else:
        shares = holdout.filter(like="probability:").to_numpy()
        np.testing.assert_allclose(values, shares, atol=1e-6)


def as_trained(values: Any) -> Any:
    if pd.api.types.is_bool_dtype(values):
        return np.where(values, "true", "false").astype(object)
    return values.to_numpy()


def test_the_contract_describes_the_inputs(binary: Run) -> None:
    contract = binary.model_file("contract.json")
    inputs = {column["name"]: column for column in contract["inputs"]}
    assert list(inputs) == ["tenure", "plan", "monthly spend, €", "joined", "paperless"]
    assert inputs["tenure"]["type"] == "integer"
    assert (inputs["tenure"]["min"], inputs["tenure"]["max"]) == (0, 71)
    histogram = inputs["tenure"]["histogram"]
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1 == 21
    assert sum(histogram["counts"]) == 720
    assert [c["value"] for c in inputs["plan"]["categories"]] == ["basic", "plus", "pro"]
    assert inputs["plan"]["categoryCount"] == 3
    assert inputs["tenure"]["required"]
    assert not inputs["monthly spend, €"]["required"]
    assert inputs["joined"]["min"].startswith("2022-01-0")
    assert contract["output"]["classes"] == ["No", "Yes"]
    assert contract["output"]["positiveClass"] == "Yes"
    assert inputs["tenure"]["importance"] > inputs["paperless"]["importance"]


def test_the_example_is_a_real_held_out_row(binary: Run) -> None:
    contract = binary.model_file("contract.json")
    spec = json.loads((binary.control / "spec.json").read_text())
    data = pq.read_table(spec["datasetPath"]).to_pandas()
    table = pq.read_table(binary.workspace / "model" / "holdout.parquet").to_pandas()
    held_out = data.iloc[table["row"]]
    example = contract["example"]
    same = (held_out["tenure"] == example["tenure"]) & (held_out["plan"] == example["plan"])
    same &= held_out["paperless"] == example["paperless"]
    assert same.any()
    assert {column["name"]: column["example"] for column in contract["inputs"]} == example


def test_binary_curves_are_consistent(binary: Run) -> None:
    evaluation = binary.model_file("evaluation.json")
    block, rows = evaluation["binary"], evaluation["holdout"]["rows"]
    for cut in block["thresholds"]:
        counted = sum(value for name, value in cut.items() if name != "threshold")
        assert counted == rows
    last = block["roc"][-1]
    assert (last["falsePositiveRate"], last["truePositiveRate"]) == (1.0, 1.0)
    area = np.trapezoid(
        [p["truePositiveRate"] for p in block["roc"]],
        [p["falsePositiveRate"] for p in block["roc"]],
    )
    assert area == pytest.approx(recompute(binary, "roc_auc"), abs=1e-9)
    assert sum(b["count"] for b in block["calibration"]) == rows
    assert block["lift"][-1]["lift"] == pytest.approx(1.0)


def test_confusion_counts_every_held_out_row(multiclass: Run) -> None:
    evaluation = multiclass.model_file("evaluation.json")
    confusion = np.array(evaluation["multiclass"]["confusion"])
    assert confusion.sum() == evaluation["holdout"]["rows"]
    accuracy = np.trace(confusion) / confusion.sum()
    assert accuracy == pytest.approx(recompute(multiclass, "accuracy"))


def test_residuals_count_every_held_out_row(regression: Run) -> None:
    evaluation = regression.model_file("evaluation.json")
    assert sum(evaluation["regression"]["residuals"]["counts"]) == evaluation["holdout"]["rows"]


def test_a_skewed_target_is_also_tried_on_a_logarithmic_scale(regression: Run) -> None:
    tried = {
        c["hyperparameters"].get("log_target")
        for c in regression.candidates().values()
        if c["family"] == "linear"
    }
    assert tried == {True, False}


def test_the_saved_model_follows_the_protocol_of_scikit_learn(binary: Run) -> None:
    model = joblib.load(binary.workspace / "model" / "model.joblib")
    frame = customers(600, seed=8)
    frame["paperless"] = frame["paperless"].map({True: "true", False: "false"}).astype(object)
    scores = cross_val_score(model, frame, frame["left"], scoring="roc_auc", cv=3)
    assert scores.mean() > 0.65
    assert is_classifier(clone(model))


def test_a_linear_model_is_loaded_without_scikit_learn_or_pandas(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [float(i) for i in range(50)]})
    frame["y"] = frame["a"] * 2 + 1
    run = train_here(
        prepare(tmp_path / "run", frame, "y", "regression", families=["linear"], budgetSeconds=3)
    )
    code = (
        "import sys, joblib, numpy as np\n"
        f"model = joblib.load({str(run.workspace / 'model' / 'model.joblib')!r})\n"
        "print(round(float(model.predict({'a': np.array([10.0])})[0]), 3))\n"
        "print([m for m in ('sklearn', 'pandas', 'pyarrow', 'lightgbm') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert done.stdout.splitlines()[1] == "[]"
    assert float(done.stdout.splitlines()[0]) == pytest.approx(21, abs=0.5)
