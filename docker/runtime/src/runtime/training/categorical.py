"""Categories as numbers: every encoding is a table with one row per level.

Level codes: 0 … n-1 the kept levels, n a missing value, n+1 any other value (rare or unseen).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints

ONE_HOT_LEVELS = 32
NATIVE_LEVELS = 200
ORDINAL_LEVELS = 32
SMOOTHING = 10.0
"""Weight of the prior in a target mean, in rows."""

INNER_FOLDS = 5


class CategoryColumn:
    """One category column.

    `mode` is `onehot`, `ordinal`, `native` or `target`; a column with more levels than the mode
    can use is encoded by its target mean and its log frequency instead. Target means of the rows
    given to `fit_transform` come out of fold, so a level never sees its own rows' targets.
    """

    def __init__(self, name: str, mode: str, min_rows: int) -> None:
        self.name = name
        self.mode = mode
        self.min_rows = min_rows
        self.levels: dict[Any, int] = {}
        self.table: Floats = np.empty((0, 0))

    @property
    def is_native(self) -> bool:
        """Whether the output is a code for a learner that treats categories itself."""
        return self.used == "native"

    def fit_transform(self, values: Any, target: Floats, rng: np.random.Generator) -> Floats:
        """Learn the levels; return the encoded rows. `target` is `(n_rows, n_outputs)`."""
        items = np.asarray(values, dtype=object).tolist()
        self._learn_levels(items)
        codes = self.codes(items)
        count = len(self.levels) - 1
        self.used = _usable_mode(self.mode, count)
        if self.used == "onehot":
            self.table = np.eye(count + 2)
            if not (codes == count).any():
                self.table = np.delete(self.table, count, axis=1)
        elif self.used in ("ordinal", "native"):
            self.table = np.arange(count + 2, dtype=np.float64)[:, None]
            self.table[count + 1] = count
            self.table[count] = np.nan
        else:
            return self._fit_target(codes, target, rng)
        return self.table[codes]

    def transform(self, values: Any) -> Floats:
        """Encode other rows."""
        return self.table[self.codes(np.asarray(values, dtype=object).tolist())]

    def codes(self, items: list[Any]) -> Ints:
        """Return the level code of every value."""
        other = len(self.levels)
        get = self.levels.get
        codes = np.array([get(item, other) for item in items], dtype=np.int64)
        for index in np.flatnonzero(codes == other):
            # A frame made by hand may hold NaN for missing, and numbers for their spelling.
            item = items[index]
            if item != item:
                codes[index] = self.levels[None]
            elif not isinstance(item, str):
                codes[index] = get(str(item), other)
        return codes

    def _learn_levels(self, items: list[Any]) -> None:
        counts: dict[str, int] = {}
        for item in items:
            if item is not None and item == item:
                counts[str(item)] = counts.get(str(item), 0) + 1
        kept = sorted(level for level, count in counts.items() if count >= self.min_rows)
        self.levels = {level: code for code, level in enumerate(_natural(kept))}
        self.levels[None] = len(kept)

    def _fit_target(self, codes: Ints, target: Floats, rng: np.random.Generator) -> Floats:
        size = len(self.levels) + 1
        frequency = np.log1p(np.bincount(codes, minlength=size))[:, None]
        self.table = np.concatenate([target_means(codes, target, size), frequency], axis=1)
        encoded = self.table[codes]
        fold_of = rng.permutation(codes.size) % INNER_FOLDS
        for fold in range(INNER_FOLDS):
            inside = fold_of == fold
            if inside.any() and not inside.all():
                means = target_means(codes[~inside], target[~inside], size)
                encoded[inside, :-1] = means[codes[inside]]
        return encoded


def target_means(codes: Ints, target: Floats, size: int) -> Floats:
    """Smoothed mean of `target` per level, `(size, n_outputs)`; levels without rows get the mean.

    (sum + m * prior) / (rows + m), see Micci-Barreca (2001), with m = SMOOTHING.
    """
    prior = target.mean(axis=0)
    rows = np.bincount(codes, minlength=size).astype(np.float64)
    sums = np.stack(
        [np.bincount(codes, weights=column, minlength=size) for column in target.T], axis=1
    )
    means: Floats = (sums + SMOOTHING * prior) / (rows + SMOOTHING)[:, None]
    return means


def _usable_mode(mode: str, levels: int) -> str:
    limits = {"onehot": ONE_HOT_LEVELS, "ordinal": ORDINAL_LEVELS, "native": NATIVE_LEVELS}
    return mode if levels <= limits.get(mode, 0) else "target"


def _natural(levels: list[str]) -> list[str]:
    try:
        return sorted(levels, key=float)
    except ValueError:
        return levels
