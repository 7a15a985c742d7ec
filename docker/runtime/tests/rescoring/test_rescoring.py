"""Scoring several models on common rows, against answers that are known."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rescoring_stub import StepModel
from sklearn.metrics import accuracy_score, roc_auc_score

from runtime.rescoring.runner import CANCELLED, FAILED, SUCCEEDED, run

ROWS = 400


def model_folder(folder: Path, cut: float, classes: tuple[str, str] = ("no", "yes")) -> Path:
    """Save a model that says yes with a probability that grows with `age` around `cut`."""
    folder.mkdir(parents=True)
    joblib.dump(StepModel(cut, classes), folder / "model.joblib")
    contract = {
        "inputs": [{"name": "age", "type": "number"}],
        "output": {"kind": "class", "classes": list(classes), "positiveClass": classes[1]},
        "example": {"age": 40.0},
    }
    (folder / "contract.json").write_text(json.dumps(contract))
    files = [
        {"name": name, "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
        for name in ("model.joblib", "contract.json")
    ]
    (folder / "manifest.json").write_text(json.dumps({"files": files}))
    return folder


def job(tmp_path: Path, **changes: Any) -> tuple[Path, Path]:
    """Make a table, two models and a specification."""
    rng = np.random.default_rng(3)
    age = rng.uniform(0, 100, ROWS)
    churn = np.where(age + rng.normal(0, 10, ROWS) > 50, "yes", "no")
    plan = np.where(age > 60, "gold", "basic")
    pq.write_table(pa.table({"age": age, "plan": plan, "churn": churn}), tmp_path / "data.parquet")
    control, workspace = tmp_path / "control", tmp_path / "workspace"
    control.mkdir()
    workspace.mkdir()
    models = [
        {
            "id": name,
            "name": f"Model {name}",
            "folder": str(model_folder(tmp_path / name, cut)),
            "sawData": False,
            "holdout": None,
        }
        for name, cut in (("a", 50.0), ("b", 85.0))
    ]
    spec = {
        "models": models,
        "datasetPath": str(tmp_path / "data.parquet"),
        "target": "churn",
        "task": "binary",
        "metric": "accuracy",
        "rows": "unseen",
        "maxRows": 10_000,
        "resamples": 200,
        "seed": 5,
    } | changes
    (control / "spec.json").write_text(json.dumps(spec))
    return control, workspace


def result_of(workspace: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((workspace / "result.json").read_text())
    return document


def test_metrics_are_those_of_scikit_learn_on_the_same_rows(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    assert run(control, workspace) == SUCCEEDED
    result = result_of(workspace)
    table = pq.read_table(tmp_path / "data.parquet").to_pandas()
    probabilities = StepModel(50.0, ("no", "yes")).predict_proba(table)[:, 1]
    truth = table["churn"] == "yes"
    metrics = {one["name"]: one for one in result["models"][0]["metrics"]}
    assert metrics["roc_auc"]["value"] == pytest.approx(roc_auc_score(truth, probabilities))
    assert metrics["accuracy"]["value"] == pytest.approx(accuracy_score(truth, probabilities > 0.5))
    assert metrics["accuracy"]["low"] < metrics["accuracy"]["value"] < metrics["accuracy"]["high"]
    assert result["rows"] == ROWS


def test_a_worse_model_is_told_from_a_better_one_and_a_copy_is_a_tie(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    spec = json.loads((control / "spec.json").read_text())
    spec["models"].append(spec["models"][0] | {"id": "c", "name": "Copy"})
    (control / "spec.json").write_text(json.dumps(spec))
    assert run(control, workspace) == SUCCEEDED
    verdicts = {
        (one["id"], one["metric"]): (one["verdict"], one["value"])
        for one in result_of(workspace)["differences"]
    }
    assert verdicts["b", "accuracy"][0] == "worse"
    assert verdicts["b", "log_loss"][0] == "worse"
    assert verdicts["c", "accuracy"] == ("tie", 0.0)


def test_only_rows_that_no_model_was_trained_on_are_used(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    spec = json.loads((control / "spec.json").read_text())
    for model, rows in zip(spec["models"], (range(100), range(50, 150)), strict=True):
        path = tmp_path / f"holdout-{model['id']}.parquet"
        pq.write_table(pa.table({"row": list(rows)}), path)
        model |= {"sawData": True, "holdout": str(path)}
    (control / "spec.json").write_text(json.dumps(spec))
    assert run(control, workspace) == SUCCEEDED
    assert result_of(workspace)["rows"] == 50


def test_too_few_common_rows_are_refused_with_what_to_do(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    spec = json.loads((control / "spec.json").read_text())
    for model, rows in zip(spec["models"], (range(100), range(90, 190)), strict=True):
        path = tmp_path / f"holdout-{model['id']}.parquet"
        pq.write_table(pa.table({"row": list(rows)}), path)
        model |= {"sawData": True, "holdout": str(path)}
    (control / "spec.json").write_text(json.dumps(spec))
    assert run(control, workspace) == FAILED
    reason = json.loads((workspace / "failure.json").read_text())["reason"]
    assert "Only 10 rows" in reason
    assert "none of them has seen" in reason


def test_decisions_obey_the_threshold_of_the_model(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    folder = tmp_path / "a"
    contract = json.loads((folder / "contract.json").read_text())
    contract["output"]["threshold"] = 0.9
    (folder / "contract.json").write_text(json.dumps(contract))
    manifest = json.loads((folder / "manifest.json").read_text())
    for entry in manifest["files"]:
        entry["sha256"] = hashlib.sha256((folder / entry["name"]).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert run(control, workspace) == SUCCEEDED
    table = pq.read_table(tmp_path / "data.parquet").to_pandas()
    decided = StepModel(50.0, ("no", "yes")).predict_proba(table)[:, 1] >= 0.9
    metrics = {one["name"]: one for one in result_of(workspace)["models"][0]["metrics"]}
    assert metrics["accuracy"]["value"] == pytest.approx(
        accuracy_score(table["churn"] == "yes", decided)
    )


def test_segments_name_where_the_models_differ(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    assert run(control, workspace) == SUCCEEDED
    segments = result_of(workspace)["segments"]
    assert segments[0]["column"] == "age"
    gap = segments[0]["scores"][0] - segments[0]["scores"][1]
    assert gap > 0.5
    assert all(one["rows"] >= 30 for one in segments)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"target": "gone"}, 'no column "gone"'),
        ({"rows": "all", "task": "binary", "target": "plan"}, "Only 0 rows have a known answer"),
    ],
)
def test_what_cannot_be_scored_says_why(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    control, workspace = job(tmp_path, **changes)
    assert run(control, workspace) == FAILED
    assert expected in json.loads((workspace / "failure.json").read_text())["reason"]


def test_a_model_whose_bytes_changed_is_not_loaded(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    (tmp_path / "b" / "model.joblib").write_bytes(b"something else")
    assert run(control, workspace) == FAILED
    assert "SHA-256" in json.loads((workspace / "failure.json").read_text())["reason"]


def test_models_of_other_classes_are_refused(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    spec = json.loads((control / "spec.json").read_text())
    spec["models"][1]["folder"] = str(model_folder(tmp_path / "other", 50.0, ("0", "1")))
    (control / "spec.json").write_text(json.dumps(spec))
    assert run(control, workspace) == FAILED
    assert "other classes" in json.loads((workspace / "failure.json").read_text())["reason"]


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    control, workspace = job(tmp_path)
    (control / "command.json").write_text('{"command":"cancel"}')
    assert run(control, workspace) == CANCELLED
    assert not (workspace / "result.json").exists()
