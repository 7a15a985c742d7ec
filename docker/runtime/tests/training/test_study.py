"""Mode `study`: one recipe tuned on the folds of its run, pruned, continued, repeatable."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import Run, prepare, train_here

from runtime.training.families import CLUSTER_FAMILIES, FAMILIES
from runtime.training.spaces import Choice, Range
from runtime.training.spec import StudySpec
from runtime.training.study_optuna import TrialStudy

SPACE: list[dict[str, Any]] = [
    {"name": "strength", "kind": "float", "low": 1e-4, "high": 100.0, "log": True},
    {"name": "knots", "kind": "categorical", "choices": [0, 3, 5, 8]},
]


def table(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=rows), rng.normal(size=rows)
    return pd.DataFrame(
        {"x": x, "z": z, "y": np.sin(2 * x) + 0.2 * z + 0.1 * rng.normal(size=rows)}
    )


def study(root: Path, budget: float = 60, **changes: Any) -> Run:
    continued = {"continueFrom": changes.pop("continueFrom")} if "continueFrom" in changes else {}
    asked = {
        "family": "linear",
        "baseHyperparameters": {"strength": 1.0, "knots": 0},
        "space": SPACE,
        "maxTrials": 12,
        **changes,
    }
    folder = prepare(
        root,
        table(),
        "y",
        "regression",
        budgetSeconds=budget,
        mode="study",
        study=asked,
        **continued,
    )
    return train_here(folder)


def trials(run: Run) -> dict[int, dict[str, Any]]:
    return {event["number"]: event for event in run.of_type("trial")}


def values(run: Run) -> list[tuple[Any, ...]]:
    return [
        (t["state"], t["params"], t["score"], t["foldScores"], t["hyperparameters"])
        for t in trials(run).values()
    ]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return study(tmp_path_factory.mktemp("study") / "run")


def test_a_study_improves_on_the_candidate_and_leaves_no_model(earlier: Run) -> None:
    assert earlier.code == 0, earlier.finished
    known = trials(earlier)
    assert known[0]["params"] == {"strength": 1.0, "knots": 0}
    best = min(t["score"] for t in known.values() if t["state"] == "complete")
    # Without knots a straight line cannot follow a sine; the noise has a deviation of 0.1.
    assert best < 0.7 * known[0]["score"]
    assert earlier.finished["score"] == pytest.approx(best)
    assert "winnerCandidateId" not in earlier.finished
    assert not (earlier.workspace / "model").exists()
    assert not [e for e in earlier.of_type("stage") if e["stage"] == "evaluate"]


def test_the_best_trial_so_far_is_told_as_it_is_found(earlier: Run) -> None:
    told = [e for e in earlier.of_type("trial") if e["best"]]
    scores = [e["score"] for e in told]
    assert told[0]["number"] == 0
    assert scores == sorted(scores, reverse=True)


def test_a_trial_is_told_fold_by_fold(earlier: Run) -> None:
    seen = [len(e["foldScores"]) for e in earlier.of_type("trial") if e["number"] == 0]
    assert seen == sorted(seen)
    assert seen[-1] == 5
    assert trials(earlier)[0]["steps"][-1] == pytest.approx(trials(earlier)[0]["score"])


def test_importance_names_its_method_and_adds_up(earlier: Run) -> None:
    last = earlier.of_type("importance")[-1]
    assert "fANOVA" in last["method"]
    assert {item["name"] for item in last["items"]} == {"strength", "knots"}
    assert sum(item["importance"] for item in last["items"]) == pytest.approx(1.0, abs=1e-6)
    assert last["items"][0]["name"] == "knots"


def test_the_same_seed_gives_the_same_trials(earlier: Run, tmp_path: Path) -> None:
    assert values(study(tmp_path / "run")) == values(earlier)


def test_pruned_trials_have_fewer_folds_and_say_so(tmp_path: Path) -> None:
    run = study(tmp_path / "run", maxTrials=25, sampler="random", pruner="median")
    pruned = [t for t in trials(run).values() if t["state"] == "pruned"]
    assert pruned
    for trial in pruned:
        assert 1 <= len(trial["foldScores"]) < 5
        assert "Given up" in trial["reason"]
        assert trial["best"] is False


def test_without_a_pruner_every_trial_sees_every_fold(tmp_path: Path) -> None:
    run = study(tmp_path / "run", maxTrials=8, sampler="random", pruner="none")
    assert [len(t["foldScores"]) for t in trials(run).values()] == [5] * 8


def test_a_study_goes_on_where_it_ended(earlier: Run, tmp_path: Path) -> None:
    state = tmp_path / "continue-from"
    shutil.copytree(earlier.workspace / "search-state", state)
    run = study(tmp_path / "run", continueFrom=str(state), maxTrials=4)
    before, now = trials(earlier), trials(run)
    assert sorted(now) == list(range(len(before) + 4))
    for number, trial in before.items():
        assert now[number]["params"] == trial["params"]
        assert now[number]["score"] == trial["score"]
    numbers = [event["number"] for event in run.of_type("trial") if event["state"] == "running"]
    assert min(numbers) == len(before)


def test_a_study_does_not_go_on_from_one_of_another_family(earlier: Run, tmp_path: Path) -> None:
    state = tmp_path / "continue-from"
    shutil.copytree(earlier.workspace / "search-state", state)
    document = json.loads((state / "study.json").read_text())
    (state / "study.json").write_text(json.dumps(document | {"family": "lightgbm"}))
    run = study(tmp_path / "run", continueFrom=str(state))
    assert run.code == 1
    assert "another family" in run.finished["reason"]


def test_a_grid_ends_when_every_point_was_tried(tmp_path: Path) -> None:
    space = [{"name": "knots", "kind": "categorical", "choices": [0, 3, 5]}]
    run = study(tmp_path / "run", space=space, sampler="grid", pruner="none", maxTrials=30)
    assert sorted(t["params"]["knots"] for t in trials(run).values()) == [0, 3, 5]


def test_boosting_rounds_are_chosen_by_the_folds_and_told(tmp_path: Path) -> None:
    space = [{"name": "learning_rate", "kind": "float", "low": 0.05, "high": 0.3, "log": True}]
    run = study(
        tmp_path / "run",
        family="lightgbm",
        baseHyperparameters={"rounds": 7, "learning_rate": 0.1},
        space=space,
        maxTrials=2,
    )
    assert run.code == 0, run.finished
    candidate, *others = trials(run).values()
    assert candidate["hyperparameters"]["rounds"] == 7
    assert others
    assert all(t["hyperparameters"]["rounds"] > 7 for t in others)


@pytest.mark.parametrize("family", ["lightgbm", "catboost", "hist_gradient_boosting"])
def test_the_first_trial_is_the_candidate_of_the_run_to_the_last_digit(
    tmp_path: Path, family: str
) -> None:
    searched = train_here(
        prepare(tmp_path / "run", table(), "y", "regression", budgetSeconds=12, families=[family])
    )
    judged = {
        event["candidateId"]: event
        for event in searched.of_type("candidate")
        if event["status"] == "succeeded" and event["family"] == family
    }
    # The one with the most rounds: more than a study would try without knowing of them.
    one = max(judged.values(), key=lambda event: event["hyperparameters"]["rounds"])
    space = [{"name": "learning_rate", "kind": "float", "low": 0.001, "high": 0.9, "log": True}]
    run = study(
        tmp_path / "study",
        family=family,
        baseHyperparameters=one["hyperparameters"],
        space=space,
        maxTrials=1,
    )
    assert run.code == 0, run.finished
    assert trials(run)[0]["foldScores"] == one["foldScores"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"family": "baseline"}, "cannot be tuned"),
        ({"space": [{"name": "depth", "kind": "int", "low": 1, "high": 5}]}, "no hyperparameter"),
        ({"space": [{"name": "strength", "kind": "float", "low": 2, "high": 1}]}, "below"),
        ({"space": []}, "1 to 20 hyperparameters"),
        ({"sampler": "magic"}, "sampler"),
    ],
)
def test_an_impossible_study_is_refused_in_words(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    run = study(tmp_path / "run", **changes)
    assert run.code == 1
    assert words in run.finished["reason"]


def test_the_estimator_finds_a_known_optimum() -> None:
    """Of f(x, y) = (x - 0.3)^2 + (log10 y + 2)^2 the minimum is 0 at x = 0.3, y = 0.01."""
    spec = StudySpec(
        "linear", {}, {"x": Range(0.0, 1.0), "y": Range(1e-4, 1.0, log=True)}, "tpe", "none", 60
    )
    tuned, drawn = (_minimum(spec, name) for name in ("tpe", "random"))
    assert tuned < 0.02
    assert tuned < drawn


def _minimum(spec: StudySpec, sampler: str) -> float:
    asked = StudySpec(spec.family, spec.base, spec.space, sampler, "none", 60)
    search = TrialStudy(asked, 1, seed=5, earlier=0)
    found = []
    for _ in range(60):
        trial, at = search.ask()
        found.append((at["x"] - 0.3) ** 2 + (math.log10(at["y"]) + 2) ** 2)
        search.complete(trial, -found[-1])
    return min(found)


def test_the_spaces_that_the_product_offers_are_those_of_the_trainer() -> None:
    """The API serves a copy of the default spaces; a test of its own holds it to this file."""
    stored = json.loads((Path(__file__).parent / "study_spaces.json").read_text())
    assert stored == {
        f.name: _dimensions(f.space) for f in (*FAMILIES, *CLUSTER_FAMILIES) if f.space
    }


def _dimensions(space: dict[str, Range | Choice]) -> list[dict[str, Any]]:
    return [_dimension(name, dimension) for name, dimension in space.items()]


def _dimension(name: str, dimension: Range | Choice) -> dict[str, Any]:
    if isinstance(dimension, Choice):
        return {
            "name": name,
            "kind": "categorical",
            "choices": list(dict.fromkeys(dimension.values)),
        }
    return {
        "name": name,
        "kind": "int" if dimension.integer else "float",
        "low": dimension.low,
        "high": dimension.high,
        "log": dimension.log,
    }
