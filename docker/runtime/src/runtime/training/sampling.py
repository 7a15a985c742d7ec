"""Fewer rows where a table is too long for its budget: for the search, and for the last fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Ints
from runtime.training.validation import Split

SEARCH_CELLS_PER_SECOND = 8000.0
"""Training cells of a fold per second of budget and core. A default gradient boosting fit of five
such folds takes about a tenth of the budget (measured: 35,000 rows x 9 columns, 0.75 s a fold)."""

MIN_SEARCH_ROWS = 5000
MAX_TEST_ROWS = 20_000


def search_rows(budget_seconds: float, cpus: int, columns: int) -> int:
    """Return how many rows a fold may fit on during the search."""
    cells = SEARCH_CELLS_PER_SECOND * budget_seconds * cpus
    return max(MIN_SEARCH_ROWS, int(cells / max(columns, 1)))


def thin_folds(
    folds: tuple[Split, ...], codes: Ints | None, max_train: int, max_test: int, seed: int
) -> tuple[Split, ...]:
    """Return the folds with at most so many rows each; every class keeps its share."""
    rng = np.random.default_rng([seed, 1])
    return tuple(
        Split(sample(fold.train, codes, max_train, rng), sample(fold.test, codes, max_test, rng))
        for fold in folds
    )


def sample(rows: Ints, codes: Ints | None, size: int, rng: np.random.Generator) -> Ints:
    """Draw `size` of `rows` without replacement, in order; at least one row of every class."""
    if rows.size <= size:
        return rows
    if codes is None:
        return np.sort(rng.permutation(rows)[:size])
    chosen: list[Any] = []
    labels = codes[rows]
    for code in np.unique(labels):
        members = rng.permutation(rows[labels == code])
        chosen.append(members[: max(1, round(size * members.size / rows.size))])
    return np.sort(np.concatenate(chosen))
