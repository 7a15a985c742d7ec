"""I5: a model is loaded only if its files are the ones that were saved."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import pytest

from models import AgeModel, Canary, WrongShapeModel, fitted_classifier
from runtime.errors import ArtifactError, ContractError
from runtime.serving.artifact import load_artifact
from support import ServerProcess, contract, save_model, sha256, write_manifest


def test_i5_an_altered_model_is_refused_and_its_code_never_runs(
    age_model_dir: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "unpickled"
    joblib.dump(Canary(str(trace)), age_model_dir / "model.joblib")
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        code, errors = server.ended()
    assert code == 2
    assert "model.joblib is not the file that was saved" in errors
    assert not trace.exists()


def test_i5_one_flipped_bit_in_the_contract_is_refused(age_model_dir: Path) -> None:
    path = age_model_dir / "contract.json"
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ArtifactError, match=r"contract\.json is not the file"):
        load_artifact(age_model_dir)


def test_i5_a_rewritten_manifest_is_refused_when_its_hash_is_pinned(
    age_model_dir: Path, tmp_path: Path
) -> None:
    pinned = sha256(age_model_dir / "manifest.json")
    load_artifact(age_model_dir, pinned)
    joblib.dump(Canary(str(tmp_path / "unpickled")), age_model_dir / "model.joblib")
    write_manifest(age_model_dir)
    with ServerProcess(age_model_dir, tmp_path / "run", MW_MANIFEST_SHA256=pinned) as server:
        code, errors = server.ended()
    assert code == 2
    assert "manifest.json is not the file" in errors
    assert not (tmp_path / "unpickled").exists()


def test_i5_an_altered_file_that_serving_does_not_read_is_refused_too(age_model_dir: Path) -> None:
    (age_model_dir / "evaluation.json").write_text("{}")
    manifest = json.loads((age_model_dir / "manifest.json").read_text())
    manifest["files"].append({"name": "evaluation.json", "sha256": "0" * 64})
    (age_model_dir / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match=r"evaluation\.json"):
        load_artifact(age_model_dir)


def test_a_listed_file_that_the_host_left_out_is_no_reason_to_refuse(age_model_dir: Path) -> None:
    manifest = json.loads((age_model_dir / "manifest.json").read_text())
    manifest["files"].append({"name": "holdout.parquet", "sha256": "0" * 64})
    (age_model_dir / "manifest.json").write_text(json.dumps(manifest))
    assert load_artifact(age_model_dir).contract.inputs[0].name == "age"


@pytest.mark.parametrize("name", ["../model.joblib", "/etc/passwd", "a/b", "..", ""])
def test_a_manifest_that_names_other_folders_is_refused(age_model_dir: Path, name: str) -> None:
    files = [{"name": name, "sha256": "0" * 64}]
    (age_model_dir / "manifest.json").write_text(json.dumps({"files": files}))
    with pytest.raises(ArtifactError, match="outside the model's folder"):
        load_artifact(age_model_dir)


@pytest.mark.parametrize("name", ["model.joblib", "contract.json", "manifest.json"])
def test_a_missing_file_is_named(age_model_dir: Path, name: str) -> None:
    (age_model_dir / name).unlink()
    with pytest.raises(ArtifactError, match=name):
        load_artifact(age_model_dir)


def test_a_file_that_is_no_model_is_refused_with_the_reason(age_model_dir: Path) -> None:
    (age_model_dir / "model.joblib").write_bytes(b"cut off")
    write_manifest(age_model_dir)
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        load_artifact(age_model_dir)


def test_a_contract_without_inputs_is_refused(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model", AgeModel(), {**contract(), "inputs": []})
    with pytest.raises(ContractError, match="no input column"):
        load_artifact(folder)


def test_a_model_that_cannot_predict_the_example_never_becomes_ready(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model", WrongShapeModel(), contract())
    with ServerProcess(folder, tmp_path / "run") as server:
        code, errors = server.ended()
    assert code == 2
    assert "shape (0,)" in errors


def test_a_contract_with_other_classes_than_the_model_is_refused(tmp_path: Path) -> None:
    document = contract("class")
    document["output"]["classes"] = ["no", "yes"]
    folder = save_model(tmp_path / "model", fitted_classifier(), document)
    with ServerProcess(folder, tmp_path / "run") as server:
        code, errors = server.ended()
    assert code == 2
    assert "classes" in errors
