"""What a run may be asked for: fixed recipes, weights, costs, given splits, latency, limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import Run, prepare, train_here

RNG = np.random.default_rng(21)
QUICK = ["linear", "lightgbm"]


def table(rows: int = 360) -> pd.DataFrame:
    rng = np.random.default_rng(rows)
    x, color = rng.normal(size=rows), rng.choice(["red", "green", "blue"], rows)
    logit = 1.5 * x + (color == "red") - 1.0
    left = rng.random(rows) < 1 / (1 + np.exp(-logit))
    return pd.DataFrame({"x": x, "color": color, "y": np.where(left, "yes", "no")})


def attempt(root: Path, frame: pd.DataFrame | None = None, **changes: Any) -> Run:
    settings = {"families": QUICK, "budgetSeconds": 4, **changes}
    frame = table() if frame is None else frame
    return train_here(prepare(root / "run", frame, "y", "binary", **settings))


def said(run: Run) -> str:
    return " ".join(event["message"] for event in run.of_type("log"))


# -- one fixed recipe ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return attempt(
        tmp_path_factory.mktemp("searched"),
        families=[*QUICK, "xgboost"],
        limits={"memoryMb": 4096, "cpus": 2, "maxCandidates": 3},
        budgetSeconds=60,
    )


def refit(root: Path, searched: Run, name: str, **changes: Any) -> Run:
    recipe = searched.model_file("recipes.json")[name]
    asked = {key: recipe[key] for key in ("family", "hyperparameters")}
    return attempt(root, mode="fixed", recipe=asked, budgetSeconds=20, **changes)


@pytest.mark.parametrize("family", ["linear", "lightgbm", "xgboost"])
def test_a_candidate_fitted_again_from_its_recipe_has_exactly_its_score(
    tmp_path: Path, searched: Run, family: str
) -> None:
    done = [c for c in searched.candidates().values() if c["status"] == "succeeded"]
    before = next(c for c in done if c["family"] == family)
    run = refit(tmp_path, searched, before["candidateId"])
    assert run.code == 0
    winner = run.candidates()[run.finished["winnerCandidateId"]]
    assert winner["family"] == family
    assert winner["foldScores"] == before["foldScores"]
    tried = {c["candidateId"] for c in run.candidates().values()}
    assert tried == {"baseline-1", winner["candidateId"]}
    assert (run.workspace / "model" / "manifest.json").exists()


def test_an_ensemble_is_fitted_again_from_its_members(tmp_path: Path) -> None:
    members = [
        {"weight": 3, "family": "linear", "hyperparameters": {"knots": 4}},
        {"weight": 1, "family": "lightgbm", "hyperparameters": {"rounds": 30}},
    ]
    recipe = {"family": "ensemble", "hyperparameters": {"members": members}}
    run = attempt(tmp_path, mode="fixed", recipe=recipe, budgetSeconds=20)
    winner = run.candidates()[run.finished["winnerCandidateId"]]
    assert winner["isEnsemble"]
    assert [m["weight"] for m in winner["members"]] == [0.75, 0.25]


def test_a_fixed_recipe_wins_even_where_the_baseline_is_better(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": RNG.normal(size=200), "y": RNG.normal(size=200)})
    recipe = {"family": "lightgbm", "hyperparameters": {"rounds": 200, "min_leaf": 2}}
    run = train_here(
        prepare(
            tmp_path / "run",
            frame,
            "y",
            "regression",
            mode="fixed",
            recipe=recipe,
            budgetSeconds=15,
        )
    )
    assert run.finished["winnerCandidateId"] == "lightgbm-1"
    assert run.candidates()["baseline-1"]["score"] < run.finished["score"]


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ({"family": "magic"}, "There is no family 'magic'"),
        ({"family": "linear", "hyperparameters": {"leaves": 3}}, "has no hyperparameter 'leaves'"),
        ({"family": "linear", "hyperparameters": {"strength": "much"}}, "must be a number"),
        ({"family": "linear", "hyperparameters": {"pairs": 1}}, "must be true or false"),
        ({"family": "linear", "hyperparameters": {"category": "odd"}}, "it may be onehot, target"),
        ({"family": "ensemble", "hyperparameters": {}}, "needs 2 to 20 members"),
        (None, "mode fixed needs a recipe"),
    ],
)
def test_an_impossible_recipe_fails_with_a_sentence(
    tmp_path: Path, recipe: Any, reason: str
) -> None:
    run = attempt(tmp_path, mode="fixed", recipe=recipe)
    assert run.code == 1
    assert reason in run.finished["reason"]


# -- class weights and costs --------------------------------------------------------------------


def test_class_weights_move_the_predictions_towards_the_heavier_class(tmp_path: Path) -> None:
    def mean_probability(name: str, weights: Any) -> float:
        run = attempt(tmp_path / name, families=["linear"], classWeights=weights, budgetSeconds=3)
        held_out = pd.read_parquet(run.workspace / "model" / "holdout.parquet")
        return float(held_out["probability:yes"].mean())

    plain = mean_probability("plain", None)
    assert mean_probability("heavy", {"yes": 5.0}) > plain + 0.1
    assert mean_probability("balanced", "balanced") > plain


def test_a_weight_for_a_class_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    run = attempt(tmp_path, classWeights={"maybe": 2})
    assert "A class weight is given for 'maybe'" in run.finished["reason"]


def test_costs_are_told_beside_the_other_metrics(tmp_path: Path) -> None:
    matrix = {"labels": ["yes", "no"], "costs": [[0, 10], [1, 0]]}
    run = attempt(tmp_path, metric="cost", costMatrix=matrix)
    metrics = {m["name"]: m for m in run.model_file("evaluation.json")["holdout"]["metrics"]}
    assert metrics["cost"]["value"] == run.finished["holdoutScore"]
    assert not metrics["cost"]["greaterIsBetter"]
    held_out = pd.read_parquet(run.workspace / "model" / "holdout.parquet")
    missed = (held_out["actual"] == "yes") & (held_out["prediction"] == "no")
    alarms = (held_out["actual"] == "no") & (held_out["prediction"] == "yes")
    assert metrics["cost"]["value"] == pytest.approx((10 * missed + alarms).mean())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metric": "cost"}, "needs a cost matrix"),
        ({"costMatrix": {"labels": ["a", "b"], "costs": [[0, 1], [1, 0]]}}, "has the classes a, b"),
        ({"costMatrix": {"labels": ["yes"], "costs": [[0, 1]]}}, "a row and a column for every"),
        ({"classWeights": {"yes": -1}}, "must be positive"),
        ({"latencyBudgetMs": 0}, "must be a positive number"),
        ({"engine": "magic"}, "engine 'magic' is not one of"),
    ],
)
def test_an_impossible_specification_fails_with_a_sentence(
    tmp_path: Path, changes: Any, reason: str
) -> None:
    run = attempt(tmp_path, **changes)
    assert run.code == 1
    assert reason in run.finished["reason"]


# -- given splits and repeats -------------------------------------------------------------------


def test_a_given_split_is_kept_row_by_row(tmp_path: Path) -> None:
    frame = table()
    frame["part"] = np.where(np.arange(360) % 6 == 0, "TEST", "Train")
    frame.loc[frame.index % 6 == 1, "part"] = " validation "
    run = attempt(
        tmp_path, frame, exclude=("part",), validation={"strategy": "given", "column": "part"}
    )
    assert run.code == 0
    held_out = pd.read_parquet(run.workspace / "model" / "holdout.parquet")
    judged = pd.read_parquet(run.workspace / "model" / "predictions.parquet")
    assert held_out["row"].tolist() == list(range(0, 360, 6))
    assert judged["row"].tolist() == list(range(1, 360, 6))
    assert run.of_type("plan")[0]["folds"] == 1


def test_fold_numbers_are_the_folds(tmp_path: Path) -> None:
    frame = table()
    frame["part"] = np.arange(360) % 3
    run = attempt(
        tmp_path,
        frame,
        types={"part": "integer"},
        exclude=("part",),
        validation={"strategy": "given", "column": "part"},
    )
    assert "held out at random" in said(run)
    judged = pd.read_parquet(run.workspace / "model" / "predictions.parquet")
    assert (judged["fold"] - 1 == judged["row"] % 3).all()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["train", "sometimes"], "holds 'sometimes'; use train, validation and test"),
        (["1", "validation"], "mixes fold numbers with train and validation"),
        ([None, None], "Every value of the split column is missing"),
        (["validation", "validation"], "No row is marked as train"),
    ],
)
def test_a_split_that_means_nothing_is_refused(
    tmp_path: Path, values: list[Any], reason: str
) -> None:
    frame = table()
    frame["part"] = pd.Series(values * 180, dtype="string")
    run = attempt(
        tmp_path, frame, exclude=("part",), validation={"strategy": "given", "column": "part"}
    )
    assert reason in run.finished["reason"]


def test_asked_repeats_deal_the_folds_anew(tmp_path: Path) -> None:
    run = attempt(tmp_path, validation={"strategy": "stratified", "folds": 3, "repeats": 2})
    plan = run.of_type("plan")[0]
    assert (plan["folds"], plan["repeats"]) == (6, 2)
    judged = pd.read_parquet(run.workspace / "model" / "predictions.parquet")
    assert (judged.groupby("row").size() == 2).all()


def test_a_tiny_table_is_cross_validated_several_times_and_says_so(tmp_path: Path) -> None:
    run = attempt(tmp_path, table(100))
    assert run.of_type("plan")[0]["repeats"] == 3
    assert "the cross-validation is repeated 3 times" in said(run)


# -- latency and limits -------------------------------------------------------------------------


def test_a_candidate_over_the_latency_budget_cannot_win(tmp_path: Path) -> None:
    run = attempt(tmp_path, latencyBudgetMs=1.0, families=["linear", "random_forest"])
    forests = [c for c in run.candidates().values() if c["family"] == "random_forest"]
    judged = [c for c in forests if c["status"] == "succeeded"]
    assert all(c["tooSlow"] == (c["predictMsPerRow"] > 1.0) for c in judged)
    winner = run.candidates()[run.finished["winnerCandidateId"]]
    assert not winner["tooSlow"]
    assert winner["predictMsPerRow"] <= 1.0


def test_where_nothing_is_fast_enough_the_fastest_wins_with_a_warning(tmp_path: Path) -> None:
    run = attempt(tmp_path, latencyBudgetMs=1e-6, families=["linear"])
    assert run.code == 0
    assert run.finished["winnerCandidateId"].startswith("linear")
    assert "No candidate predicts a row within 1e-06 ms" in said(run)


def test_no_more_candidates_are_tried_than_asked_for(tmp_path: Path) -> None:
    limits = {"memoryMb": 4096, "cpus": 2, "maxCandidates": 4}
    run = attempt(tmp_path, limits=limits, budgetSeconds=30)
    tried = [c for c in run.candidates().values() if not c["isBaseline"] and not c["isEnsemble"]]
    assert len(tried) == 4
    assert run.finished["elapsedSeconds"] < 30
