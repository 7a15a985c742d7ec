"""Exports of a model: what they contain, and that they predict as the stored model does."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from models import AgeModel, fitted_classifier
from runtime.errors import RuntimeFault
from runtime.exporting.closure import copy_modules, needed_modules
from runtime.exporting.job import run_job
from runtime.exporting.mlflow_folder import signature
from runtime.exporting.sample_rows import made_up_rows
from runtime.jobs import Job
from runtime.jobs import run as run_in_folders
from support import contract, save_model

TITLE = 'Churn """ \\ \' {x}'


def export(tmp_path: Path, export_format: str, model: Any = None, **more: Any) -> Path:
    document = contract("class") | {"target": {"name": "stays", "type": "category"}}
    model_dir = save_model(tmp_path / "model", model or fitted_classifier(), document)
    job = Job(
        {
            "format": export_format,
            "package": "churn_model",
            "title": TITLE,
            "version": 3,
            "description": f"Predicts stays: {TITLE}",
            "source": "Trained by run 1.",
            **more,
        },
        tmp_path / "workspace",
    )
    for folder in (job.workspace, job.out, job.scratch):
        folder.mkdir()
    result = run_job(job, model_dir, tmp_path / "no-table")
    return job.out / str(result["file"])


def python(code: str, folder: Path) -> Any:
    """Run code in a process that has the folder, and not this package, on its path."""
    script = f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


ROWS = [{"age": 20, "plan": "basic"}, {"age": None, "plan": None}, {"age": 70, "plan": "new"}]
PREDICT = f"""
import json
import churn_model
model = churn_model.load()
print(json.dumps({{
  "rows": model.predict({ROWS!r}),
  "frame": model.predict_frame({ROWS!r}).columns.tolist(),
  "own": "runtime" in sys.modules,
}}))"""


def test_the_package_predicts_what_the_stored_model_predicts(tmp_path: Path) -> None:
    wheel = export(tmp_path, "package")
    assert wheel.name == "churn_model-3.0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    found = python(PREDICT, tmp_path / "installed")
    model = fitted_classifier()
    import pandas as pd

    expected = model.predict_proba(pd.DataFrame(ROWS).astype({"age": float}))
    for row, probabilities in zip(found["rows"], expected, strict=True):
        assert list(row["probabilities"].values()) == pytest.approx(list(probabilities), abs=1e-12)
    assert found["frame"] == ["prediction", "probability_leaves", "probability_stays"]
    assert found["own"] is False


def test_a_wheel_names_every_file_with_its_hash(tmp_path: Path) -> None:
    with zipfile.ZipFile(export(tmp_path, "package")) as archive:
        record = archive.read("churn_model-3.0.0.dist-info/RECORD").decode().splitlines()
        metadata = archive.read("churn_model-3.0.0.dist-info/METADATA").decode()
        names = archive.namelist()
    assert {line.split(",")[0] for line in record} == set(names)
    assert "Requires-Dist: scikit-learn==" in metadata
    assert "Requires-Dist: pandas==" in metadata


def test_the_command_line_reads_csv_and_json(tmp_path: Path) -> None:
    with zipfile.ZipFile(export(tmp_path, "package")) as archive:
        archive.extractall(tmp_path / "installed")
    rows = tmp_path / "rows.csv"
    rows.write_text("age,plan\n20,basic\n,\n")

    def command(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        script = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module"
        code = f"{script}('churn_model', run_name='__main__', alter_sys=True)"
        call = [sys.executable, "-c", code, str(tmp_path / "installed"), *arguments]
        return subprocess.run(call, capture_output=True, text=True, input=text)

    assert len(json.loads(command("predict", str(rows)).stdout)) == 2
    lines = command("predict", str(rows), "--output", "csv").stdout.splitlines()
    assert lines[0] == "prediction,probability_leaves,probability_stays"
    assert json.loads(command("describe").stdout)["task"] == "binary"
    refused = command("predict", "-", text='[{"age": "old"}]')
    assert refused.returncode == 1
    assert "expected a number" in refused.stderr
    assert command("predict", str(tmp_path / "missing.csv")).returncode == 1
    assert command("fly").returncode == 2


def test_the_model_folder_says_what_mlflow_has_to_know(tmp_path: Path) -> None:
    target = export(tmp_path, "mlflow")
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "unpacked")
    folder = tmp_path / "unpacked" / target.stem
    description = yaml.safe_load((folder / "MLmodel").read_text())
    flavor = description["flavors"]["python_function"]
    assert flavor["loader_module"] == "churn_model_v3._runtime.exported.mlflow_flavor"
    inputs = json.loads(description["signature"]["inputs"])
    assert [(column["name"], column["type"]) for column in inputs] == [
        ("age", "double"),
        ("plan", "string"),
    ]
    example = json.loads((folder / "input_example.json").read_text())
    serving = json.loads((folder / "serving_input_example.json").read_text())
    assert serving == {"dataframe_split": example}
    requirements = (folder / "requirements.txt").read_text().splitlines()
    assert requirements[0].startswith("mlflow>=")
    assert any(line.startswith("scikit-learn==") for line in requirements)
    assert not any(line.startswith(("pyarrow", "matplotlib")) for line in requirements)
    code = f"""
import json, importlib, pandas as pd
loader = importlib.import_module({flavor["loader_module"]!r})
model = loader._load_pyfunc({str(folder / flavor["data"])!r})
rows = pd.DataFrame({ROWS!r})
print(json.dumps({{
  "labels": model.predict(rows).tolist(),
  "proba": model.predict(rows, params={{"predict_method": "predict_proba"}}).to_dict("list"),
}}))"""
    found = python(code, folder / flavor["code"])
    assert found["labels"][0] == "leaves"
    assert list(found["proba"]) == ["leaves", "stays"]


