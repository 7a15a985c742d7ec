"""Tables that do not fit, workers that are killed, disks that are full: a clear end each time."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables import Run, prepare, train, train_here

from runtime.training import events, families, judgements, proposals
from runtime.training.errors import TrainingError
from runtime.training.families import Family
from runtime.training.learner import Baseline
from runtime.training.reader import rows_that_fit
from runtime.training.spec import ColumnSpec

RNG = np.random.default_rng(61)


def table(rows: int = 300) -> pd.DataFrame:
    x = RNG.normal(size=rows)
    return pd.DataFrame({"x": x, "y": np.where(x + RNG.normal(size=rows) > 0, "a", "b")})


def attempt(root: Path, **changes: Any) -> Run:
    settings = {"families": ["linear"], "budgetSeconds": 4, **changes}
    return train_here(prepare(root / "run", table(), "y", "binary", **settings))


def test_five_million_rows_are_sampled_to_the_memory_and_it_is_said(tmp_path: Path) -> None:
    """The Parquet file has 5 M rows; a run with 1 GB works on as many as fit."""
    run = prepare(
        tmp_path / "run",
        table(50),
        "y",
        "binary",
        families=["baseline", "linear"],
        budgetSeconds=120,
        limits={"memoryMb": 1024, "cpus": 2, "maxCandidates": 1},
    )
    x = RNG.normal(size=5_000_000).astype(np.float32)
    flags = pa.array(x > 0.3).cast(pa.int8())
    labels = pa.DictionaryArray.from_arrays(flags, pa.array(["a", "b"]))
    pq.write_table(pa.table({"x": x, "y": labels}), run.root / "dataset.parquet")
    # In a process of its own, as in a container: this one has grown by all the tests before.
    train(run)
    assert run.code == 0, run.finished
    said = " ".join(event["message"] for event in run.of_type("log"))
    assert "of 5,000,000 rows, drawn at random: more do not fit into its 1.0 GB" in said
    held_out = pd.read_parquet(run.workspace / "model" / "holdout.parquet")
    assert held_out["row"].max() > 4_000_000
    assert run.finished["score"] > 0.99


def test_a_table_of_which_too_little_fits_is_refused_with_the_numbers() -> None:
    columns = [ColumnSpec(f"c{i}", "category", "feature") for i in range(5000)]
    with pytest.raises(TrainingError, match=r"5,000,000 rows of 5,000 columns need about .* GB"):
        rows_that_fit(5_000_000, columns, 1024)
    numbers = [ColumnSpec("n", "number", "feature")]
    assert rows_that_fit(1000, numbers, 1024) == 1000


class Killed(Baseline):
    """Is killed from outside in the middle of a fit, as the kernel does."""

    def fit(self, *_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_fails_its_candidate_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = Family("bad", "Bad one", Killed, lambda _problem: [{}], bytes_per_cell=1.0)
    monkeypatch.setattr(proposals, "FAMILIES", (*families.FAMILIES, bad))
    monkeypatch.setitem(families.FAMILY_BY_NAME, "bad", bad)
    run = attempt(tmp_path, families=["bad", "linear"])
    assert run.code == 0
    assert run.candidates()["bad-1"]["status"] == "failed"
    assert run.candidates()["linear-1"]["status"] == "succeeded"


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("what", ["predictions", "json", "model"])
def test_a_full_disk_ends_the_run_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    run = prepare(tmp_path / "run", table(), "y", "binary", families=["linear"], budgetSeconds=4)
    if what == "predictions":
        monkeypatch.setattr(judgements.pq, "write_table", full)
    elif what == "json":
        monkeypatch.setattr(judgements.artifacts, "write_json", full)
    else:
        import joblib

        monkeypatch.setattr(joblib, "dump", full)
    train_here(run)
    assert run.code == 1
    assert run.finished["outcome"] == "failed"
    assert "No space left on device" in run.finished["reason"]
    assert not (run.workspace / "model" / "manifest.json").exists()


def test_a_disk_that_is_too_full_for_events_still_tells_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    original = events.EventWriter._append

    def append(self: events.EventWriter, line: str) -> None:
        if '"stage": "search"' in line or '"type": "finished"' in line:
            full()
        original(self, line)

    monkeypatch.setattr(events.EventWriter, "_append", append)
    run = prepare(tmp_path / "run", table(), "y", "binary", families=["linear"], budgetSeconds=4)
    from runtime.training.runner import run as run_training

    assert run_training(run.control, run.workspace, spent_seconds=0.0) == 1
    last = capfd.readouterr().out.strip().splitlines()[-1]
    assert '"type": "finished"' in last
    assert "No space left on device" in last
