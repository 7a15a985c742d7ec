"""Raw rows to a feature matrix: everything that is learned from data is learned in `fit`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from runtime.training.arrays import Floats, Frame, Matrix
from runtime.training.categorical import CategoryColumn
from runtime.training.groups import GroupAggregates
from runtime.training.numeric import (
    FAR_LIMIT,
    Z_LIMIT,
    ForestNumbers,
    LinearNumbers,
    NumericTable,
)
from runtime.training.params import Parameters
from runtime.training.textual import TextColumn

MAX_TARGET_OUTPUTS = 10
SCALED_STYLES = ("linear", "cluster")
PAIR_COLUMNS = 30
"""Columns whose products are taken, unless a recipe says otherwise."""


class TableEncoder(Parameters):
    """scikit-learn compatible transformer of a raw table.

    `columns` are (name, type) pairs. `style` is `tree` (gaps stay NaN), `forest` (gaps filled),
    `linear` (filled, scaled) or `cluster` (the same, texts as topics). `category` is the mode of
    CategoryColumn, `knots` the number of hinges per number and `pairs` whether products of the
    `pair_columns` strongest columns are added (linear only). With `groups`, numbers are also set
    against the mean of their group (trees only).
    """

    # Models of before did not know these.
    groups: bool = False
    pair_columns: int = PAIR_COLUMNS
    _groups: GroupAggregates | None = None

    def __init__(
        self,
        columns: tuple[tuple[str, str], ...] = (),
        style: str = "tree",
        category: str = "ordinal",
        knots: int = 0,
        pairs: bool = False,
        seed: int = 0,
        groups: bool = False,
        pair_columns: int = PAIR_COLUMNS,
    ) -> None:
        self.columns = columns
        self.style = style
        self.category = category
        self.knots = knots
        self.pairs = pairs
        self.seed = seed
        self.groups = groups
        self.pair_columns = pair_columns

    def fit(self, frame: Frame, target: Any = None) -> Self:
        """Learn from the rows of `frame` and their targets (codes or numbers)."""
        self.fit_transform(frame, target)
        return self

    def fit_transform(self, frame: Frame, target: Any = None) -> Matrix:
        """Learn, and return the encoded rows; target means among them are out of fold."""
        rng = np.random.default_rng(self.seed)
        outputs = _target_outputs(target, _rows(frame))
        self._numbers = NumericTable(list(self.columns))
        raw = self._numbers.fit(frame)
        self._prepare: Any = self._preparation()
        parts: list[Any] = [raw if self._prepare is None else self._prepare.fit_transform(raw)]
        sources = list(self._numbers.sources)
        if self._prepare is not None:
            sources = self._prepare.sources(sources)
        min_rows = 2 if outputs.shape[0] < 1000 else 5
        self._categories = [
            CategoryColumn(name, self.category, min_rows)
            for name, kind in self.columns
            if kind == "category"
        ]
        native: list[int] = []
        self._scales: list[Any] = []
        for column in self._categories:
            encoded = column.fit_transform(frame[column.name], outputs, rng)
            if column.is_native:
                native.append(len(sources))
            parts.append(self._scaled(column, encoded))
            sources.extend([column.name] * encoded.shape[1])
        self._texts = [
            TextColumn(name, self.style == "linear", self.seed)
            for name, kind in self.columns
            if kind == "text"
        ]
        for text in self._texts:
            encoded = text.fit_transform(frame[text.name])
            parts.append(encoded)
            sources.extend([text.name] * encoded.shape[1])
        self._fit_groups(frame, raw, outputs)
        if self._groups is not None:
            parts.append(self._aggregates(frame, raw))
            names = [self._numbers.numbers[index] for index in self._groups.number_index]
            sources.extend(name for name in names for _ in range(2))
        self.categorical_ = native
        self.sources_ = sources
        joined = _concatenate(parts)
        return self._fit_pairs(joined, outputs)

    def transform(self, frame: Frame) -> Matrix:
        """Encode raw rows."""
        raw = self._numbers.transform(frame)
        parts: list[Any] = [raw if self._prepare is None else self._prepare.transform(raw)]
        for column, scale in zip(self._categories, self._scales, strict=True):
            encoded = column.transform(frame[column.name])
            parts.append(encoded if scale is None else (encoded - scale[0]) / scale[1])
        parts.extend(text.transform(frame[text.name]) for text in self._texts)
        if self._groups is not None:
            parts.append(self._aggregates(frame, raw))
        return self._with_pairs(_concatenate(parts))

    def _fit_groups(self, frame: Frame, raw: Floats, outputs: Floats) -> None:
        self._groups = None
        numbers = len(self._numbers.numbers)
        if not (self.groups and self.style == "tree" and self._categories and numbers):
            return
        codes = [column.codes(_items(frame[column.name])) for column in self._categories]
        sizes = [len(column.levels) + 1 for column in self._categories]
        groups = GroupAggregates()
        groups.fit(codes, sizes, raw[:, :numbers], outputs)
        self._groups = groups if groups.width else None

    def _aggregates(self, frame: Frame, raw: Floats) -> Floats:
        """Return the numbers set against their groups; numbers come first in `raw`."""
        if self._groups is None:
            return np.empty((raw.shape[0], 0))
        used = {int(index): self._categories[index] for index in self._groups.category_index}
        codes = {i: column.codes(_items(frame[column.name])) for i, column in used.items()}
        return self._groups.transform(codes, raw)

    def _preparation(self) -> Any:
        if self.style in SCALED_STYLES:
            limit = Z_LIMIT if self.style == "linear" else FAR_LIMIT
            return LinearNumbers(self.knots, limit)
        return ForestNumbers() if self.style == "forest" else None

    def _scaled(self, column: CategoryColumn, encoded: Floats) -> Floats:
        """Fill and scale codes and means for learners that need it; remember how."""
        if self.style == "forest":
            column.table = np.nan_to_num(column.table, nan=-1.0)
            self._scales.append(None)
            return np.nan_to_num(encoded, nan=-1.0)
        if self.style not in SCALED_STYLES or column.used == "onehot":
            self._scales.append(None)
            return encoded
        middle = encoded.mean(axis=0)
        spread = encoded.std(axis=0)
        scale = (middle, np.where(spread > 1e-12, spread, 1.0))
        self._scales.append(scale)
        return np.asarray((encoded - scale[0]) / scale[1])

    def _fit_pairs(self, matrix: Matrix, outputs: Floats) -> Matrix:
        self._left = self._right = np.empty(0, dtype=np.int64)
        if not self.pairs or not isinstance(matrix, np.ndarray) or matrix.shape[1] < 2:
            return matrix
        strength = _correlations(matrix, outputs)
        top = np.sort(np.argsort(-strength, kind="stable")[: self.pair_columns])
        left, right = np.triu_indices(top.size)
        products = matrix[:, top[left]] * matrix[:, top[right]]
        useful = products.std(axis=0) > 1e-9
        self._left, self._right = top[left[useful]], top[right[useful]]
        self.sources_ = [*self.sources_, *(self.sources_[i] for i in self._left)]
        return self._with_pairs(matrix)

    def _with_pairs(self, matrix: Matrix) -> Matrix:
        if not self._left.size:
            return matrix
        return np.concatenate([matrix, matrix[:, self._left] * matrix[:, self._right]], axis=1)


def _items(values: Any) -> list[Any]:
    items: list[Any] = np.asarray(values, dtype=object).tolist()
    return items


def _rows(frame: Frame) -> int:
    return len(next(iter(frame.values()))) if isinstance(frame, dict) else len(frame)


def _target_outputs(target: Any, rows: int) -> Floats:
    """Return what category means are taken of: the number, or an indicator per class."""
    if target is None:
        return np.zeros((rows, 1))
    values = np.asarray(target)
    if values.dtype.kind == "f":
        return np.asarray(values[:, None], dtype=np.float64)
    classes, counts = np.unique(values, return_counts=True)
    if classes.size <= 2:
        return np.asarray((values == classes[-1])[:, None], dtype=np.float64)
    frequent = classes[np.argsort(-counts, kind="stable")[:MAX_TARGET_OUTPUTS]]
    return np.asarray(values[:, None] == frequent, dtype=np.float64)


def _concatenate(parts: list[Any]) -> Matrix:
    used = [part for part in parts if part.shape[1]] or parts[:1]
    if len(used) == 1:
        return used[0]
    if all(isinstance(part, np.ndarray) for part in used):
        return np.concatenate(used, axis=1)
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(part) for part in used], format="csr")


def _correlations(matrix: Floats, outputs: Floats) -> Floats:
    centred = matrix - matrix.mean(axis=0)
    spread = centred.std(axis=0)
    shifted = outputs - outputs.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.abs(centred.T @ shifted) / spread[:, None]
    return np.asarray(np.nan_to_num(values, nan=0.0, posinf=0.0).max(axis=1), dtype=np.float64)