def test_the_same_model_gives_the_same_package(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert export(one, "package").read_bytes() == export(other, "package").read_bytes()


def test_a_number_has_no_probabilities(tmp_path: Path) -> None:
    document = contract() | {"target": {"name": "age", "type": "number"}}
    assert signature(document)["params"] is None


def test_whole_numbers_with_gaps_are_doubles() -> None:
    document = contract()
    document["inputs"] = [
        {"name": "a", "type": "integer", "required": True},
        {"name": "b", "type": "integer", "required": False},
    ]
    inputs = json.loads(signature(document)["inputs"] or "")
    assert [column["type"] for column in inputs] == ["long", "double"]


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFault, match="cannot export as pmml"):
        export(tmp_path, "pmml")


def test_a_job_writes_its_progress_and_why_it_failed(tmp_path: Path) -> None:
    control, workspace = tmp_path / "control", tmp_path / "workspace"
    control.mkdir()
    workspace.mkdir()
    (control / "job.json").write_text('{"format": "pmml"}')

    def work(job: Job) -> dict[str, Any]:
        job.progress(40, "half way")
        raise RuntimeFault("It cannot be done.")

    assert run_in_folders(work, control, workspace) == 1
    assert json.loads((workspace / "progress.json").read_text()) == {
        "percent": 40,
        "step": "half way",
    }
    result = json.loads((workspace / "result.json").read_text())
    assert result == {"outcome": "failed", "reason": "It cannot be done."}


def test_made_up_rows_fit_the_contract() -> None:
    document = contract()
    document["inputs"] += [
        {"name": "n", "type": "integer", "min": 1, "max": 9},
        {"name": "b", "type": "boolean"},
        {"name": "d", "type": "datetime", "min": "2020-01-01", "max": "2024-05-01T10:00:00"},
        {"name": "c", "type": "category", "categories": [{"value": "x", "count": 3}]},
    ]
    from runtime.frames import frame_from_rows

    rows = made_up_rows(document, 50)
    assert rows == made_up_rows(document, 50)
    assert rows[0] == document["example"]
    assert len(frame_from_rows(document, rows)) == 50


def test_copied_modules_import_nothing_of_this_package(tmp_path: Path) -> None:
    modules = needed_modules(["runtime.exported.model", "runtime.training.model"])
    assert "runtime.training.encoder" in modules
    assert "runtime.training.runner" not in modules
    copy_modules(modules, tmp_path / "copy" / "_runtime", "copy._runtime")
    (tmp_path / "copy" / "__init__.py").touch()
    code = "import json, copy._runtime.training.model; print(json.dumps('runtime' in sys.modules))"
    assert python(code.replace("copy", "copied"), _renamed(tmp_path)) is False


def _renamed(folder: Path) -> Path:
    """Give the copy a name that the standard library does not have."""
    modules = needed_modules(["runtime.exported.model", "runtime.training.model"])
    place = folder / "place"
    copy_modules(modules, place / "copied" / "_runtime", "copied._runtime")
    (place / "copied" / "__init__.py").touch()
    return place


def test_a_model_that_cannot_be_loaded_is_not_exported(tmp_path: Path) -> None:
    model_dir = save_model(tmp_path / "model", AgeModel(), contract())
    (model_dir / "model.joblib").write_bytes(b"changed")
    job = Job(
        {
            "format": "package",
            "package": "m",
            "title": "",
            "version": 1,
            "description": "",
            "source": "",
        },
        tmp_path,
    )
    job.out.mkdir()
    job.scratch.mkdir()
    with pytest.raises(RuntimeFault, match="not the file that was saved"):
        run_job(job, model_dir, tmp_path / "none")
