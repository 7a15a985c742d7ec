"""A candidate of a finished run, fitted and judged again: the same scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import Run, prepare, train

from runtime.training.replay import Replay, recipe, run_notebook


@pytest.fixture(scope="module", params=["binary", "regression"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"a": rng.normal(size=500), "b": rng.choice(["x", "y", "z"], 500)})
    frame["t"] = frame["a"] * 2 + (frame["b"] == "x") + rng.normal(size=500)
    if request.param == "binary":
        frame["t"] = np.where(frame["t"] > 0, "yes", "no")
    families = ["baseline", "linear", "lightgbm", "hist_gradient_boosting"]
    metric = "f1" if request.param == "binary" else "rmse"
    asked = {"families": families, "budgetSeconds": 20, "metric": metric}
    asked["limits"] = {"memoryMb": 4096, "cpus": 1}
    run = prepare(tmp_path_factory.mktemp("replay") / "run", frame, "t", request.param, **asked)
    return train(run)


def replayed(run: Run) -> Replay:
    return Replay(json.loads((run.control / "spec.json").read_text()), run.root / "dataset.parquet")


def members_of(candidate: dict[str, Any], known: dict[str, Any]) -> list[tuple[float, Any]]:
    weights = candidate.get("members") or [{"candidateId": candidate["candidateId"], "weight": 1}]
    found = [(entry["weight"], known[entry["candidateId"]]) for entry in weights]
    return [(weight, recipe(one["family"], one["hyperparameters"])) for weight, one in found]


def test_every_candidate_gets_its_score_again(finished: Run) -> None:
    replay = replayed(finished)
    known = finished.candidates()
    judged = 0
    for candidate in known.values():
        if candidate["status"] != "succeeded" or candidate.get("members"):
            continue
        verdict = replay.cross_validate(members_of(candidate, known))
        assert verdict.scores == pytest.approx(candidate["foldScores"], abs=1e-12)
        judged += 1
    assert judged >= 2


def test_the_winner_gets_its_holdout_score_again(finished: Run) -> None:
    replay = replayed(finished)
    known = finished.candidates()
    winner = next(c for c in known.values() if c.get("holdoutScore") is not None)
    members = members_of(winner, known)
    model = replay.fit(members, replay.cross_validate(members).threshold)
    assert replay.holdout_score(model) == pytest.approx(winner["holdoutScore"], abs=1e-12)
    assert len(model.predict(replay.table.head())) == 5


def test_a_notebook_is_run_and_keeps_what_it_printed(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    code = {"cell_type": "code", "metadata": {}, "outputs": []}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Title"]},
        code | {"id": "b", "source": ["x = 6 * 7\n", "x"]},
        code | {"id": "c", "source": ["print(x)"]},
    ]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells}))
    run_notebook(path)
    _, result, printed = json.loads(path.read_text())["cells"]
    assert result["outputs"][0]["data"]["text/plain"] == "42"
    assert printed["outputs"][0]["text"] == "42\n"


def test_a_notebook_that_fails_says_which_cell(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    cell = {"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], "source": ["1 / 0"]}
    path.write_text(json.dumps({"cells": [cell]}))
    with pytest.raises(RuntimeError, match="Cell 0 failed: ZeroDivisionError"):
        run_notebook(path)
