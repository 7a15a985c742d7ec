"""Ensemble selection: helps where models err differently, and is judged honestly."""

from __future__ import annotations

import numpy as np

from runtime.training.candidates import Candidate, Judge
from runtime.training.ensemble import Blend, blend
from runtime.training.metrics import metric_for
from runtime.training.tasks import FoldResult
from runtime.training.validation import Split

RNG = np.random.default_rng(6)
ROWS, FOLDS = 1000, 5
TARGET = RNG.normal(size=ROWS)
TEST = np.array_split(RNG.permutation(ROWS), FOLDS)
SPLITS = tuple(Split(np.setdiff1d(np.arange(ROWS), test), test) for test in TEST)
JUDGE = Judge(metric_for("regression", "rmse"), TARGET, SPLITS, 0)


def candidate(name: str, predictions: np.ndarray) -> Candidate:
    made = Candidate(name, "linear", name, None, FOLDS, status="succeeded")
    for fold, split in enumerate(SPLITS):
        made.add(fold, FoldResult({0: predictions[split.test]}, 0.1, 0.1, 1), JUDGE)
    return made


def scores_of(found: Blend, judge: Judge) -> list[float]:
    return [judge.fold_score(fold, values) for fold, values in found.predictions.items()]


def test_two_equally_good_models_with_independent_errors_share_the_weight() -> None:
    first, second = (candidate(n, TARGET + RNG.normal(size=ROWS)) for n in ("a", "b"))
    found = blend([first, second], JUDGE)
    assert found is not None
    assert abs(found.weights["a"] - 0.5) <= 0.1
    # The mean of two independent unit errors has a standard deviation of 1 / sqrt(2).
    assert abs(np.mean(scores_of(found, JUDGE)) - 2**-0.5) < 0.03


def test_weights_sum_to_one() -> None:
    models = [candidate(str(i), TARGET + RNG.normal(size=ROWS) * (1 + i / 5)) for i in range(6)]
    found = blend(models, JUDGE)
    assert found is not None
    assert sum(found.weights.values()) == 1.0
    assert len(found.weights) <= 5


def test_a_model_that_adds_nothing_leaves_no_ensemble() -> None:
    best = candidate("best", TARGET)
    assert blend([best, candidate("noise", RNG.normal(size=ROWS))], JUDGE) is None


def test_the_scores_of_a_blend_of_noise_are_not_flattered() -> None:
    """Thirty models of pure noise: weights chosen on the judged folds would look better."""
    judge = Judge(metric_for("binary", "roc_auc"), (TARGET > 0).astype(np.int64), SPLITS, 1)
    models = []
    for index in range(30):
        positive = RNG.random(ROWS)
        made = Candidate(str(index), "linear", str(index), None, FOLDS, status="succeeded")
        for fold, split in enumerate(SPLITS):
            stage = np.stack([1 - positive, positive], axis=1)[split.test]
            made.add(fold, FoldResult({0: stage}, 0.1, 0.1, 1), judge)
        models.append(made)
    models.sort(key=lambda model: -model.mean)
    found = blend(models, judge)
    assert found is not None
    flattered = np.mean(
        [
            judge.fold_score(
                fold,
                np.asarray(
                    sum(
                        w * models_by_id(models)[n].predictions(fold)
                        for n, w in found.weights.items()
                    )
                ),
            )
            for fold in range(FOLDS)
        ]
    )
    assert flattered > np.mean(scores_of(found, judge))


def models_by_id(models: list[Candidate]) -> dict[str, Candidate]:
    return {model.candidate_id: model for model in models}


def few_rows() -> tuple[Judge, list[Split]]:
    rows = np.random.default_rng(3).permutation(100)
    splits = [Split(np.setdiff1d(rows, test), test) for test in np.array_split(rows, FOLDS)]
    return Judge(JUDGE.metric, TARGET[:100], tuple(splits), 0), splits


def noisy(name: str, judge: Judge, seed: int, family: str = "linear") -> Candidate:
    values = TARGET[:100] + np.random.default_rng(seed).normal(size=100)
    made = Candidate(name, family, name, None, FOLDS, status="succeeded")
    for fold, split in enumerate(judge.folds):
        made.add(fold, FoldResult({0: values[split.test]}, 0.1, 0.1, 1), judge)
    return made


def test_what_choosing_the_best_of_many_gives_is_not_flattered() -> None:
    """Forty models of one quality: the best of them looks better than it is."""
    judge, _ = few_rows()
    models = sorted((noisy(str(i), judge, i) for i in range(40)), key=lambda m: m.mean)
    found = blend(models, judge)
    assert found is not None
    assert np.mean(found.alone) > models[0].mean
    assert np.mean(found.alone) > np.mean(scores_of(found, judge))


def test_of_few_rows_the_weights_do_not_hang_on_one_fold() -> None:
    """Four models of one quality whose errors are independent: no one should weigh much more."""
    judge, _ = few_rows()
    models = sorted((noisy(str(i), judge, i) for i in range(4)), key=lambda m: m.mean)
    found = blend(models, judge)
    assert found is not None
    assert len(found.weights) == 4
    assert abs(sum(found.weights.values()) - 1.0) < 1e-12
    assert np.mean(scores_of(found, judge)) < 0.8 * models[0].mean


def test_the_best_of_every_family_may_be_blended_however_many_are_before_it() -> None:
    judge, _ = few_rows()
    common = np.random.default_rng(1).normal(size=100) * 0.5
    models = []
    for index in range(30):
        same = noisy(f"linear-{index}", judge, 100, "linear")
        for fold, split in enumerate(judge.folds):
            values = TARGET[:100] + common + index * 1e-3
            same.add(fold, FoldResult({0: values[split.test]}, 0.1, 0.1, 1), judge)
        models.append(same)
    other = noisy("forest", judge, 5, "random_forest")
    for fold, split in enumerate(judge.folds):
        values = TARGET[:100] - 1.2 * common
        other.add(fold, FoldResult({0: values[split.test]}, 0.1, 0.1, 1), judge)
    models = [*sorted(models, key=lambda m: m.mean), other]
    assert other.mean > models[-2].mean
    found = blend(models, judge)
    assert found is not None
    assert found.weights["forest"] > 0.3
