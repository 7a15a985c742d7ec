"""The rows that all models are scored on, and what is true of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from runtime.rescoring.spec import RescoringError, RescoringSpec

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MIN_ROWS = 30
"""Fewer rows say nothing about a model."""

_LARGEST_EXACT = 2**53


@dataclass(frozen=True)
class CommonRows:
    """Rows with a known answer.

    Attributes:
        table: The rows, all columns.
        actual: Class codes `(n_rows,) int64` in the order of `labels`, or numbers `float64`.
        labels: Class names; empty for regression.
        total: Rows of the table that was given.
        candidates: Rows that could be used, before sampling.
        unanswered: Rows left out because the answer is missing or is no class of the models.
    """

    table: pa.Table
    actual: Ints | Floats
    labels: list[str]
    total: int
    candidates: int
    unanswered: int


def common_rows(spec: RescoringSpec, labels: list[str]) -> CommonRows:
    """Choose the rows that every model can be judged on.

    Raises:
        RescoringError: The target is missing or too few rows are left.
    """
    schema = pq.read_schema(spec.dataset)
    if spec.target not in schema.names:
        raise RescoringError(
            f'The table has no column "{spec.target}" to compare predictions with.'
        )
    table = pq.read_table(spec.dataset)
    total = table.num_rows
    rows = _allowed(spec, total)
    answers = _answers(table[spec.target].take(pa.array(rows)), labels)
    known = np.isfinite(answers)
    rows, answers = rows[known], answers[known]
    if rows.size < MIN_ROWS:
        raise RescoringError(_too_few(spec, int(rows.size)))
    candidates = int(rows.size)
    if candidates > spec.max_rows:
        chosen = np.random.default_rng(spec.seed).choice(candidates, spec.max_rows, replace=False)
        chosen.sort()
        rows, answers = rows[chosen], answers[chosen]
    actual = answers.astype(np.int64) if labels else answers
    unanswered = int(known.size - known.sum())
    return CommonRows(table.take(pa.array(rows)), actual, labels, total, candidates, unanswered)


def _allowed(spec: RescoringSpec, total: int) -> Ints:
    """Return the indexes of rows that no model was trained on, or of all."""
    allowed = np.ones(total, dtype=bool)
    if spec.rows == "unseen":
        for model in spec.models:
            if not model.saw_data:
                continue
            if model.holdout is None:
                raise RescoringError(
                    f"Nobody knows which of these rows {model.name} was trained on. "
                    "Choose another dataset, or all rows."
                )
            held = pq.read_table(model.holdout, columns=["row"])["row"].to_numpy()
            mask = np.zeros(total, dtype=bool)
            mask[held[(held >= 0) & (held < total)]] = True
            allowed &= mask
    return np.flatnonzero(allowed).astype(np.int64)


def _too_few(spec: RescoringSpec, rows: int) -> str:
    if spec.rows == "unseen" and any(model.saw_data for model in spec.models):
        return (
            f"Only {rows} rows were kept from all of the models while they were trained; "
            f"{MIN_ROWS} are needed. Choose a dataset that none of them has seen, or all rows."
        )
    return f"Only {rows} rows have a known answer; {MIN_ROWS} are needed."


def _answers(column: pa.ChunkedArray, labels: list[str]) -> Floats:
    """Return class codes or numbers; NaN where the answer is not known."""
    if not labels:
        try:
            numbers = pc.cast(column, pa.float64()).to_numpy()
        except pa.ArrowInvalid as error:
            raise RescoringError("The target of this table is not made of numbers.") from error
        return np.where(np.isfinite(numbers), numbers, np.nan)
    codes = {label: code for code, label in enumerate(labels)}
    return np.array(
        [codes.get(label_of(value), math.nan) for value in column.to_pylist()], dtype=np.float64
    )


def label_of(value: Any) -> str:
    """Write a cell as the trainer names classes: `3`, `3.5`, `true`, a text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < _LARGEST_EXACT
        return str(int(value)) if whole else repr(value)
    return "" if value is None else str(value)


def json_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as a caller of a model server would send them."""
    rows: list[dict[str, Any]] = table.to_pylist()
    for name, kind in zip(table.column_names, table.schema.types, strict=True):
        if pa.types.is_temporal(kind):
            for row in rows:
                value = row[name]
                row[name] = value.isoformat() if isinstance(value, datetime | date) else value
        elif pa.types.is_floating(kind):
            for row in rows:
                value = row[name]
                if value is not None and not math.isfinite(value):
                    row[name] = None
    return rows
