"""Permutation SHAP when time is short."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from runtime.explain.method import OutOfTime
from runtime.explain.permutation import PermutationExplainer

BACKGROUND = {name: np.linspace(0.0, 1.0, 20) for name in "abc"}
ROWS = {name: np.array([2.0, 3.0]) for name in "abc"}


class Model:
    """Counts what it is asked, and lets time pass from the given call on."""

    def __init__(self) -> None:
        self.calls = 0
        self.late_after = 10**9

    def __call__(self, columns: dict[str, Any]) -> Any:
        self.calls += 1
        if self.calls > self.late_after:
            time.sleep(0.03)
        a, b, c = (np.asarray(columns[name], dtype=float) for name in "abc")
        return (a * b + c)[:, None]


def test_a_single_row_gets_fewer_orders_that_add_up_all_the_same() -> None:
    model = Model()
    explainer = PermutationExplainer(model, list("abc"), BACKGROUND, orders=1000)
    model.late_after = model.calls + 4
    found = explainer.explain(ROWS, deadline=time.monotonic() + 0.02)
    assert len(found.values) == 1
    assert model.calls < 1000
    base = float(found.base.sum())
    assert base + found.values.sum() == pytest.approx(2.0 * 2.0 + 2.0)


def test_no_time_at_all_is_told_as_such() -> None:
    explainer = PermutationExplainer(Model(), list("abc"), BACKGROUND, orders=2)
    with pytest.raises(OutOfTime, match="longer than the time allowed"):
        explainer.explain(ROWS, deadline=time.monotonic() - 1)
