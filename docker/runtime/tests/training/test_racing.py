"""Giving up: what is clearly behind, and what one bad fold does not say."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.training.candidates import Candidate, Judge
from runtime.training.metrics import metric_for
from runtime.training.racing import hopeless
from runtime.training.tasks import FoldResult
from runtime.training.validation import Split

FOLDS = 5


def judged(name: str, scores: list[float], folds: int = FOLDS) -> Candidate:
    made = Candidate(name, "linear", name, None, folds)
    made.results = {fold: FoldResult({0: np.empty(0)}, 0.0, 0.0, 0) for fold in range(len(scores))}
    made.scores = scores
    return made


def judge(rows: int) -> Judge:
    parts = np.array_split(np.arange(rows), FOLDS)
    splits = tuple(Split(np.setdiff1d(np.arange(rows), part), part) for part in parts)
    return Judge(metric_for("regression", "rmse"), np.zeros(rows), splits, 0)


BEST = judged("best", [1.0, 1.1, 0.9, 1.0, 1.0])


def test_a_candidate_behind_on_every_fold_is_given_up() -> None:
    assert hopeless(judged("worse", [1.5, 1.6, 1.4]), BEST, judge(300)) is not None


@pytest.mark.parametrize(("rows", "given_up"), [(300, False), (5000, True)])
def test_the_first_fold_of_few_rows_is_not_enough_to_give_up(rows: int, given_up: bool) -> None:
    assert (hopeless(judged("worse", [1.5]), BEST, judge(rows)) is not None) is given_up


def test_one_bad_fold_among_better_ones_does_not_end_a_candidate() -> None:
    """A confident model that pays for one row: worse in the mean, better everywhere else."""
    assert hopeless(judged("confident", [3.0, 0.5, 0.3, 0.4]), BEST, judge(300)) is None
    assert hopeless(judged("steady", [1.25, 1.25, 1.25, 1.25]), BEST, judge(300)) is not None


def test_nothing_is_given_up_without_a_score_to_compare_with() -> None:
    assert hopeless(judged("first", [2.0]), None, judge(5000)) is None
    assert hopeless(judged("undefined", [float("nan")] * 3), BEST, judge(300)) is None
