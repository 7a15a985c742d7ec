"""A model as ONNX: the same numbers, typed inputs by name, or a refusal that says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fitted
import numpy as np
import onnxruntime
import pandas as pd
import pytest

from models import fitted_classifier
from runtime.exporting.job import run_job
from runtime.exporting.onnx_file import MIN_ROWS
from runtime.exporting.package import ExportError
from runtime.frames import data_frame
from runtime.jobs import Job
from runtime.serving.artifact import load_artifact
from runtime.serving.predictor import Predictor
from support import contract, save_model

FRAME = fitted.table(1500)
ROWS = [
    {"size": 0.5, "price": 12.5, "count": 3, "flag": True, "plan": "gold", "city": "city 7"},
    {"size": -1.0, "price": None, "count": None, "flag": None, "plan": None, "city": "elsewhere"},
]


def saved(folder: Path, family: str, classes: int, **output: Any) -> Path:
    """Save a fitted model of a family with its contract."""
    target = fitted.target(FRAME, classes)
    recipe = fitted.first_recipe(family, classes)
    pipeline = fitted.pipeline(family, recipe, FRAME, target, classes)
    document = fitted.contract(FRAME, classes)
    document["output"] |= output
    document["example"] = ROWS[0]
    return save_model(folder, fitted.model([(1.0, pipeline)], classes), document)


def export(tmp_path: Path, model_dir: Path, table: Path | None = None) -> tuple[Path, Any]:
    """Run the job; return the file and what is remembered about it."""
    facts = {"title": "Churn", "version": 3, "description": "Predicts.", "source": "Run 1."}
    document = {"format": "onnx", "package": "churn_model", **facts}
    job = Job(document, tmp_path / "workspace")
    for folder in (job.workspace, job.out, job.scratch):
        folder.mkdir()
    result = run_job(job, model_dir, table or tmp_path / "no-table")
    return job.out / str(result["file"]), json.loads(json.dumps(result["details"]))


@pytest.mark.parametrize(
    ("family", "classes"), [("lightgbm", 2), ("linear", 3), ("xgboost", 0), ("catboost", 0)]
)
def test_the_file_gives_the_numbers_of_the_stored_model(
    tmp_path: Path, family: str, classes: int
) -> None:
    model_dir = saved(tmp_path / "model", family, classes)
    file, details = export(tmp_path, model_dir)
    assert file.name == "churn_model-v3.onnx"
    parity = details["parity"]
    assert parity["rows"] == details["checkedRows"] >= MIN_ROWS
    assert 0 <= parity["largestDifference"] <= parity["allowedDifference"] <= 5e-6
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    artifact = load_artifact(model_dir)
    expected = Predictor(artifact.model, artifact.contract).predict(ROWS)
    columns = data_frame(Predictor(artifact.model, artifact.contract).read(ROWS))
    feeds = {
        entry.name: _feed(entry.type, columns[entry.name].tolist())
        for entry in session.get_inputs()
    }
    output = session.run(["probabilities" if classes else "prediction"], feeds)[0]
    wanted = [
        list(row["probabilities"].values()) if classes else [row["prediction"]] for row in expected
    ]
    assert np.allclose(output, wanted, rtol=5e-6, atol=1e-9)


def _feed(kind: str, values: list[Any]) -> Any:
    """Write values as anybody would who reads only the names and types of the inputs."""
    if kind == "tensor(string)":
        return np.array([["" if value is None else value] for value in values], dtype=object)
    numbers = [np.nan if pd.isna(value) else _number(value) for value in values]
    return np.array(numbers, dtype=np.float64).reshape(-1, 1)


def _number(value: Any) -> float:
    if isinstance(value, pd.Timestamp):
        return value.timestamp()
    return float({"true": 1.0, "false": 0.0}.get(value, value))


def test_rows_of_the_table_are_compared_as_well(tmp_path: Path) -> None:
    model_dir = saved(tmp_path / "model", "lightgbm", 2, threshold=0.2)
    table = tmp_path / "table.parquet"
    FRAME.to_parquet(table)
    _, details = export(tmp_path, model_dir, table)
    assert details["checkedRows"] >= len(FRAME) + MIN_ROWS
    assert details["parity"]["otherClasses"] == 0


def test_a_model_that_onnx_cannot_express_is_refused_with_the_reason(tmp_path: Path) -> None:
    document = contract("class") | {"target": {"name": "stays", "type": "category"}}
    model_dir = save_model(tmp_path / "model", fitted_classifier(), document)
    with pytest.raises(ExportError, match=r"cannot be written as ONNX.*Pipeline"):
        export(tmp_path, model_dir)
    assert not list((tmp_path / "workspace" / "out").iterdir())


def test_a_file_with_other_numbers_is_not_given_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_dir = saved(tmp_path / "model", "linear", 0)
    monkeypatch.setattr(Predictor, "predict", _shifted(Predictor.predict))
    with pytest.raises(ExportError, match="differs from the stored one by up to"):
        export(tmp_path, model_dir)
    assert not list((tmp_path / "workspace" / "out").iterdir())


def _shifted(predict: Any) -> Any:
    def shifted(self: Predictor, rows: Any) -> Any:
        return [{**row, "prediction": row["prediction"] + 0.01} for row in predict(self, rows)]

    return shifted
