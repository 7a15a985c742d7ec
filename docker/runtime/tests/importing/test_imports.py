"""Models from outside: what is taken in, and what is refused without harm."""

from __future__ import annotations

import io
import json
import os
import pickle
import stat
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models import fitted_classifier
from runtime.compiling.compiler import compile_model
from runtime.compiling.errors import Refusal
from runtime.errors import RuntimeFault
from runtime.importing.adapter import ImportedModel, as_made, label_text
from runtime.importing.archive import ArchiveRefused, unpack
from runtime.importing.inspection import ModelRefused, run_job
from runtime.jobs import Job
from runtime.serving.artifact import load_artifact
from runtime.serving.predictor import Predictor


def table(rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 80, rows),
            "plan": rng.choice(np.array(["basic", "gold"], dtype=object), rows),
        }
    )
    frame.loc[0, "age"] = np.nan
    frame["stays"] = np.where((frame["plan"] == "gold") | (frame["age"] > 60), "stays", "leaves")
    return frame


def inspect(tmp_path: Path, upload: bytes, sample: pd.DataFrame | None = None, **asked: Any) -> Any:
    data, workspace = tmp_path / "data", tmp_path / "workspace"
    for folder in (data, workspace):
        folder.mkdir()
    (data / "upload").write_bytes(upload)
    if sample is not None:
        sample.to_csv(data / "sample", index=False)
    job = Job(dict(asked), workspace)
    job.out.mkdir()
    job.scratch.mkdir()
    return run_job(job, data)


def saved(model: Any, compress: int = 0) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(model, buffer, compress=compress)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["pickle", "joblib", "compressed", "skops"])
def test_a_pipeline_is_scored_and_served_as_it_predicts_at_home(tmp_path: Path, form: str) -> None:
    model = fitted_classifier()
    if form == "skops":
        from skops import io as skops_io

        upload = skops_io.dumps(model)
    else:
        upload = (
            pickle.dumps(model) if form == "pickle" else saved(model, 3 * (form == "compressed"))
        )
    found = inspect(tmp_path, upload, table(), target="stays", scoredOn="a table")
    assert found["usable"], found
    report = found["report"]
    assert report["form"] == ("skops" if form == "skops" else "pickle")
    assert report["task"] == "binary"
    assert report["scoredRows"] == 60
    assert "LogisticRegression" in report["steps"][-1]
    assert any(name.endswith("LogisticRegression") for name in report["classesUsed"])
    artifact = load_artifact(tmp_path / "workspace" / "out")
    predictor = Predictor(artifact.model, artifact.contract)
    predictor.warm_up()
    rows = table()[["age", "plan"]].head(5)
    given = predictor.predict(json.loads(rows.to_json(orient="records", double_precision=15)))
    expected = model.predict_proba(rows)
    for row, probabilities in zip(given, expected, strict=True):
        assert list(row["probabilities"].values()) == pytest.approx(list(probabilities), abs=1e-9)
    evaluation = json.loads((tmp_path / "workspace" / "out" / "evaluation.json").read_text())
    assert evaluation["crossValidation"]["folds"] == 0
    assert evaluation["holdout"]["rows"] == 60
    assert "a table" in evaluation["sentence"]


def test_a_regression_model_is_scored_on_a_dataset(tmp_path: Path) -> None:
    frame = table()[["age"]].fillna(40)
    frame["spend"] = 3 * frame["age"] + 1
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(frame[["age"]], frame["spend"])
    (tmp_path / "data").mkdir()
    frame.to_parquet(tmp_path / "data" / "dataset.parquet")
    columns = [{"name": name, "type": "number"} for name in frame.columns]
    (tmp_path / "data" / "upload").write_bytes(saved(model))
    job = Job(
        {"dataset": {"columns": columns}, "target": "spend", "dataSha256": "ab"}, tmp_path / "w"
    )
    for folder in (job.workspace, job.out, job.scratch):
        folder.mkdir()
    found = run_job(job, tmp_path / "data")
    assert found["usable"], found
    assert found["report"]["task"] == "regression"
    evaluation = json.loads((job.out / "evaluation.json").read_text())
    scores = {entry["name"]: entry["value"] for entry in evaluation["holdout"]["metrics"]}
    assert scores["rmse"] == pytest.approx(0, abs=1e-6)
    assert scores["r2"] == pytest.approx(1)
    assert json.loads((job.out / "manifest.json").read_text())["dataSha256"] == "ab"


