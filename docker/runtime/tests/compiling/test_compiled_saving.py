"""A finished run leaves the compiled form of its model beside it, or says why not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import fitted
import joblib
import pytest

from runtime.compiling import CompiledModel
from runtime.compiling.saving import write_compiled
from support import sha256, write_manifest

FRAME = fitted.table(1500)


def saved_model(folder: Path, family: str) -> Path:
    folder.mkdir()
    pipeline = fitted.pipeline(
        family, fitted.first_recipe(family, 2), FRAME, fitted.target(FRAME, 2), 2
    )
    joblib.dump(fitted.model([(1.0, pipeline)], 2), folder / "model.joblib")
    (folder / "contract.json").write_text(json.dumps(fitted.contract(FRAME, 2)))
    write_manifest(folder)
    return folder


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runtime.compiling", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_saved_model_is_compiled_by_the_command(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "model", "lightgbm")
    output = tmp_path / "out"
    output.mkdir()
    result = run(folder, output)
    assert result.returncode == 0, result.stderr
    report = json.loads((output / "compiled.json").read_text())
    assert report["status"] == "compiled"
    assert report["rowsChecked"] >= 2000
    assert report["sha256"] == sha256(output / "compiled.mwc")
    assert report["sizeBytes"] == (output / "compiled.mwc").stat().st_size
    model = CompiledModel.from_bytes((output / "compiled.mwc").read_bytes())
    assert model.description["probes"]["rows"] == 32


def test_an_altered_model_is_not_even_loaded(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "model", "linear")
    (folder / "contract.json").write_text("{}")
    result = run(folder, tmp_path)
    assert result.returncode == 2
    assert "contract.json is not the file that was saved" in result.stderr
    assert not (tmp_path / "compiled.json").exists()


def test_a_model_that_cannot_be_compiled_leaves_the_reason(tmp_path: Path) -> None:
    report = write_compiled(tmp_path, object(), fitted.contract(FRAME, 2))
    assert report.status == "refused"
    assert json.loads((tmp_path / "compiled.json").read_text())["reason"] == report.reason
    assert not (tmp_path / "compiled.mwc").exists()


@pytest.mark.parametrize("arguments", [(), ("one",)])
def test_the_command_says_how_to_call_it(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 2


def test_a_translation_tells_how_far_it_is_where_it_is_asked_to(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "model", "linear")
    events, manifest = tmp_path / "events.jsonl", sha256(folder / "manifest.json")
    result = run(folder, tmp_path, "--manifest-sha256", manifest, "--events", events)
    assert result.returncode == 0, result.stderr
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert [event["type"] for event in told] == ["progress"] * 3
    shares = [event["share"] for event in told]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert told[-1]["step"] == "Comparing its answers with Python's"


def test_a_refused_model_ends_with_a_code_of_its_own_and_a_reason_that_lasts(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    joblib.dump({"not": "a pipeline"}, folder / "model.joblib")
    (folder / "contract.json").write_text(json.dumps(fitted.contract(FRAME, 2)))
    write_manifest(folder)
    result = run(folder, tmp_path, "--manifest-sha256", sha256(folder / "manifest.json"))
    assert result.returncode == 3, result.stderr
    report = json.loads((tmp_path / "compiled.json").read_text())
    assert report["status"] == "refused"
    assert report["reason"]
    assert report["passing"] is False


def test_a_manifest_that_is_not_the_expected_one_is_not_believed(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "model", "linear")
    result = run(folder, tmp_path, "--manifest-sha256", "0" * 64)
    assert result.returncode == 2
    assert "manifest.json is not the file that was saved" in result.stderr
