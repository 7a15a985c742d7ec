"""Campaign: the engines of others, where they are installed; the image has none of them.

    PYTHONPATH=src ENGINE_VENV/bin/python -m pytest tests/training/real_engines.py -k flaml

An environment for it needs the runtime's libraries, pytest, and flaml or autogluon.tabular.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tables import SOURCE
from test_engines import attempt

from runtime.training.engines.autogluon import AutoGluonLearner
from runtime.training.families import FAMILY_BY_NAME
from runtime.training.learner import FitContext

RNG = np.random.default_rng(52)

pytestmark = pytest.mark.filterwarnings("default")


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


def test_an_autogluon_predictor_travels_with_the_model() -> None:
    matrix = RNG.normal(size=(150, 3))
    target = (matrix[:, 0] > 0).astype(np.int64)
    learner = AutoGluonLearner({"preset": "medium_quality", "seconds": 20.0})
    learner.fit(matrix, target, FitContext(2, False, 1, 0))
    again = pickle.loads(pickle.dumps(learner))
    np.testing.assert_allclose(again.predict(matrix), learner.predict(matrix))
    assert np.mean((again.predict(matrix)[:, 1] > 0.5) == target) > 0.9


def test_autogluon_is_judged_on_the_folds_of_the_run(tmp_path: Path) -> None:
    run = attempt(tmp_path, "autogluon", 150, validation={"strategy": "stratified", "folds": 2})
    assert run.code == 0, run.finished
    done = [c for c in run.candidates().values() if c["status"] == "succeeded"]
    assert any(c["family"] == "autogluon" and len(c["foldScores"]) == 2 for c in done)
