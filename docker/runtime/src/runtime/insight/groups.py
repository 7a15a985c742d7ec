"""Rows cut into groups by the values of one column."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from runtime.explain.cells import cell, order_of

MAX_GROUPS = 20
MISSING = "(missing)"
OTHER = "(other)"


def groups_of(values: Any, kind: str, bins: int) -> list[tuple[str, Any]]:
    """Return (name, mask) of each group, largest first: values, or ranges of equal count."""
    if kind in ("number", "integer", "datetime"):
        found = _ranges(values, kind, bins)
    else:
        found = _values(values)
    return sorted(found, key=lambda item: -int(item[1].sum()))


def _values(values: Any) -> list[tuple[str, Any]]:
    listed = values.tolist()
    known = np.array([v for v in listed if v is not None], dtype=object).astype(str)
    names, counts = np.unique(known, return_counts=True)
    frequent = [str(names[i]) for i in np.argsort(-counts, kind="stable")]
    kept = frequent[:MAX_GROUPS]
    place = {name: index for index, name in enumerate(kept)}
    codes = np.array([-2 if v is None else place.get(str(v), -1) for v in listed])
    groups = [(name, codes == index) for name, index in place.items()]
    if len(frequent) > MAX_GROUPS:
        groups.append((OTHER, codes == -1))
    if (codes == -2).any():
        groups.append((MISSING, codes == -2))
    return groups


def _ranges(values: Any, kind: str, bins: int) -> list[tuple[str, Any]]:
    numbers = order_of(values, kind)
    known = np.isfinite(numbers)
    groups: list[tuple[str, Any]] = []
    if known.any():
        distinct = np.unique(numbers[known])
        if distinct.size <= bins:
            groups = [(_shown(v, kind), known & (numbers == v)) for v in distinct]
        else:
            inner = np.unique(np.quantile(numbers[known], np.linspace(0, 1, bins + 1)[1:-1]))
            edges = [-np.inf, *(v for v in inner if v > distinct[0]), np.inf]
            for low, high in pairwise(edges):
                mask = known & (numbers >= low) & (numbers < high)
                groups.append((_range_name(low, high, kind), mask))
    if not known.all():
        groups.append((MISSING, ~known))
    return groups


def _range_name(low: float, high: float, kind: str) -> str:
    if low == -np.inf:
        return f"below {_shown(high, kind)}"
    if high == np.inf:
        return f"{_shown(low, kind)} and above"
    return f"{_shown(low, kind)} to below {_shown(high, kind)}"


def _shown(value: float, kind: str) -> str:
    if kind == "datetime":
        return str(cell(np.datetime64(int(value), "us"), "datetime"))
    return f"{value:g}"
