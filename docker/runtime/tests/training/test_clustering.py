"""Clustering: groups that are there are found, told apart and served; scores agree with others'."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference
from tables import Run, prepare, train_here

from runtime.serving.artifact import load_artifact
from runtime.serving.predictor import Predictor
from runtime.training import cluster_metrics
from runtime.training.families import CLUSTER_FAMILIES, FAMILY_BY_NAME
from runtime.training.learner import FitContext

RNG = np.random.default_rng(31)
CENTERS = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])


def shops(rows: int = 450) -> pd.DataFrame:
    """Three kinds of shops, of different number and with a word for two of them."""
    kind = np.sort(RNG.choice(3, rows, p=[0.5, 0.3, 0.2]))
    place = CENTERS[kind] + RNG.normal(size=(rows, 2))
    return pd.DataFrame(
        {
            "size": place[:, 0],
            "sales": np.where(RNG.random(rows) < 0.03, np.nan, place[:, 1]),
            "area": np.where(kind == 1, "harbour", "town"),
        }
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = tmp_path_factory.mktemp("clusters") / "run"
    run = prepare(root, shops(), "", "clustering", families=[], budgetSeconds=12)
    return train_here(run)


def test_the_planted_groups_are_found(run: Run) -> None:
    assert run.code == 0, run.finished
    contract = run.model_file("contract.json")
    assert contract["target"] is None
    assert contract["output"]["kind"] == "class"
    assert contract["output"]["classes"] == ["Cluster 1", "Cluster 2", "Cluster 3"]
    assert contract["output"]["positiveClass"] is None
    assert run.of_type("plan")[0]["metric"] == "silhouette"
    assert run.finished["holdoutScore"] > 0.6


def test_all_families_and_several_numbers_of_groups_are_tried(run: Run) -> None:
    done = [c for c in run.candidates().values() if c["status"] == "succeeded"]
    assert {c["family"] for c in done} == {family.name for family in CLUSTER_FAMILIES}
    by_count = run.model_file("evaluation.json")["clustering"]["byCount"]
    assert len(by_count) >= 5
    assert max(by_count, key=lambda item: item["score"])["clusters"] == 3


def test_the_groups_are_described(run: Run) -> None:
    block = run.model_file("evaluation.json")["clustering"]
    sizes = [cluster["size"] for cluster in block["clusters"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(cluster["share"] for cluster in block["clusters"]) == pytest.approx(1)
    harbour = next(item for item in block["clusters"][1]["profile"] if item["column"] == "area")
    assert harbour["value"] == "harbour"
    assert harbour["overall"] == "town"
    assert block["clusters"][1]["profile"][0]["column"] == "size"
    assert len(block["projection"]) <= 2000
    assert block["stability"] > 0.9


def test_the_saved_model_is_served(run: Run) -> None:
    folder = run.workspace / "model"
    artifact = load_artifact(folder)
    predictor = Predictor(artifact.model, artifact.contract)
    predictor.warm_up()
    rows = [
        {"size": 0, "sales": 0, "area": "town"},
        {"size": 8, "sales": 0, "area": "harbour"},
        {"size": 0, "sales": 8, "area": "town"},
    ]
    said = [answer["prediction"] for answer in predictor.predict(rows)]
    assert said == ["Cluster 1", "Cluster 2", "Cluster 3"]


def test_the_stored_predictions_repeat(run: Run) -> None:
    table = pd.read_parquet(run.workspace / "model" / "holdout.parquet")
    model = joblib.load(run.workspace / "model" / "model.joblib")
    data = pd.read_parquet(run.root / "dataset.parquet")
    rows = data.iloc[table["row"]].reset_index(drop=True)
    assert (model.predict(rows) == table["prediction"].to_numpy()).all()
    assert "actual" not in table


def test_the_same_recipe_can_be_fitted_alone(tmp_path: Path) -> None:
    recipe = {"family": "gaussian_mixture", "hyperparameters": {"clusters": 4}}
    run = train_here(
        prepare(
            tmp_path / "run",
            shops(200),
            "",
            "clustering",
            mode="fixed",
            recipe=recipe,
            budgetSeconds=10,
            metric="davies_bouldin",
        )
    )
    assert run.code == 0
    assert list(run.candidates()) == ["gaussian_mixture-1"]
    assert len(run.model_file("contract.json")["output"]["classes"]) == 4


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    run = train_here(prepare(tmp_path / "run", shops(12), "", "clustering"))
    assert "at least 20 are needed" in run.finished["reason"]


def test_scores_agree_with_scikit_learn() -> None:
    rows = RNG.normal(size=(300, 4))
    labels = RNG.integers(0, 5, 300)
    memberships = np.eye(5)[labels]
    expected = {
        "silhouette": reference.silhouette_score(rows, labels),
        "calinski_harabasz": reference.calinski_harabasz_score(rows, labels),
        "davies_bouldin": reference.davies_bouldin_score(rows, labels),
    }
    for name, value in expected.items():
        found = cluster_metrics.CLUSTER_METRICS[name].score(rows, memberships, 0)
        assert found == pytest.approx(value, rel=1e-6)
    other = RNG.integers(0, 4, 300)
    agreement = reference.adjusted_rand_score(labels, other)
    assert cluster_metrics.adjusted_rand(labels, other) == pytest.approx(agreement)


@pytest.mark.parametrize("family", [family.name for family in CLUSTER_FAMILIES])
def test_every_family_separates_what_is_far_apart(family: str) -> None:
    kind = np.arange(300) % 3
    rows = CENTERS[kind] * 3 + RNG.normal(size=(300, 2))
    made = FAMILY_BY_NAME[family]
    learner = made.make(made.portfolio(None)[0])  # type: ignore[arg-type]
    learner.fit(rows, None, FitContext(0, False, 1, 0))
    memberships = learner.predict(rows)
    np.testing.assert_allclose(memberships.sum(axis=1), 1.0)
    assert cluster_metrics.adjusted_rand(memberships.argmax(axis=1), kind) > 0.98


def test_a_mixture_gives_the_posteriors_of_scikit_learn() -> None:
    from sklearn.mixture import GaussianMixture

    rows = CENTERS[np.arange(300) % 3] * 0.3 + RNG.normal(size=(300, 2))
    for shape in ("diag", "full"):
        made = FAMILY_BY_NAME["gaussian_mixture"].make({"clusters": 3, "shape": shape})
        made.fit(rows, None, FitContext(0, False, 1, 0))
        same = GaussianMixture(
            3, covariance_type=shape, reg_covar=1e-3, max_iter=100, random_state=0
        ).fit(rows)
        expected = np.sort(same.predict_proba(rows), axis=1)
        np.testing.assert_allclose(np.sort(made.predict(rows), axis=1), expected, atol=1e-9)


def customers(rows: int = 7000) -> pd.DataFrame:
    """A table as wide as real ones, with nothing in it that stands out."""
    rng = np.random.default_rng(70)
    words = {f"option {n}": rng.choice(["yes", "no", "none"], rows) for n in range(16)}
    numbers = {f"amount {n}": rng.gamma(2.0, size=rows) for n in range(4)}
    return pd.DataFrame({**words, **numbers})


def test_a_short_budget_still_finds_groups_in_thousands_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when a worker is much slower than the budget allows, the cheapest family is judged."""
    from runtime.training.tasks import Executor

    original = Executor.run

    def slowly(self: Executor, task: Any) -> Any:
        if type(task).__name__ == "FoldTask":
            time.sleep(2.5)
        return original(self, task)

    monkeypatch.setattr(Executor, "run", slowly)
    folder = tmp_path / "run"
    done = train_here(prepare(folder, customers(), "", "clustering", families=[], budgetSeconds=8))
    assert done.code == 0, done.finished
    first = next(c for c in done.candidates().values() if c["family"] == "kmeans")
    assert first["status"] == "succeeded"
    said = " ".join(event["message"] for event in done.of_type("log"))
    assert "5 samples of 3,680 of the 5,600 rows, and judged on the same 1,000 other ones" in said
