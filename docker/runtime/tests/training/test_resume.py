"""Going on from an earlier run: nothing known is fitted again, and scores mean the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import SOURCE, Run, prepare, train_here

from runtime.training.tasks import Executor

RNG = np.random.default_rng(41)


def table(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=rows), rng.normal(size=rows)
    return pd.DataFrame(
        {"x": x, "z": z, "y": np.where(x + z * x > rng.normal(size=rows), "a", "b")}
    )


def attempt(root: Path, budget: float = 4, **changes: Any) -> Run:
    settings = {"families": ["linear", "lightgbm"], "metric": "f1", **changes}
    return train_here(prepare(root, table(), "y", "binary", budgetSeconds=budget, **settings))


def limits(candidates: int) -> dict[str, int]:
    return {"memoryMb": 4096, "cpus": 2, "maxCandidates": candidates}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return attempt(tmp_path_factory.mktemp("earlier") / "run", 20, limits=limits(6))


@pytest.fixture
def state(earlier: Run, tmp_path: Path) -> Path:
    copy = tmp_path / "continue-from"
    shutil.copytree(earlier.workspace / "search-state", copy)
    return copy


def test_a_run_goes_on_without_fitting_known_candidates_again(
    earlier: Run, state: Path, tmp_path: Path
) -> None:
    run = attempt(tmp_path / "run", 20, continueFrom=str(state), limits=limits(3))
    assert run.code == 0, run.finished
    known = {n: c for n, c in earlier.candidates().items() if not c["isEnsemble"]}
    now = run.candidates()
    fitted = {event["candidateId"] for event in run.of_type("fold")}
    assert known.keys() <= now.keys()
    assert not fitted & {n for n, c in known.items() if c["status"] == "succeeded"}
    assert len(fitted) == 3
    for name, candidate in known.items():
        if candidate["status"] == "succeeded":
            assert now[name]["foldScores"] == candidate["foldScores"]
            assert now[name]["threshold"] == candidate["threshold"]
            assert now[name]["hyperparameters"] == candidate["hyperparameters"]


def test_known_candidates_are_on_the_board_before_anything_is_fitted(
    state: Path, tmp_path: Path
) -> None:
    run = attempt(tmp_path / "run", 20, continueFrom=str(state), limits=limits(1))
    kinds = [
        event["type"]
        for event in run.events
        if event["type"] == "fold" or event.get("status") == "succeeded"
    ]
    assert kinds.index("fold") >= 4


def test_recipes_are_never_tried_twice(earlier: Run, state: Path, tmp_path: Path) -> None:
    run = attempt(tmp_path / "run", 20, continueFrom=str(state), limits=limits(5))
    tried = [
        json.dumps([c["family"], c["hyperparameters"]], sort_keys=True)
        for c in run.candidates().values()
        if c["status"] == "succeeded" and not c["isEnsemble"]
    ]
    assert len(tried) == len(set(tried))


def test_the_best_candidate_never_gets_worse_by_going_on(
    earlier: Run, state: Path, tmp_path: Path
) -> None:
    def best(run: Run) -> float:
        done = [c for c in run.candidates().values() if c["status"] == "succeeded"]
        return max(c["score"] for c in done if not c["isEnsemble"])

    run = attempt(tmp_path / "run", 5, continueFrom=str(state))
    assert best(run) >= best(earlier)
    assert run.finished["score"] >= best(run)
    assert (run.workspace / "search-state" / "state.json").exists()


@pytest.mark.parametrize(
    "changes", [{"metric": "accuracy"}, {"seed": 43}, {"classWeights": "balanced"}]
)
def test_a_run_with_other_scores_is_refused(
    state: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    run = attempt(tmp_path / "run", continueFrom=str(state), **changes)
    assert run.code == 1
    assert "its scores mean something else" in run.finished["reason"]


@pytest.mark.parametrize("broken", ["state.json", "predictions.parquet"])
@pytest.mark.parametrize("content", [b"", b"{", None])
def test_a_broken_state_is_refused_with_a_sentence(
    state: Path, tmp_path: Path, broken: str, content: bytes | None
) -> None:
    (state / broken).unlink()
    if content is not None:
        (state / broken).write_bytes(content)
    run = attempt(tmp_path / "run", continueFrom=str(state))
    assert run.code == 1
    assert "cannot be read" in run.finished["reason"]


KILLED_IN_ITS_SEARCH = """
import os, signal, sys
from pathlib import Path
from runtime.training import progress, runner

progress.EVERY_SECONDS, progress.MOST_OF_THE_TIME = 0.0, 1.0
keep = progress.Progress.keep

