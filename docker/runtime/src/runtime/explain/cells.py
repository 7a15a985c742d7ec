"""Cells of typed columns as JSON, the way requests write them."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np


def cell(value: Any, kind: str) -> Any:
    """Return one cell of a typed column as JSON; None when it is missing."""
    if kind in ("number", "integer"):
        number = float(value)
        if not math.isfinite(number):
            return None
        whole = kind == "integer" and number.is_integer() and abs(number) < 2**53
        return int(number) if whole else number
    if kind == "datetime":
        moment = np.datetime64(value, "us")
        if np.isnat(moment):
            return None
        text = str(np.datetime_as_string(moment))
        return re.sub(r"T00:00:00\.000000$|\.000000$", "", text)
    if value is None or value != value:
        return None
    return value == "true" if kind == "boolean" else str(value)


def order_of(values: Any, kind: str) -> Any:
    """Return values as float64 `(n_rows,)` where their order means something, else None."""
    if kind in ("number", "integer"):
        return np.asarray(values, dtype=np.float64)
    if kind == "datetime":
        times = np.asarray(values).astype("datetime64[us]")
        numbers = times.astype(np.int64).astype(np.float64)
        numbers[np.isnat(times)] = np.nan
        return numbers
    if kind == "boolean":
        texts = np.asarray(values, dtype=object)
        return np.array([np.nan if v is None else float(v == "true") for v in texts])
    return None
