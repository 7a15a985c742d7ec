"""The final judgement on the hold-out."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.training.evaluation import LEAST_ROWS, metrics_with_intervals
from runtime.training.metrics import metrics_of


def judged(rows: int) -> list[dict[str, object]]:
    actual = np.arange(rows) % 2
    predicted = np.column_stack([1 - actual, actual]).astype(float) * 0.8 + 0.1
    return metrics_with_intervals(metrics_of("binary", None), actual, predicted, 1, None, 7)


@pytest.mark.parametrize("rows", [2, LEAST_ROWS - 1])
def test_few_rows_give_figures_but_no_interval(rows: int) -> None:
    figures = judged(rows)
    assert figures
    assert {(figure["low"], figure["high"]) for figure in figures} == {(None, None)}


def test_enough_rows_give_an_interval_around_the_figure() -> None:
    for figure in judged(LEAST_ROWS):
        assert figure["low"] <= figure["value"] <= figure["high"]  # type: ignore[operator]