def keep_and_die(self):
    keep(self)
    if len(self._context.board.succeeded()) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

progress.Progress.keep = keep_and_die
runner.run(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_run_that_is_killed_in_its_search_leaves_what_it_knew(tmp_path: Path) -> None:
    settings = {"families": ["linear", "lightgbm"], "metric": "f1", "budgetSeconds": 30}
    killed = prepare(tmp_path / "killed", table(), "y", "binary", **settings)
    command = [sys.executable, "-c", KILLED_IN_ITS_SEARCH]
    ended = subprocess.run(
        [*command, str(killed.control), str(killed.workspace)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    assert ended.returncode == -signal.SIGKILL
    killed.read_events()
    done = {n: c for n, c in killed.candidates().items() if c["status"] == "succeeded"}
    assert len(done) == 3

    folder = killed.workspace / "search-state"
    run = attempt(tmp_path / "run", 20, continueFrom=str(folder), limits=limits(1))

    assert run.code == 0, run.finished
    assert not done.keys() & {event["candidateId"] for event in run.of_type("fold")}
    for name, candidate in done.items():
        assert run.candidates()[name]["foldScores"] == candidate["foldScores"]


def test_a_write_that_is_cut_off_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime.training import artifacts, judgements

    earlier: list[bytes] = []
    original = artifacts.write_json

    def cut_off(path: Path, value: Any) -> None:
        """Leave half a file the second time, as a full disk does."""
        original(path, value)
        if path.name != judgements.STATE:
            return
        if earlier:
            path.write_text("{")
            raise OSError(28, "No space left on device")
        earlier.append(path.read_bytes())

    monkeypatch.setattr(artifacts, "write_json", cut_off)
    run = attempt(tmp_path / "run", 6, limits=limits(2))
    assert run.code == 1
    assert (run.workspace / "search-state" / "state.json").read_bytes() == earlier[0]


class Board:
    """As much of a leaderboard as `Progress` looks at."""

    def __init__(self) -> None:
        self.candidates: dict[str, SimpleNamespace] = {}
        self.best: SimpleNamespace | None = None

    def end(self, name: str) -> None:
        self.best = self.candidates[name] = SimpleNamespace(status="succeeded")


def test_progress_is_written_after_news_but_not_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from runtime.training import progress

    now, written = [100.0], []
    context, board = SimpleNamespace(), Board()
    context.board = board

    def write(_context: Any) -> None:
        written.append(now[0])
        now[0] += 1.0  # Writing takes a second: 2 % of the time is one in 50 s.

    monkeypatch.setattr(progress, "write_search_state", write)
    kept = progress.Progress(context, lambda: now[0])
    kept.keep()
    assert written == []
    board.end("baseline")
    kept.keep()
    kept.keep()
    assert written == [100.0]
    board.end("linear")
    kept.keep()
    now[0] = 150.9
    kept.keep()
    assert written == [100.0]
    now[0] = 151.0
    kept.keep()
    assert written == [100.0, 151.0]


def test_a_longer_budget_judges_by_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long table is searched on a sample whose size follows the budget: it must not change."""
    from runtime.training import sampling

    monkeypatch.setattr(sampling, "MIN_SEARCH_ROWS", 60)
    monkeypatch.setattr(sampling, "SEARCH_CELLS_PER_SECOND", 5.0)
    first = attempt(tmp_path / "first", 6, limits=limits(2))
    folder = first.workspace / "search-state"
    assert json.loads((folder / "state.json").read_text())["foldRows"] == 60
    run = attempt(tmp_path / "again", 60, continueFrom=str(folder), limits=limits(1))
    assert run.code == 0
    name = first.finished["winnerCandidateId"]
    if not first.candidates()[name]["isEnsemble"]:
        assert run.candidates()[name]["score"] == first.candidates()[name]["score"]


def test_nothing_known_reaches_a_worker(
    earlier: Run, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = Executor.run

    def watch(self: Executor, task: Any) -> Any:
        with (tmp_path / "asked").open("a") as file:
            file.write(f"{type(task).__name__} {getattr(task, 'candidate_id', '')}\n")
        return original(self, task)

    monkeypatch.setattr(Executor, "run", watch)
    attempt(tmp_path / "run", 20, continueFrom=str(state), limits=limits(1))
    asked = (tmp_path / "asked").read_text().split("\n")
    known = {n for n, c in earlier.candidates().items() if c["status"] == "succeeded"}
    assert not {line.split()[1] for line in asked if line.startswith("FoldTask")} & known
