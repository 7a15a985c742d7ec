"""What the end of a run is expected to take follows what refits really took."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from runtime.training.candidates import Candidate
from runtime.training.context import RunContext
from runtime.training.estimates import Estimates


def estimates() -> Estimates:
    """Return estimates of a run of 60 s on 100 rows."""
    context = SimpleNamespace(
        judge=None,
        spec=SimpleNamespace(mode="search"),
        plan=SimpleNamespace(holdout=SimpleNamespace(train=np.arange(100))),
        budget=SimpleNamespace(seconds=60.0),
    )
    return Estimates(cast("RunContext", context))


def candidate(family: str, seconds: float) -> Candidate:
    """Return one whose folds let expect a refit of so many seconds."""

    def refit_seconds(_judge: Any, _rows: int) -> float:
        return seconds

    return cast("Candidate", SimpleNamespace(family=family, refit_seconds=refit_seconds))


def test_a_slow_refit_counts_in_full_for_its_family() -> None:
    known = estimates()
    known.learn(candidate("catboost", 1.0), 4.0)
    assert known.refit(candidate("catboost", 2.0)) == pytest.approx(8.0)
    known.learn(candidate("catboost", 1.0), 1.0)
    assert known.refit(candidate("catboost", 2.0)) == pytest.approx(8.0)


def test_a_slow_refit_of_one_family_does_not_end_the_search_of_the_others() -> None:
    known = estimates()
    known.learn(candidate("catboost", 0.1), 3.0)
    assert known.refit(candidate("linear", 2.0)) == pytest.approx(3.0)
    known.learn(candidate("linear", 2.0), 2.0)
    assert known.refit(candidate("linear", 2.0)) == pytest.approx(3.0)
