"""Stop, cancel, hanging and memory-eating candidates: the run ends as it should."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import Run, command, prepare, start, train_here

from runtime.training import families, proposals
from runtime.training.arrays import Floats
from runtime.training.families import Family
from runtime.training.learner import Baseline, FitContext, Learner

RNG = np.random.default_rng(4)


def table(rows: int = 400) -> pd.DataFrame:
    x = RNG.normal(size=rows)
    return pd.DataFrame({"x": x, "y": np.where(x + RNG.normal(size=rows) > 0, "a", "b")})


class Hanging(Learner):
    def fit(self, *_: Any) -> None:
        while True:
            time.sleep(1)


class Hungry(Learner):
    def fit(self, *_: Any) -> None:
        eaten = []
        for _ in range(400):
            eaten.append(np.ones(2_000_000))
            time.sleep(0.01)


class Crashing(Learner):
    def fit(self, *_: Any) -> None:
        faulthandler.disable()
        os.kill(os.getpid(), signal.SIGSEGV)


class Raising(Learner):
    def fit(self, *_: Any) -> None:
        raise ValueError("the matrix is\n  singular")


class BrokenLater(Baseline):
    """Fits folds and looks perfect, but cannot be fitted on all rows."""

    def fit(self, matrix: Any, target: Any, context: FitContext) -> None:
        if context.watch is None:
            raise RuntimeError("no")
        super().fit(matrix, target, context)
        self.answers = np.eye(2)[context.watch[1]]

    def predict(self, matrix: Any) -> Floats:
        rows = matrix.shape[0]
        return self.answers if rows == len(self.answers) else super().predict(matrix)


@pytest.fixture
def misbehave(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def install(learner: type[Learner]) -> None:
        bad = Family("bad", "Bad one", learner, lambda _problem: [{}], bytes_per_cell=1.0)
        monkeypatch.setattr(proposals, "FAMILIES", (*families.FAMILIES, bad))
        monkeypatch.setitem(families.FAMILY_BY_NAME, "bad", bad)

    return install


def attempt(root: Path, **changes: Any) -> Run:
    settings = {"families": ["bad", "linear"], "budgetSeconds": 6, **changes}
    return train_here(prepare(root / "run", table(), "y", "binary", **settings))


def test_a_hanging_candidate_is_killed_and_the_run_goes_on(tmp_path: Path, misbehave: Any) -> None:
    misbehave(Hanging)
    run = attempt(tmp_path)
    bad = run.candidates()["bad-1"]
    assert run.code == 0
    assert bad["status"] in ("skipped", "cancelled")
    assert "did not end" in bad["reason"] or "budget" in bad["reason"]
    assert run.candidates()["linear-1"]["status"] == "succeeded"


def test_a_candidate_out_of_memory_fails_and_the_run_goes_on(
    tmp_path: Path, misbehave: Any
) -> None:
    misbehave(Hungry)
    run = attempt(tmp_path, limits={"memoryMb": 1200, "cpus": 2}, budgetSeconds=15)
    bad = run.candidates()["bad-1"]
    assert (run.code, bad["status"]) == (0, "failed")
    assert bad["reason"] == "It ran out of memory (limit 1.2 GB)."


def test_a_crashing_candidate_fails_and_the_run_goes_on(tmp_path: Path, misbehave: Any) -> None:
    misbehave(Crashing)
    run = attempt(tmp_path)
    assert (run.code, run.candidates()["bad-1"]["status"]) == (0, "failed")


def test_an_error_of_a_candidate_becomes_one_plain_sentence(tmp_path: Path, misbehave: Any) -> None:
    misbehave(Raising)
    run = attempt(tmp_path)
    assert run.candidates()["bad-1"]["reason"] == "The fit failed: the matrix is singular"
    logged = [event["message"] for event in run.of_type("log") if event["level"] == "error"]
    assert any("Traceback" in message for message in logged)


def test_a_winner_that_cannot_be_refitted_gives_way_to_the_next(
    tmp_path: Path, misbehave: Any
) -> None:
    misbehave(BrokenLater)
    run = attempt(tmp_path)
    assert run.code == 0
    assert run.finished["winnerCandidateId"].startswith("linear")
    assert "next best takes its place" in " ".join(e["message"] for e in run.of_type("log"))


def test_a_family_that_cannot_fit_the_memory_is_skipped_with_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy = Family("bad", "Bad one", Baseline, lambda _p: [{}], bytes_per_cell=3.73e7)
    monkeypatch.setattr(proposals, "FAMILIES", (*families.FAMILIES, greedy))
    monkeypatch.setitem(families.FAMILY_BY_NAME, "bad", greedy)
    run = attempt(tmp_path, limits={"memoryMb": 4096, "cpus": 2}, budgetSeconds=4)
    bad = run.candidates()["bad-1"]
    assert bad["status"] == "skipped"
    assert bad["reason"] == "It needs about 9.1 GB of memory; the limit is 4.0 GB."


def read_until(process: subprocess.Popen[str], matches: Any) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if matches(json.loads(line)):
            return
    raise AssertionError("the trainer ended before it was expected to")


def first_success(event: dict[str, Any]) -> bool:
    return event["type"] == "candidate" and event["status"] == "succeeded"


@pytest.fixture
def long_run(tmp_path: Path) -> Iterator[tuple[Run, subprocess.Popen[str]]]:
    run = prepare(tmp_path / "run", table(3000), "y", "binary", budgetSeconds=120)
    process = start(run)
    yield run, process
    process.kill()
    process.wait()


def end(run: Run, process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)
    run.code = process.returncode
    run.read_events()


def test_stop_keeps_the_best_and_saves_a_model(
    long_run: tuple[Run, subprocess.Popen[str]],
) -> None:
    run, process = long_run
    read_until(process, first_success)
    command(run, "stop")
    end(run, process)
    assert (run.code, run.finished["outcome"]) == (0, "succeeded")
    assert (run.workspace / "model" / "manifest.json").exists()
    unfinished = [c for c in run.candidates().values() if c["status"] != "succeeded"]
    assert any("You stopped the run" in c["reason"] for c in unfinished)


@pytest.mark.parametrize("way", ["command", "signal"])
def test_cancel_ends_the_run_without_a_model(
    long_run: tuple[Run, subprocess.Popen[str]], way: str
) -> None:
    run, process = long_run
    read_until(process, first_success)
    if way == "command":
        command(run, "cancel")
    else:
        process.send_signal(signal.SIGTERM)
    end(run, process)
    assert (run.code, run.finished["outcome"]) == (3, "cancelled")
    assert not (run.workspace / "model").exists()


def test_a_stop_before_the_first_fold_still_gives_a_model(tmp_path: Path) -> None:
    run = prepare(tmp_path / "run", table(), "y", "binary", budgetSeconds=30)
    command(run, "stop")
    done = train_here(run)
    assert (done.code, done.finished["outcome"]) == (0, "succeeded")


def test_the_smallest_budget_still_gives_a_model(tmp_path: Path) -> None:
    run = attempt(tmp_path, families=["linear", "lightgbm"], budgetSeconds=1)
    assert run.code == 0


def test_a_pause_starts_no_fold_and_stops_the_clock(
    long_run: tuple[Run, subprocess.Popen[str]],
) -> None:
    run, process = long_run
    read_until(process, first_success)
    command(run, "pause")
    read_until(process, lambda event: event["type"] == "paused")
    for _ in range(2):
        read_until(process, lambda event: event["type"] == "clock")
    command(run, "continue")
    read_until(process, lambda event: event["type"] == "resumed")
    read_until(process, lambda event: event["type"] == "fold")
    command(run, "stop")
    end(run, process)
    assert run.code == 0
    kinds = [event["type"] for event in run.events]
    paused, resumed = kinds.index("paused"), kinds.index("resumed")
    stood = run.events[paused]["elapsedSeconds"]
    assert run.events[resumed]["elapsedSeconds"] == stood
    between = run.events[paused:resumed]
    assert {e["elapsedSeconds"] for e in between if e["type"] == "clock"} == {stood}
    # Folds that ran when the pause began may end; there are at most two of them.
    assert sum(e["type"] == "fold" for e in between) <= 2
    wall = pd.Timestamp(run.finished["at"]) - pd.Timestamp(run.events[0]["at"])
    assert run.finished["elapsedSeconds"] < wall.total_seconds() + 2


@pytest.mark.parametrize(("word", "outcome"), [("stop", "succeeded"), ("cancel", "cancelled")])
def test_a_paused_run_obeys(
    long_run: tuple[Run, subprocess.Popen[str]], word: str, outcome: str
) -> None:
    run, process = long_run
    read_until(process, first_success)
    command(run, "pause")
    read_until(process, lambda event: event["type"] == "paused")
    command(run, word)
    end(run, process)
    assert run.finished["outcome"] == outcome


def test_resources_are_told_with_their_limit(tmp_path: Path) -> None:
    told = attempt(tmp_path, families=["linear"], budgetSeconds=5).of_type("resources")
    assert told
    assert all(10 < event["memoryMb"] < event["memoryLimitMb"] == 4096 for event in told)
    assert any(event["cpuPercent"] is not None for event in told)


def test_clock_events_tell_the_time_and_never_go_back(tmp_path: Path) -> None:
    clock = [e["elapsedSeconds"] for e in attempt(tmp_path, families=["linear"]).of_type("clock")]
    assert clock
    assert clock == sorted(clock)
