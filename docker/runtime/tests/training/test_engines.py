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
from runtime.training.engines.autogluon import AutoGluonLearner
from runtime.training.engines.flaml import found
from runtime.training.families import FAMILY_BY_NAME
from runtime.training.learner import FitContext

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


@pytest.mark.skipif(not has_engine("flaml"), reason="FLAML is not in this image")
def test_flaml_proposes_and_the_run_judges(tmp_path: Path) -> None:
    run = attempt(tmp_path, "flaml", 20)
    assert run.code == 0, run.finished
    done = [c for c in run.candidates().values() if c["status"] == "succeeded"]
    proposed = [c for c in done if c["family"] == "flaml"]
    assert len(proposed) >= 2
    assert {c["engine"] for c in proposed} == {"flaml"}
    assert all(len(c["foldScores"]) == 5 for c in proposed)
    assert run.finished["score"] > 0.8
    # What is saved needs the libraries of the image only.
    code = (
        "import sys, joblib, numpy as np\n"
        "sys.modules['flaml'] = None\n"
        f"model = joblib.load({str(run.workspace / 'model' / 'model.joblib')!r})\n"
        "rows = {'x': np.array([2.0]), 'kind': np.array(['a'], dtype=object)}\n"
        "print(model.predict(rows)[0])\n"
    )
    done_here = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SOURCE)},
    )
    assert done_here.stdout.strip() == "1"


@pytest.mark.skipif(not has_engine("flaml"), reason="FLAML is not in this image")
@pytest.mark.parametrize("classes", [0, 2, 3])
def test_every_estimator_of_flaml_is_predicted_without_it(classes: int) -> None:
    matrix = RNG.normal(size=(120, 3))
    target = matrix[:, 0] if classes == 0 else np.arange(120) % classes
    for estimator in ("lgbm", "xgboost", "rf", "extra_tree", "xgb_limitdepth"):
        parameters = {"style": "tree", "category": "ordinal", "estimator": estimator}
        learner = FAMILY_BY_NAME["flaml"].make(parameters)
        learner.fit(matrix, target, FitContext(classes, False, 1, 0))
        shape = (120, classes) if classes else (120,)
        assert learner.predict(matrix).shape == shape
        assert "flaml" not in type(learner.model).__module__  # type: ignore[attr-defined]


@pytest.mark.skipif(not has_engine("autogluon"), reason="AutoGluon is not in this image")
def test_an_autogluon_predictor_travels_with_the_model() -> None:
    import pickle

    matrix = RNG.normal(size=(150, 3))
    target = (matrix[:, 0] > 0).astype(np.int64)
    learner = AutoGluonLearner({"preset": "medium_quality", "seconds": 20.0})
    learner.fit(matrix, target, FitContext(2, False, 1, 0))
    again = pickle.loads(pickle.dumps(learner))
    np.testing.assert_allclose(again.predict(matrix), learner.predict(matrix))
    assert np.mean((again.predict(matrix)[:, 1] > 0.5) == target) > 0.9


@pytest.mark.skipif(not has_engine("autogluon"), reason="AutoGluon is not in this image")
def test_autogluon_is_judged_on_the_folds_of_the_run(tmp_path: Path) -> None:
    run = attempt(tmp_path, "autogluon", 150, validation={"strategy": "stratified", "folds": 2})
    assert run.code == 0, run.finished
    done = [c for c in run.candidates().values() if c["status"] == "succeeded"]
    assert any(c["family"] == "autogluon" and len(c["foldScores"]) == 2 for c in done)