def test_a_classifier_without_probabilities_is_certain(tmp_path: Path) -> None:
    frame = table().dropna()
    frame["gold"] = (frame["plan"] == "gold").astype(int)
    model = RidgeClassifier().fit(frame[["age", "gold"]], frame["stays"])
    found = inspect(tmp_path, saved(model), frame.drop(columns="plan"), target="stays")
    assert found["usable"], found
    assert found["report"]["hasProbabilities"] is False
    assert set(found["report"]["sample"][0]["probabilities"].values()) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("sample", "asked", "says"),
    [
        (None, {}, "Nothing says which columns"),
        (table(), {}, "nothing says how well"),
        (table().drop(columns="plan"), {"target": "stays"}, "lacks 1 columns"),
        (table().assign(stays="other"), {"target": "stays"}, "which the model does not know"),
        (table().assign(stays=None), {"target": "stays"}, "fewer than two rows"),
    ],
)
def test_without_rows_to_judge_it_on_it_is_not_usable(
    tmp_path: Path, sample: pd.DataFrame | None, asked: dict[str, Any], says: str
) -> None:
    found = inspect(tmp_path, saved(fitted_classifier()), sample, **asked)
    assert found["usable"] is False
    assert says in found["reason"]


class Runs:
    """Runs code when it is unpickled."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> Any:
        return (exec, (self.code,))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; os._exit(7)", "exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory"),
        ("raise ValueError('no')", "ValueError: no"),
        ("import nothing_of_that_name", "nothing_of_that_name"),
        ("raise SystemExit(3)", "exit code 3"),
        ("pass", "cannot predict"),
        ("import sys; sys.stdout.write('{}'); sys.setrecursionlimit(50); 1/0", "ZeroDivision"),
    ],
)
def test_whatever_a_pickle_does_the_inspection_ends_with_a_reason(
    tmp_path: Path, code: str, says: str
) -> None:
    found = inspect(tmp_path, pickle.dumps(Runs(code)), table(), target="stays")
    assert found["usable"] is False
    assert says in found["reason"]


@pytest.mark.parametrize("upload", [b"", b"\x00\x01noise", b"age,plan\n1,2\n"])
def test_what_is_no_model_is_refused(tmp_path: Path, upload: bytes) -> None:
    with pytest.raises(ModelRefused):
        inspect(tmp_path, upload)


def folder_zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


MLMODEL = """
flavors:
  python_function: {loader_module: mlflow.sklearn, model_path: model.pkl}
  sklearn: {pickled_model: model.pkl, serialization_format: cloudpickle}
signature:
  inputs: '[{"type": "double", "name": "age"}, {"type": "string", "name": "plan"}]'
