"""Encoders as steps over numbered slots: raw columns in, features out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime.compiling.binary import ArrayPool
from runtime.compiling.errors import CannotCompileError
from runtime.compiling.inspecting import expect_fields, expect_type
from runtime.training.categorical import CategoryColumn
from runtime.training.encoder import TableEncoder
from runtime.training.groups import GroupAggregates
from runtime.training.numeric import HUGE, ForestNumbers, LinearNumbers, NumericTable

DATE_PARTS = 6
"""Year, month, day, weekday, hour, days since 1970: the order of `numeric._date_parts`."""

_ENCODER_FIELDS = {
    "columns", "style", "category", "knots", "pairs", "seed", "categorical_", "sources_",
    "_numbers", "_prepare", "_categories", "_scales", "_texts", "_left", "_right",
}  # fmt: skip
_LATER_FIELDS = {"groups", "_groups", "pair_columns"}
"""Fields that encoders of earlier versions do not have."""

_NUMBER_FIELDS = {"numbers", "booleans", "dates", "keep", "sources"}
_LINEAR_FIELDS = {
    "knots", "indicated", "logged", "medians", "means", "scales", "knot_columns", "knot_values",
}  # fmt: skip
_CATEGORY_FIELDS = {"name", "mode", "min_rows", "levels", "table", "used"}


@dataclass
class Slots:
    """Numbered places for numbers: first the inputs, then whatever steps write."""

    inputs: dict[str, int]
    size: int = 0

    def __post_init__(self) -> None:
        self.size = len(self.inputs)

    def take(self, count: int) -> int:
        """Reserve `count` neighbouring slots; return the first."""
        first = self.size
        self.size += count
        return first


@dataclass
class EncodedFeatures:
    """Where the features of one encoder are, and the steps that write them.

    `levels` is the number of codes of each feature that holds category codes, by its position;
    `direct` the input each plainly copied feature comes from.
    """

    first: int
    width: int
    steps: list[dict[str, Any]]
    levels: dict[int, int] = field(default_factory=dict)
    direct: dict[int, int] = field(default_factory=dict)


def level_names(encoders: Sequence[TableEncoder]) -> dict[str, list[str]]:
    """Return all levels of each category column over `encoders`, in order of appearance.

    The code of a value is its position here; then come missing, and any other value.
    """
    names: dict[str, dict[str, None]] = {}
    for encoder in encoders:
        for column in encoder._categories:  # noqa: SLF001 - the format is made of an encoder's insides
            known = names.setdefault(column.name, {})
            for level in column.levels:
                if level is not None:
                    if type(level) is not str:
                        raise CannotCompileError(
                            f"The column {column.name!r} has levels that are not texts."
                        )
                    known.setdefault(level)
    return {name: list(known) for name, known in names.items()}


class EncoderCompiler:
    """Translates encoders of one model."""

    def __init__(self, pool: ArrayPool, slots: Slots, levels: Mapping[str, list[str]]) -> None:
        self._pool = pool
        self._slots = slots
        self._levels = levels

    def compile(self, encoder: TableEncoder) -> EncodedFeatures:
        """Translate a fitted encoder.

        Raises:
            CannotCompileError: Part of it has no exact translation.
        """
        check_encoder(encoder)
        numbers, prepare = encoder._numbers, encoder._prepare  # noqa: SLF001
        raw_width = int(numbers.keep.sum())
        width = _width(encoder, raw_width)
        first = self._slots.take(width)
        features = EncodedFeatures(first, width, [])
        raw_first = first if prepare is None else self._slots.take(raw_width)
        self._raw_numbers(numbers, raw_first, features, prepare is None)
        used = raw_width
        if type(prepare) is LinearNumbers:
            used = self._linear(prepare, raw_first, raw_width, features)
        elif type(prepare) is ForestNumbers:
            used = self._forest(prepare, raw_first, raw_width, features)
        for column, scale in zip(encoder._categories, encoder._scales, strict=True):  # noqa: SLF001
            used += self._category(column, scale, first + used, features)
        groups = encoder._groups  # noqa: SLF001
        if groups is not None:
            used += self._aggregates(encoder, groups, raw_first, first + used, features)
        if encoder._left.size:  # noqa: SLF001
            left, right = encoder._left, encoder._right  # noqa: SLF001
            features.steps.append(
                {
                    "op": "product",
                    "left": self._pool.i32(first + left),
                    "right": self._pool.i32(first + right),
                    "to": self._pool.i32(np.arange(first + used, first + used + left.size)),
                }
            )
            used += int(left.size)
        if used != width:
            raise CannotCompileError("The encoder has outputs that are not known here.")
        return features

    def _raw_numbers(
        self, table: NumericTable, first: int, features: EncodedFeatures, direct: bool
    ) -> None:
        kept = iter(np.asarray(table.keep, dtype=bool).tolist())
        plain = [*table.numbers, *table.booleans]
        sources = [self._slots.inputs[name] for name in plain if next(kept)]
        if sources:
            limit = HUGE if table.numbers else None
            self._step(
                features, "copy", sources, range(first, first + len(sources)), {"limit": limit}
            )
            if direct:
                features.direct |= dict(enumerate(sources))
        at = first + len(sources)
        for name in table.dates:
            parts = [part for part in range(DATE_PARTS) if next(kept)]
            if parts:
                places = range(at, at + len(parts))
                features.steps.append(
                    {
                        "op": "date",
                        "from": self._slots.inputs[name],
                        "parts": self._pool.i32(parts),
                        "to": self._pool.i32(list(places)),
                    }
                )
                at += len(parts)
        for start, end in table._pairs():  # noqa: SLF001
            if next(kept):
                first_date, last_date = self._slots.inputs[start], self._slots.inputs[end]
                features.steps.append(
                    {"op": "hours", "start": first_date, "end": last_date, "to": at}
                )
                at += 1

    def _linear(
        self, prepare: LinearNumbers, raw: int, width: int, features: EncodedFeatures
    ) -> int:
        first, pool = features.first, self._pool
        if width:
            self._step(
                features,
                "standardize",
                range(raw, raw + width),
                range(first, first + width),
                {
                    "logged": pool.u8(prepare.logged.astype(np.uint8)),
                    "fill": pool.f64(prepare.medians),
                    "mean": pool.f64(prepare.means),
                    "scale": pool.f64(prepare.scales),
                    "limit": float(prepare.limit),
                },
            )
        used = width + self._missing(prepare.indicated, raw, first + width, features)
        if prepare.knot_columns.size:
            places = range(first + used, first + used + prepare.knot_columns.size)
            knots = {"knot": pool.f64(prepare.knot_values)}
            self._step(features, "hinge", first + prepare.knot_columns, places, knots)
            used += len(places)
        return used

    def _forest(
        self, prepare: ForestNumbers, raw: int, width: int, features: EncodedFeatures
    ) -> int:
        first = features.first
        if width:
            values = {"value": self._pool.f64(prepare.medians)}
            places = range(first, first + width)
            self._step(features, "fill", range(raw, raw + width), places, values)
        return width + self._missing(prepare.indicated, raw, first + width, features)

    def _missing(self, indicated: Any, raw: int, to: int, features: EncodedFeatures) -> int:
        if indicated.size:
            places = range(to, to + indicated.size)
            self._step(features, "missing", raw + indicated, places, {})
        return int(indicated.size)

    def _category(
        self, column: CategoryColumn, scale: Any, to: int, features: EncodedFeatures
    ) -> int:
        table = np.asarray(column.table, dtype=np.float64)
        if scale is not None:
            table = (table - scale[0]) / scale[1]
        width = self._lookup(column, table, to, features)
        if column.used == "native":
            features.levels[to - features.first] = int(np.nanmax(table)) + 1
        return width

    def _lookup(
        self, column: CategoryColumn, table: Any, to: int, features: EncodedFeatures
    ) -> int:
        names = self._levels[column.name]
        missing, other = column.levels[None], len(column.levels)
        if table.ndim != 2 or table.shape[0] != other + 1:
            raise CannotCompileError(f"The table of {column.name!r} has an unknown shape.")
        # A level that this encoder did not keep, but another one did, is "other" here.
        order = [column.levels.get(name, other) for name in names]
        width = int(table.shape[1])
        features.steps.append(
            {
                "op": "lookup",
                "from": self._slots.inputs[column.name],
                "to": to,
                "width": width,
                "table": self._pool.f64(table[[*order, missing, other]]),
            }
        )
        return width

    def _aggregates(
        self, encoder: TableEncoder, groups: Any, raw: int, to: int, features: EncodedFeatures
    ) -> int:
        """Translate numbers set against their groups: the group's mean, then the distance to it."""
        numbers = len(encoder._numbers.numbers)  # noqa: SLF001
        pairs = zip(groups.category_index, groups.number_index, groups.tables, strict=True)
        for place, (category, number, table) in enumerate(pairs):
            if not 0 <= number < numbers:
                raise CannotCompileError("Something else than a number is set against its group.")
            column = encoder._categories[int(category)]  # noqa: SLF001
            means = np.asarray(table, dtype=np.float64)[:, None]
            self._lookup(column, means, to + 2 * place, features)
        means_at = to + 2 * np.arange(len(groups.tables))
        features.steps.append(
            {
                "op": "difference",
                "left": self._pool.i32(raw + np.asarray(groups.number_index)),
                "right": self._pool.i32(means_at),
                "to": self._pool.i32(means_at + 1),
            }
        )
        return 2 * len(groups.tables)

    def _step(
        self, features: EncodedFeatures, op: str, source: Any, to: Any, more: dict[str, Any]
    ) -> None:
        places = {
            "from": self._pool.i32(np.asarray(list(source))),
            "to": self._pool.i32(list(to)),
        }
        features.steps.append({"op": op, **places, **more})


