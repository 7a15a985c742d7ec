"""Long tables: fewer rows for the search and the last fit, never a lost class, never a leak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tables import prepare, train_here

from runtime.training import sampling
from runtime.training.sampling import sample, search_rows, thin_folds
from runtime.training.validation import Split


def test_a_sample_keeps_the_share_of_every_class_and_at_least_one_row() -> None:
    codes = np.repeat([0, 1, 2], [7000, 2990, 10])
    rows = sample(np.arange(10_000), codes, 500, np.random.default_rng(1))
    assert np.bincount(codes[rows]).tolist() == [350, 150, 1]
    assert (np.diff(rows) > 0).all()


def test_a_short_table_is_not_thinned() -> None:
    rows = np.arange(100)
    assert sample(rows, None, 100, np.random.default_rng(1)) is rows


def test_thinned_folds_are_parts_of_the_folds_and_the_same_each_time() -> None:
    fold = Split(np.arange(0, 800), np.arange(800, 1000))
    first, again = (thin_folds((fold,), None, 300, 50, 3)[0] for _ in range(2))
    assert (first.train.size, first.test.size) == (300, 50)
    assert set(first.train) <= set(fold.train)
    assert set(first.test) <= set(fold.test)
    assert (first.train == again.train).all()


def test_more_budget_allows_more_rows_and_more_columns_fewer() -> None:
    assert search_rows(600, 2, 10) == 10 * search_rows(60, 2, 10)
    assert search_rows(60, 2, 10) == 2 * search_rows(60, 2, 20)
    assert search_rows(1, 1, 5000) == sampling.MIN_SEARCH_ROWS


def test_a_long_table_is_searched_on_a_sample_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MIN_SEARCH_ROWS", 500)
    monkeypatch.setattr(sampling, "SEARCH_CELLS_PER_SECOND", 10.0)
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.normal(size=20_000), "b": rng.normal(size=20_000)})
    frame["y"] = frame["a"] * 3 + rng.normal(size=20_000)
    run = train_here(
        prepare(
            tmp_path / "run",
            frame,
            "y",
            "regression",
            families=["baseline", "linear"],
            budgetSeconds=5,
        )
    )
    assert run.code == 0
    said = " ".join(event["message"] for event in run.of_type("log"))
    assert "The search compares candidates on 500 of 12,800 rows a fold" in said
    assert run.of_type("plan")[0]["trainRows"] == 16_000
