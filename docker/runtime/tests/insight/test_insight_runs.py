"""The analysis as a program: events, exit codes, refusals, cancelling, and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from known import Slow, Sum, World, numbers

SOURCE = Path(__file__).resolve().parents[2] / "src"


def start(world: World, kind: str, **options: object) -> tuple[subprocess.Popen[str], Path, Path]:
    control, workspace = world.prepare(world.spec(kind, dict(options)))
    command = [sys.executable, "-m", "runtime.insight"]
    command += ["--control", str(control), "--workspace", str(workspace)]
    path = os.pathsep.join([str(SOURCE), str(Path(__file__).parent)])
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    return process, control, workspace


@pytest.fixture
def world(tmp_path: Path) -> World:
    frame = numbers(200)
    return World(tmp_path, Sum(), frame, Sum().predict(frame))


def test_the_program_tells_its_progress_and_leaves_a_result(world: World) -> None:
    process, _, workspace = start(world, "residuals")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    events = [json.loads(line) for line in (workspace / "events.jsonl").read_text().splitlines()]
    assert [json.loads(line) for line in out.splitlines()] == events
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1] == {**events[-1], "type": "finished", "outcome": "succeeded"}
    shares = [event["share"] for event in events if event["type"] == "progress"]
    assert shares == sorted(shares)
    assert json.loads((workspace / "result.json").read_text())["rows"] == 200


def test_a_command_file_cancels_the_program(tmp_path: Path) -> None:
    frame = numbers(300)
    world = World(tmp_path, Slow(), frame, Sum().predict(frame))
    process, control, workspace = start(world, "permutation_importance", repeats=30)
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("step") == "Shuffling columns":
                break
        (control / "command.json").write_text('{"command":"cancel"}')
        rest = [json.loads(line) for line in process.stdout]
    assert process.returncode == 3
    assert rest[-1]["outcome"] == "cancelled"
    assert not (workspace / "result.json").exists()


def test_an_altered_model_is_refused_before_it_is_loaded(world: World) -> None:
    joblib.dump({"something": "else"}, world.folder / "model.joblib")
    assert "is not the file that was saved" in world.refused("residuals")


def test_an_altered_manifest_is_refused(world: World) -> None:
    spec = world.spec("residuals", {}) | {"modelManifestSha256": "0" * 64}
    code, events, _ = world.run(spec)
    assert code == 1
    assert "manifest.json is not the file" in events[-1]["reason"]


@pytest.mark.parametrize(("field", "words"), [("dataSha256", "dataset"), ("holdoutSha256", "held")])
def test_other_data_is_refused(world: World, field: str, words: str) -> None:
    code, events, _ = world.run(world.spec("residuals", {}) | {field: "0" * 64})
    assert code == 1
    assert words in events[-1]["reason"]


def test_a_version_without_held_out_rows_says_so(world: World) -> None:
    spec = world.spec("residuals", {}) | {"holdoutPath": None, "holdoutSha256": None}
    code, events, _ = world.run(spec)
    assert code == 1
    assert "No held-out rows" in events[-1]["reason"]


def test_an_unknown_kind_is_refused(world: World) -> None:
    code, events, _ = world.run(world.spec("residuals", {}) | {"kind": "guess"})
    assert code == 1
    assert "no analysis 'guess'" in events[-1]["reason"]


def test_sampling_methods_keep_to_their_time_and_say_how_far_they_came(tmp_path: Path) -> None:
    frame = numbers(300)
    world = World(tmp_path, Slow(), frame, Sum().predict(frame))
    code, _, found = world.run(world.spec("shap_global", {"rows": 300}, seconds=6))
    assert code == 0
    assert 0 < found["rows"] < 300
    assert found["additivity"]["holds"]
    assert any("time allowed" in note for note in found["notes"])


def test_long_tables_are_sampled_across_their_row_groups(tmp_path: Path) -> None:
    frame = numbers(5000)
    world = World(tmp_path, Sum(), frame, Sum().predict(frame))
    found = world.ask("shap_global", rows=50, method="permutation")
    assert found["rows"] == 50
    assert max(found["sampleRows"]) > 4000
    by_row = dict(zip(found["sampleRows"], found["columns"][0]["points"], strict=True))
    name = found["columns"][0]["column"]
    for row, point in by_row.items():
        assert point["value"] == pytest.approx(frame[name][row])
    assert np.isfinite(found["base"])
