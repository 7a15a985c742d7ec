"""Other engines: refused with what to install where they are absent, judged like all where not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import SOURCE, Run, prepare, train_here

from runtime.training.engines import MODULES, has_engine
from runtime.training.engines.flaml import found

RNG = np.random.default_rng(51)


def table(rows: int = 300) -> pd.DataFrame:
    x, kind = RNG.normal(size=rows), RNG.choice(["a", "b", "c"], rows)
    logit = 2 * x + (kind == "a")
    return pd.DataFrame({"x": x, "kind": kind, "y": np.where(logit > RNG.normal(size=rows), 1, 0)})


def attempt(root: Path, engine: str, budget: float = 12, **changes: Any) -> Run:
    run = prepare(
        root / "run", table(), "y", "binary", engine=engine, budgetSeconds=budget, **changes
    )
    return train_here(run)


@pytest.mark.parametrize("engine", sorted(MODULES))
def test_an_absent_engine_fails_before_anything_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    from runtime.training import engines

    monkeypatch.setattr(engines.importlib.util, "find_spec", lambda _name: None)
    run = attempt(tmp_path, engine)
    assert run.code == 1
    assert run.finished["stage"] == "load"
    assert f"The engine {engine} is not in this runtime image" in run.finished["reason"]
    assert "docker/runtime/requirements.in" in run.finished["reason"]
    assert run.candidates() == {}


def test_an_engine_does_not_look_for_groups(tmp_path: Path) -> None:
    run = train_here(prepare(tmp_path / "run", table(), "", "clustering", engine="flaml"))
    assert "does not look for groups" in run.finished["reason"]


def test_the_features_of_the_image_name_the_engines() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtime.features"],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": str(SOURCE)},
    )
    engines = json.loads(done.stdout)["engines"]
    assert engines == ["builtin", *(name for name in MODULES if has_engine(name))]


def test_a_log_that_was_cut_off_still_gives_its_best_configurations(tmp_path: Path) -> None:
    records = [
        {"validation_loss": 0.3, "learner": "lgbm", "config": {"num_leaves": 4}},
        {"curr_best_record_id": 0},
        {"validation_loss": 0.1, "learner": "rf", "config": {"max_leaves": 9}},
        *(
            {"validation_loss": 0.2 + i / 100, "learner": "lgbm", "config": {"num_leaves": 5 + i}}
            for i in range(5)
        ),
    ]
    log = tmp_path / "flaml.log"
    log.write_text("\n".join(json.dumps(record) for record in records) + '\n{"validation')
    best = found(log)
    assert [recipe["estimator"] for recipe in best] == ["rf", "lgbm", "lgbm", "lgbm"]
    assert [recipe.get("num_leaves") for recipe in best] == [None, 5, 6, 7]
    assert found(tmp_path / "absent.log") == []
