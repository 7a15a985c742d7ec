"""Splits: what is never shared between fitting and judging, and what rare classes allow."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.training.errors import TrainingError
from runtime.training.validation import Plan, plan_validation

RNG = np.random.default_rng(3)


def parts_are_disjoint(plan: Plan) -> None:
    held_out = set(plan.holdout.test.tolist())
    for fold in plan.folds:
        train, test = set(fold.train.tolist()), set(fold.test.tolist())
        assert not train & test
        assert not (train | test) & held_out


def test_the_holdout_is_never_in_a_fold_and_folds_cover_all_training_rows() -> None:
    plan = plan_validation("random", 5, 0.2, RNG.normal(size=503), "regression", 1)
    parts_are_disjoint(plan)
    judged = np.concatenate([fold.test for fold in plan.folds])
    assert sorted(judged) == sorted(plan.holdout.train)
    assert plan.holdout.test.size == 101


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    target = RNG.normal(size=200)
    first, again, other = (
        plan_validation("random", 5, 0.2, target, "regression", seed) for seed in (1, 1, 2)
    )
    assert (first.holdout.test == again.holdout.test).all()
    assert (first.holdout.test != other.holdout.test).any()


def test_stratified_folds_keep_every_class_share_within_one_row() -> None:
    codes = np.repeat([0, 1, 2], [600, 300, 100])
    plan = plan_validation("stratified", 5, 0.2, codes, "multiclass", 1)
    parts_are_disjoint(plan)
    assert np.bincount(codes[plan.holdout.test]).tolist() == [120, 60, 20]
    for fold in plan.folds:
        assert np.abs(np.bincount(codes[fold.test]) - [96, 48, 16]).max() <= 1


def test_a_rare_class_lowers_the_number_of_folds_and_says_so() -> None:
    codes = np.repeat([0, 1], [200, 4])
    plan = plan_validation("stratified", 5, 0.2, codes, "binary", 1)
    assert len(plan.folds) == 3
    assert "rarest class has only 3 training rows" in " ".join(plan.notes)
    assert all(np.unique(codes[fold.test]).size == 2 for fold in plan.folds)


def test_a_class_with_one_row_stays_in_training() -> None:
    codes = np.repeat([0, 1, 2], [100, 100, 1])
    plan = plan_validation("stratified", 5, 0.2, codes, "multiclass", 1)
    assert 200 in plan.holdout.train


def test_groups_are_never_torn_apart() -> None:
    groups = RNG.integers(0, 40, 500)
    plan = plan_validation("grouped", 5, 0.2, RNG.normal(size=500), "regression", 1, groups)
    parts_are_disjoint(plan)
    assert not set(groups[plan.holdout.test]) & set(groups[plan.holdout.train])
    for fold in plan.folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])


def test_few_groups_lower_the_number_of_folds() -> None:
    groups = np.arange(100) % 4
    plan = plan_validation("grouped", 5, 0.2, RNG.normal(size=100), "regression", 1, groups)
    assert len(plan.folds) == 3


def test_two_groups_are_refused() -> None:
    with pytest.raises(TrainingError, match="only 2 groups"):
        plan_validation(
            "grouped", 5, 0.2, RNG.normal(size=100), "regression", 1, np.arange(100) % 2
        )


def test_time_folds_never_learn_from_the_future() -> None:
    times = np.datetime64("2024-01-01") + RNG.permutation(400).astype("timedelta64[h]")
    plan = plan_validation("time", 5, 0.2, RNG.normal(size=400), "regression", 1, None, times)
    assert times[plan.holdout.train].max() < times[plan.holdout.test].min()
    assert len(plan.folds) == 5
    for fold in plan.folds:
        assert times[fold.train].max() < times[fold.test].min()


def test_rows_of_one_instant_stay_together_in_time_splits() -> None:
    times = np.datetime64("2024-01-01") + (np.arange(300) // 10).astype("timedelta64[D]")
    plan = plan_validation("time", 4, 0.15, RNG.normal(size=300), "regression", 1, None, times)
    assert not set(times[plan.holdout.train]) & set(times[plan.holdout.test])


def test_one_single_time_is_refused() -> None:
    times = np.full(50, np.datetime64("2024-01-01"))
    with pytest.raises(TrainingError, match="too few different values"):
        plan_validation("time", 5, 0.2, RNG.normal(size=50), "regression", 1, None, times)


def test_a_tiny_table_gets_a_smaller_holdout_and_says_so() -> None:
    plan = plan_validation("random", 5, 0.3, RNG.normal(size=40), "regression", 1)
    assert plan.holdout.test.size == 6
    assert "hold-out is 6 rows instead of 12" in plan.notes[0]


def test_training_rows_of_one_class_are_refused() -> None:
    codes = np.zeros(100, dtype=np.int64)
    codes[90:] = 1
    with pytest.raises(TrainingError, match="one class"):
        plan_validation("time", 5, 0.2, codes, "binary", 1, None, np.arange(100))
