"""Conditions on columns that people can read, and the rows for which they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.explain.cells import cell, order_of

MAX_VALUES = 15
CUTS = tuple(i / 10 for i in range(1, 10))


@dataclass(frozen=True)
class Condition:
    """`column operator value`; `upper` is the exclusive end of `between`."""

    column: str
    kind: str
    operator: str
    value: Any = None
    upper: Any = None

    def mask(self, values: Any) -> Any:
        """Return for which cells of the column it holds, `(n_rows,) bool`."""
        if self.operator == "is missing":
            return missing(values, self.kind)
        if self.kind in ("category", "boolean", "text"):
            wanted = self.value
            return np.array([value == wanted for value in values.tolist()], dtype=bool)
        numbers = order_of(values, self.kind)
        with np.errstate(invalid="ignore"):
            if self.operator == "<":
                return np.asarray(numbers < self.value)
            if self.operator == ">=":
                return np.asarray(numbers >= self.value)
            return np.asarray((numbers >= self.value) & (numbers < self.upper))

    def text(self) -> str:
        """Return it as people write it."""
        if self.operator == "is missing":
            return f"{self.column} is missing"
        if self.operator == "between":
            return f"{self._shown(self.value)} ≤ {self.column} < {self._shown(self.upper)}"
        sign = "≥" if self.operator == ">=" else self.operator
        return f"{self.column} {sign} {self._shown(self.value)}"

    def as_json(self) -> dict[str, Any]:
        """Return it as results tell it."""
        return {
            "column": self.column,
            "operator": self.operator,
            "value": self._json(self.value),
            "upper": self._json(self.upper),
        }

    def _json(self, value: Any) -> Any:
        if value is None:
            return None
        if self.kind == "datetime":
            return cell(np.datetime64(int(value), "us"), "datetime")
        if self.kind in ("number", "integer"):
            return cell(value, "integer" if float(value).is_integer() else "number")
        return value == "true" if self.kind == "boolean" else value

    def _shown(self, value: Any) -> str:
        plain = self._json(value)
        if isinstance(plain, bool):
            return "true" if plain else "false"
        if self.kind == "datetime":
            return str(plain)
        return f'"{plain}"' if isinstance(plain, str) else f"{plain:g}"

    def joined(self, other: Condition) -> Condition | None:
        """Return both bounds of one number as one condition; None where that makes no sense."""
        bounds = {self.operator: self, other.operator: other}
        if set(bounds) != {"<", ">="} or bounds[">="].value >= bounds["<"].value:
            return None
        low, high = bounds[">="].value, bounds["<"].value
        return Condition(self.column, self.kind, "between", low, high)


def missing(values: Any, kind: str) -> Any:
    """Return which cells are missing."""
    numbers = order_of(values, kind) if kind != "boolean" else None
    if numbers is not None:
        return np.isnan(numbers)
    return np.array([value is None for value in values.tolist()], dtype=bool)


def conditions_of(
    column: str, kind: str, values: Any, cuts: list[float], least: int
) -> list[Condition]:
    """Return the single conditions of a column that hold for enough rows and not for all.

    `cuts` are thresholds worth trying besides the deciles.
    """
    found = [Condition(column, kind, "is missing")]
    if kind in ("number", "integer", "datetime"):
        numbers = order_of(values, kind)
        known = numbers[np.isfinite(numbers)]
        if known.size:
            places = {_round(v, kind) for v in [*np.quantile(known, CUTS).tolist(), *cuts]}
            for value in sorted(places):
                found.append(Condition(column, kind, "<", value))
                found.append(Condition(column, kind, ">=", value))
    elif kind != "text":
        texts = np.array([v for v in values.tolist() if v is not None], dtype=object).astype(str)
        names, counts = np.unique(texts, return_counts=True)
        frequent = names[np.argsort(-counts, kind="stable")[:MAX_VALUES]]
        found.extend(Condition(column, kind, "=", str(name)) for name in frequent)
    size = len(values)
    return [c for c in found if least <= int(c.mask(values).sum()) <= size - least]


def _round(value: float, kind: str) -> float:
    """Return a threshold that is easy to read: three digits, whole numbers, whole days."""
    if kind == "integer":
        return float(np.ceil(value))
    if kind == "datetime":
        day = 86_400_000_000
        return float(round(value / day) * day)
    return float(f"{value:.3g}")