def check_encoder(encoder: Any) -> None:
    """Refuse an encoder that holds anything this translation does not know."""
    expect_type(encoder, TableEncoder)
    expect_fields(encoder, _ENCODER_FIELDS, _LATER_FIELDS)
    if encoder._texts:  # noqa: SLF001
        raise CannotCompileError(
            "The model reads free text, whose words are not translated exactly yet."
        )
    expect_type(encoder._numbers, NumericTable)  # noqa: SLF001
    expect_fields(encoder._numbers, _NUMBER_FIELDS)  # noqa: SLF001
    prepare = encoder._prepare  # noqa: SLF001
    if prepare is not None:
        expect_type(prepare, LinearNumbers, ForestNumbers)
        is_linear = type(prepare) is LinearNumbers
        known = _LINEAR_FIELDS if is_linear else {"indicated", "medians"}
        # Models of before did not keep their limit.
        expect_fields(prepare, known, {"limit"} if is_linear else set())
    for column in encoder._categories:  # noqa: SLF001
        expect_type(column, CategoryColumn)
        expect_fields(column, _CATEGORY_FIELDS)
        if column.used not in ("onehot", "ordinal", "native", "target"):
            raise CannotCompileError(f"The encoding {column.used!r} is not known here.")
    groups = encoder._groups  # noqa: SLF001
    if groups is not None:
        expect_type(groups, GroupAggregates)
        expect_fields(groups, {"category_index", "number_index", "tables"})
        if prepare is not None:
            raise CannotCompileError("Numbers are set against their groups after being prepared.")


def _width(encoder: TableEncoder, raw_width: int) -> int:
    prepare = encoder._prepare  # noqa: SLF001
    width = raw_width
    if prepare is not None:
        width += int(prepare.indicated.size)
    if type(prepare) is LinearNumbers:
        width += int(prepare.knot_columns.size)
    width += sum(int(column.table.shape[1]) for column in encoder._categories)  # noqa: SLF001
    groups = encoder._groups  # noqa: SLF001
    width += 0 if groups is None else 2 * len(groups.tables)
    return width + int(encoder._left.size)  # noqa: SLF001