saved_input_example_info: {artifact_path: input_example.json}
"""


def test_an_mlflow_folder_is_read_by_its_sklearn_flavour(tmp_path: Path) -> None:
    example = {"columns": ["age", "plan", "stays"], "data": table().head(20).values.tolist()}
    upload = folder_zip(
        {
            "m/MLmodel": MLMODEL.encode(),
            "m/model.pkl": pickle.dumps(fitted_classifier()),
            "m/input_example.json": json.dumps(example, default=float).encode(),
            "m/requirements.txt": b"scikit-learn==0.1\nno-such-thing==1\nmlflow==2.0\n# note\n",
        }
    )
    found = inspect(tmp_path, upload, table(), target="stays")
    assert found["usable"], found
    report = found["report"]
    assert report["flavors"] == ["python_function", "sklearn"]
    states = {entry["name"]: entry["state"] for entry in report["requirements"]}
    assert states == {"scikit-learn": "other", "no-such-thing": "missing", "mlflow": "not-needed"}


@pytest.mark.parametrize(
    ("description", "says"),
    [
        (
            b"flavors: {python_function: {loader_module: mlflow.pyfunc.model}}",
            "needs MLflow itself",
        ),
        (b"flavors: {spark: {}}", "has the flavours spark"),
        (b"flavors: {sklearn: {pickled_model: ../../upload}}", "outside of its folder"),
        (b"[1, 2", "cannot be read"),
        (b"3", "is not a description"),
        (b"!!python/object/apply:os.system ['true']", "cannot be read"),
    ],
)
def test_a_folder_that_cannot_be_loaded_says_why(
    tmp_path: Path, description: bytes, says: str
) -> None:
    upload = folder_zip({"MLmodel": description})
    try:
        reason = inspect(tmp_path, upload, table(), target="stays")["reason"]
    except RuntimeFault as refused:
        reason = str(refused)
    assert says in reason


class TestUnpacking:
    def make(self, tmp_path: Path, *members: tuple[Any, bytes]) -> Path:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)
        return path

    @pytest.mark.parametrize(
        "name", ["../x", "a/../../x", "/etc/x", "a\\..\\x", "C:x", "/".join("a" * 30) + "/x"]
    )
    def test_a_member_outside_of_the_folder(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ArchiveRefused):
            unpack(self.make(tmp_path, (name, b"x")), tmp_path / "out")
        assert not (tmp_path / "x").exists()

    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
    def test_a_member_that_is_no_file(self, tmp_path: Path, kind: int) -> None:
        about = zipfile.ZipInfo("x")
        about.external_attr = (kind | 0o777) << 16
        with pytest.raises(ArchiveRefused):
            unpack(self.make(tmp_path, (about, b"/etc/passwd")), tmp_path / "out")

    def test_more_than_is_allowed(self, tmp_path: Path) -> None:
        path = self.make(tmp_path, ("x", os.urandom(2_000_000)))
        with pytest.raises(ArchiveRefused, match="more than 1 MB"):
            unpack(path, tmp_path / "out", max_bytes=1_000_000)

    def test_a_bomb(self, tmp_path: Path) -> None:
        path = self.make(tmp_path, ("x", bytes(64_000_000)))
        with pytest.raises(ArchiveRefused, match="times its size"):
            unpack(path, tmp_path / "out")

    def test_a_member_larger_than_it_says(self, tmp_path: Path) -> None:
        path = self.make(tmp_path, ("x", bytes(50_000)))
        lied = path.read_bytes().replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
        path.write_bytes(lied)
        with pytest.raises(ArchiveRefused):
            unpack(path, tmp_path / "out")

    def test_two_members_of_one_name(self, tmp_path: Path) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            path = self.make(tmp_path, ("x", b"1"), ("x", b"2"))
        with pytest.raises(ArchiveRefused, match="twice"):
            unpack(path, tmp_path / "out")

    def test_too_many_members(self, tmp_path: Path) -> None:
        path = self.make(tmp_path, *((f"f{number}", b"") for number in range(2_001)))
        with pytest.raises(ArchiveRefused, match="2,001 members"):
            unpack(path, tmp_path / "out")

    def test_a_broken_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        path.write_bytes(b"PK\x03\x04 and nothing more")
        with pytest.raises(ArchiveRefused, match="damaged"):
            unpack(path, tmp_path / "out")

    def test_bytes_that_cannot_be_inflated(self, tmp_path: Path) -> None:
        path = self.make(tmp_path, ("x", os.urandom(5_000)))
        content = bytearray(path.read_bytes())
        content[31:41] = b"\xff" * 10
        path.write_bytes(content)
        with pytest.raises(ArchiveRefused, match="damaged"):
            unpack(path, tmp_path / "out")

    def test_members_that_are_in_each_others_way(self, tmp_path: Path) -> None:
        path = self.make(tmp_path, ("a", b"file"), ("a/b", b"below it"))
        with pytest.raises(ArchiveRefused, match="damaged"):
            unpack(path, tmp_path / "out")

    def test_a_fine_one(self, tmp_path: Path) -> None:
        unpack(self.make(tmp_path, ("a/b.txt", b"hello"), ("c", b"")), tmp_path / "out")
        assert (tmp_path / "out" / "a" / "b.txt").read_bytes() == b"hello"


def test_columns_come_back_in_the_types_they_were_made_in() -> None:
    def numbers(values: list[float], dtype: str) -> Any:
        return as_made(np.array(values), "integer", dtype)

    assert numbers([1, 2], "int64").dtype == np.int64
    assert numbers([1, np.nan], "int64").dtype == np.float64
    flags = np.array(["true", "false"], dtype=object)
    assert as_made(flags, "boolean", "bool").tolist() == [True, False]
    gaps = np.array(["true", None], dtype=object)
    assert as_made(gaps, "boolean", "bool").isna().tolist() == [False, True]
    codes = np.array(["1", "2"], dtype=object)
    assert as_made(codes, "category", "int64").tolist() == [1, 2]
    words = np.array(["a", None], dtype=object)
    assert as_made(words, "category", "object").isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("label", "text"),
    [(True, "true"), (np.bool_(False), "false"), (3.0, "3"), (np.int64(2), "2"), ("x", "x")],
)
def test_classes_are_written_as_the_contract_writes_them(label: Any, text: str) -> None:
    assert label_text(label) == text


def test_a_served_import_loads_nothing_before_it_is_asked() -> None:
    content = pickle.dumps(Runs("raise RuntimeError('loaded')"))
    model = pickle.loads(pickle.dumps(ImportedModel("pickle", content, (), ["a", "b"])))
    assert list(model.classes_) == ["a", "b"]
    with pytest.raises(RuntimeError, match="loaded"):
        _ = model.inner


def test_a_model_from_elsewhere_is_not_compiled_and_says_so() -> None:
    refused = compile_model(ImportedModel("pickle", b"", (), ["a", "b"]), {})
    assert isinstance(refused, Refusal)
    assert refused.reason == "Models that were made elsewhere are not compiled."
