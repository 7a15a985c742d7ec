"""What the sentinel looks at, and how it tells what it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from runtime.training.arrays import Floats, Ints

INFO, WARNING, BLOCKING = "info", "warning", "blocking"
MAX_ROWS = 20_000
"""Rows that a check looks at: enough for every threshold used here, and quick."""


@dataclass(frozen=True)
class Finding:
    """One reason for doubt.

    `kind` is stable, `severity` is info, warning or blocking (a blocking finding stands in the way
    of promotion until somebody waives it), `sentence` says it in words, `evidence` in numbers.
    """

    kind: str
    severity: str
    sentence: str
    evidence: dict[str, Any] = field(default_factory=dict)
    column: str | None = None

    @property
    def finding_id(self) -> str:
        """The kind and the column: the same doubt has the same id in every run."""
        return self.kind if self.column is None else f"{self.kind}:{self.column}"

    def fields(self) -> dict[str, Any]:
        """Return the fields of the `finding` event."""
        fields = {
            "findingId": self.finding_id,
            "kind": self.kind,
            "severity": self.severity,
            "sentence": self.sentence,
            "evidence": self.evidence,
        }
        return fields if self.column is None else fields | {"column": self.column}


@dataclass(frozen=True)
class Rows:
    """The rows of a run as the sentinel sees them.

    `columns` are (name, type) pairs of the features in `frame`; `target` holds class codes or
    numbers; `train` and `holdout` are row positions; `times` orders the rows where the table has a
    time, `strategy` is how they were divided.
    """

    frame: pd.DataFrame
    columns: tuple[tuple[str, str], ...]
    target: Ints | Floats
    target_name: str
    labels: tuple[str, ...]
    train: Ints
    holdout: Ints
    strategy: str
    seed: int
    times: Any = None

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return len(self.labels) > 0

    def sample(self, rows: Ints, most: int = MAX_ROWS) -> Ints:
        """Return at most `most` of `rows`, drawn by the seed, in ascending order."""
        if rows.size <= most:
            return rows
        rng = np.random.default_rng([self.seed, 7])
        return np.sort(rng.choice(rows, most, replace=False))


def numbers(values: Any) -> Floats:
    """Return a column as float64, with NaN for what is missing or not a number."""
    series = pd.Series(values)
    if pd.api.types.is_datetime64_any_dtype(series):
        stamps = series.astype("int64").to_numpy(dtype=np.float64)
        return np.where(series.isna().to_numpy(), np.nan, stamps)
    return np.asarray(pd.to_numeric(series, errors="coerce"), dtype=np.float64)


def words(values: Any) -> list[str]:
    """Return a column as text; what is missing becomes the empty text."""
    return ["" if value is None or value != value else str(value) for value in values]
