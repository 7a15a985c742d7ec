"""The leaderboard's numbers: recomputed from stored predictions, intervals that cover, ties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tables import Run, prepare, train_here

from runtime.training.leaderboard import SAME_SPEED, SAME_SPEED_MS
from runtime.training.metrics import METRICS, cost_metric, metric_for
from runtime.training.refit import Fitted, Refit
from runtime.training.resampling import FoldResampler, RowResampler, interval, p_value
from runtime.training.weighted import weighted_scores

RNG = np.random.default_rng(12)
COSTS = [[0.0, 1.0], [5.0, 0.0]]


def table(rows: int = 420) -> pd.DataFrame:
    a, b = RNG.normal(size=rows), RNG.normal(size=rows)
    noisy = a + 0.5 * b + RNG.normal(size=rows)
    return pd.DataFrame({"a": a, "b": b, "y": np.where(noisy > 0.9, "yes", "no"), "z": noisy})


@pytest.fixture(scope="module", params=["roc_auc", "f1", "cost", "rmse"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    metric: str = request.param
    target, task, left_out = ("y", "binary", "z") if metric != "rmse" else ("z", "regression", "y")
    changes: dict[str, Any] = {"metric": metric, "budgetSeconds": 5}
    if metric == "cost":
        changes["costMatrix"] = {"labels": ["no", "yes"], "costs": COSTS}
    root = tmp_path_factory.mktemp(metric) / "run"
    families = ["linear", "lightgbm"]
    return train_here(
        prepare(root, table(), target, task, exclude=(left_out,), families=families, **changes)
    )


def predictions(run: Run) -> Any:
    return pq.read_table(run.workspace / "model" / "predictions.parquet").to_pandas()


def recomputed(run: Run, candidate_id: str) -> list[float]:
    """Score every fold from the stored predictions alone."""
    stored, recipe = predictions(run), run.model_file("recipes.json")[candidate_id]
    output = run.model_file("contract.json")["output"]
    spec = json.loads((run.control / "spec.json").read_text())
    costs = np.array(COSTS) if spec["metric"] == "cost" else None
    metric = metric_for(spec["task"], spec["metric"], costs)
    scores = []
    for fold, part in stored.groupby("fold"):
        if output["kind"] == "number":
            scores.append(metric.score(part["actual"].to_numpy(), part[candidate_id].to_numpy(), 0))
            continue
        classes = output["classes"]
        codes = np.array([classes.index(label) for label in part["actual"]])
        values = part[[f"{candidate_id}:{label}" for label in classes]].to_numpy()
        threshold = (recipe["foldThresholds"] or {int(fold) - 1: None})[int(fold) - 1]
        scores.append(
            metric.score(codes, values, classes.index(output["positiveClass"]), threshold)
        )
    return scores


def test_every_score_of_the_leaderboard_is_recomputed_from_the_stored_predictions(run: Run) -> None:
    done = {n: c for n, c in run.candidates().items() if c["status"] == "succeeded"}
    assert len(done) >= 3
    for name, candidate in done.items():
        scores = recomputed(run, name)
        assert candidate["foldScores"] == pytest.approx(scores, abs=1e-12)
        assert candidate["score"] == pytest.approx(np.mean(scores), abs=1e-12)


def test_the_stored_predictions_are_of_the_training_rows_once_per_partition(run: Run) -> None:
    stored = predictions(run)
    held_out = pq.read_table(run.workspace / "model" / "holdout.parquet").to_pandas()
    assert not set(stored["row"]) & set(held_out["row"])
    assert stored["row"].is_unique
    assert len(stored) == run.of_type("plan")[0]["trainRows"]


def test_every_judged_candidate_has_an_interval_around_its_score(run: Run) -> None:
    for candidate in run.candidates().values():
        if candidate["status"] == "succeeded":
            assert candidate["low"] <= candidate["score"] <= candidate["high"]
            assert 0 < candidate["pValue"] <= 1
            assert candidate["tied"] == (candidate["pValue"] > 0.05)


def test_exactly_one_candidate_is_recommended_and_it_is_tied_with_the_best(run: Run) -> None:
    done = [c for c in run.candidates().values() if c["status"] == "succeeded"]
    recommended = [c for c in done if c["recommended"]]
    assert len(recommended) == 1
    tied = [c for c in done if c["tied"]]
    assert recommended[0] in tied
    fastest = min(c["predictMsPerRow"] for c in tied)
    assert recommended[0]["predictMsPerRow"] <= SAME_SPEED * fastest + SAME_SPEED_MS
    winner = run.candidates()[run.finished["winnerCandidateId"]]
    assert winner["tied"]


def test_the_recommendation_knows_the_time_of_the_fitted_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = Refit.best

    def slow(refit: Refit, path: Path) -> Fitted:
        fitted = best(refit, path)
        refit._context.board.judge_speed(fitted.winner, 1e6)
        return fitted

    monkeypatch.setattr(Refit, "best", slow)
    families = ["linear", "lightgbm", "extra_trees"]
    limits = {"memoryMb": 4096, "cpus": 2, "maxCandidates": 3}
    run = train_here(
        prepare(
            tmp_path / "run",
            table(200),
            "y",
            "binary",
            exclude=("z",),
            families=families,
            limits=limits,
            budgetSeconds=30,
        )
    )
    tied = {n: c for n, c in run.candidates().items() if c.get("tied")}
    assert len(tied) >= 2
    recommended = [n for n, c in tied.items() if c["recommended"]]
    assert len(recommended) == 1
    assert recommended[0] != run.finished["winnerCandidateId"]


def test_the_baseline_is_not_tied_where_something_can_be_learned(run: Run) -> None:
    assert not run.candidates()["baseline-1"]["tied"]


def test_a_fold_event_tells_every_judged_fold(run: Run) -> None:
    for name, candidate in run.candidates().items():
        told = [e for e in run.of_type("fold") if e["candidateId"] == name]
        if candidate["status"] == "succeeded" and not candidate["isEnsemble"]:
            assert sorted(e["fold"] for e in told) == [1, 2, 3, 4, 5]
            assert all(e["fitSeconds"] >= 0 for e in told)


def test_the_holdout_is_opened_once_and_only_in_the_evaluate_stage(run: Run) -> None:
    marks = [
        e.get("code") or (e["stage"], e["status"])
        for e in run.events
        if e.get("code") == "holdoutOpened" or e["type"] == "stage"
    ]
    assert marks.count("holdoutOpened") == 1
    place = marks.index("holdoutOpened")
    assert marks[place - 1] == ("evaluate", "started")


def test_a_threshold_is_kept_and_used_where_decisions_are_judged(run: Run) -> None:
    spec = json.loads((run.control / "spec.json").read_text())
    output = run.model_file("contract.json")["output"]
    if spec["metric"] not in ("f1", "cost"):
        assert output["threshold"] is None
        return
    held_out = pq.read_table(run.workspace / "model" / "holdout.parquet").to_pandas()
    said = held_out["probability:yes"] >= output["threshold"]
    assert (said == (held_out["prediction"] == "yes")).all()
    if spec["metric"] == "cost":
        # A missed "yes" costs five times as much: 1/6 is best for calibrated probabilities, as
        # those of the default are (a variant may weigh classes).
        assert np.mean(run.model_file("recipes.json")["linear-1"]["foldThresholds"]) < 0.5


EVERY_METRIC = [
    *(("binary", name) for name in METRICS["binary"]),
    ("binary", "cost"),
    *(("multiclass", name) for name in METRICS["multiclass"]),
    *(("regression", name) for name in METRICS["regression"]),
]


@pytest.mark.parametrize(("task", "name"), EVERY_METRIC)
def test_a_weighted_score_is_the_score_of_the_repeated_rows(task: str, name: str) -> None:
    rows, times = 60, 5
    metric = cost_metric(np.array(COSTS)) if name == "cost" else METRICS[task][name]
    if task == "regression":
        actual: Any = RNG.normal(size=rows)
        predicted = actual + RNG.normal(size=rows)
    else:
        classes = 2 if task == "binary" else 4
        actual = RNG.integers(0, classes, rows)
        predicted = np.round(RNG.dirichlet(np.ones(classes), rows), 2)
    # An odd number of draws: the median of an even one lies between two rows.
    weights = RNG.multinomial(rows + 1, np.full(rows, 1 / rows), times)
    found = weighted_scores(metric, actual, predicted, 1, 0.4, weights)
    for row, value in zip(weights, found, strict=True):
        again = np.repeat(np.arange(rows), row)
        assert value == pytest.approx(metric.score(actual[again], predicted[again], 1, 0.4))


class Judged:
    def __init__(self, folds: list[Any], scores: list[float]) -> None:
        self._folds = folds
        self.scores = scores
        self.fold_thresholds: list[float] = []

    def predictions(self, fold: int) -> Any:
        return self._folds[fold]


def test_intervals_of_an_accuracy_cover_the_truth_as_often_as_they_say() -> None:
    """A coin that is right with probability 0.8 on 200 rows: 95 % of 400 intervals cover 0.8.

    Binomial standard error of the coverage: sqrt(0.95 * 0.05 / 400) = 0.011; the percentile
    bootstrap of a proportion is known to cover slightly less (Efron and Tibshirani, 1993, ch. 13).
    """
    metric, covered = METRICS["binary"]["accuracy"], 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        actual = rng.integers(0, 2, 200)
        said = np.where(rng.random(200) < 0.8, actual, 1 - actual)
        probabilities = np.eye(2)[said]
        resampler = RowResampler(metric, actual, [np.arange(200)], 1, seed)
        score = metric.score(actual, probabilities, 1)
        found = interval(resampler.draws(Judged([probabilities], [score])), score, metric)
        assert found is not None
        covered += found[0] <= 0.8 <= found[1]
    assert 0.91 <= covered / 400 <= 0.98


def test_p_values_of_equally_good_candidates_are_rarely_small() -> None:
    """Two unbiased guesses with the same spread: p <= 0.05 in about one of twenty samples.

    Binomial standard error over 300 samples: sqrt(0.05 * 0.95 / 300) = 0.013.
    """
    metric, small = METRICS["regression"]["rmse"], 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        actual = rng.normal(size=150)
        guesses = [actual + rng.normal(size=150) for _ in range(2)]
        resampler = RowResampler(metric, actual, [np.arange(150)], 0, seed)
        first, second = (resampler.draws(Judged([g], [0.0])) for g in guesses)
        small += p_value(first, second, metric) <= 0.05
    assert 0.01 <= small / 300 <= 0.11


def test_a_clearly_worse_candidate_has_a_small_p_value() -> None:
    metric = METRICS["regression"]["rmse"]
    actual = RNG.normal(size=300)
    resampler = RowResampler(metric, actual, [np.arange(300)], 0, 1)
    good, bad = (
        resampler.draws(Judged([actual + RNG.normal(0, sd, 300)], [0.0])) for sd in (1.0, 1.5)
    )
    assert p_value(good, bad, metric) < 0.01
    assert p_value(good, good, metric) == 1.0


def test_a_row_judged_in_several_folds_counts_alike_in_all() -> None:
    metric = METRICS["regression"]["mae"]
    actual = np.arange(10.0)
    tests = [np.arange(10), np.arange(10)[::-1]]
    resampler = RowResampler(metric, actual, tests, 0, 1)
    off = np.arange(10) / 10
    draws = resampler.draws(Judged([actual + off, (actual + off)[::-1]], [0.0, 0.0]))
    single = RowResampler(metric, actual, tests[:1], 0, 1).draws(Judged([actual + off], [0.0]))
    np.testing.assert_allclose(draws, single)


def test_scores_without_rows_are_resampled_by_fold() -> None:
    draws = FoldResampler(4, 1).draws(Judged([], [0.1, 0.2, 0.3, 0.4]))
    assert draws.min() >= 0.1
    assert draws.max() <= 0.4
    assert abs(draws.mean() - 0.25) < 0.02


def test_identical_seeds_give_identical_scores_and_predictions(tmp_path: Path) -> None:
    frame = table(200)
    runs = [
        train_here(
            prepare(
                tmp_path / name,
                frame,
                "y",
                "binary",
                exclude=("z",),
                families=["linear", "lightgbm", "extra_trees"],
                limits={"memoryMb": 4096, "cpus": 2, "maxCandidates": 3},
                budgetSeconds=30,
            )
        )
        for name in ("first", "again")
    ]
    first, again = (predictions(run) for run in runs)
    pd.testing.assert_frame_equal(first[sorted(first)], again[sorted(again)], check_exact=True)
    scores = [{n: c["foldScores"] for n, c in run.candidates().items()} for run in runs]
    assert scores[0] == scores[1]
    assert runs[0].finished["holdoutScore"] == runs[1].finished["holdoutScore"]
