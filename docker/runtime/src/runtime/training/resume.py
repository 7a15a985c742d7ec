"""Going on from an earlier run: what it knew is on the board without being fitted again.

Reads `search-state/` as `judgements` writes it. Scores are not taken from the file: they are
computed again from the stored predictions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from runtime.training.arrays import Floats
from runtime.training.candidates import Candidate, judge_folds
from runtime.training.context import RunContext
from runtime.training.errors import TrainingError
from runtime.training.families import FAMILY_BY_NAME
from runtime.training.fingerprint import fingerprint
from runtime.training.judgements import PREDICTIONS, STATE, VERSION, column_name
from runtime.training.recipes import Recipe
from runtime.training.spec import RunSpec
from runtime.training.tasks import FoldResult


@dataclass(frozen=True)
class SearchState:
    """What an earlier run left: its candidates as JSON, and the file of their predictions."""

    fold_rows: int
    candidates: tuple[Mapping[str, Any], ...]
    predictions: Path


def read_state(spec: RunSpec) -> SearchState | None:
    """Read the state of the run that this one goes on from; None if it begins anew.

    Raises TrainingError when it cannot be read, or when that run judged by other rows or another
    metric.
    """
    folder = spec.continue_from
    if folder is None:
        return None
    try:
        raw = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if raw["version"] != VERSION:
            raise TrainingError(
                "The earlier run was searched by another version of the trainer; start a new run."
            )
        if raw["fingerprint"] != fingerprint(spec):
            raise TrainingError(
                "The earlier run had other data, columns, folds or another metric, so its scores "
                "mean something else; start a new run."
            )
        state = SearchState(
            int(raw["foldRows"]), tuple(dict(c) for c in raw["candidates"]), folder / PREDICTIONS
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"What the earlier run left cannot be read ({type(error).__name__}); start a new run."
        ) from error
    return state


def restore(context: RunContext, state: SearchState) -> list[Candidate]:
    """Return the candidates of the earlier run, with their predictions, not yet on the board.

    Raises TrainingError when the predictions are not those of this run's folds.
    """
    table = _predictions(context, state.predictions)
    bounds = np.cumsum([0, *(split.test.size for split in context.judge.folds)])
    found = []
    for known in state.candidates:
        if known["family"] not in FAMILY_BY_NAME:
            continue
        candidate = _candidate(context, known)
        if known["status"] == "succeeded":
            values = _values(context, table, candidate.candidate_id)
            if values is None:
                continue
            parts = [values[a:b] for a, b in pairwise(bounds)]
            _judge(context, candidate, parts)
        found.append(candidate)
    return found


def _candidate(context: RunContext, known: Mapping[str, Any]) -> Candidate:
    return Candidate(
        candidate_id=str(known["candidateId"]),
        family=str(known["family"]),
        label=str(known["label"]),
        recipe=Recipe.of(str(known["family"]), dict(known["hyperparameters"])),
        folds=len(context.judge.folds),
        status=str(known["status"]),
        reason=known["reason"],
        engine=str(known["engine"]),
        rounds=int(known["rounds"]),
        features=int(known["features"]),
        predict_ms=known["predictMsPerRow"],
        size_bytes=known["sizeBytes"],
        fit_seconds=known["fitSeconds"],
        is_hopeless=known["status"] == "skipped",
    )


def _predictions(context: RunContext, path: Path) -> pa.Table:
    try:
        table = pq.read_table(path, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise TrainingError(
            "The predictions that the earlier run left cannot be read; start a new run."
        ) from error
    rows = np.concatenate([split.test for split in context.judge.folds])
    expected = np.asarray(context.data.rows[rows], dtype=np.int64)
    if not np.array_equal(table.column("row").to_numpy(), expected):
        raise TrainingError("The earlier run judged other rows; start a new run.")
    return table


def _values(context: RunContext, table: pa.Table, name: str) -> Floats | None:
    """Return the stored predictions of a candidate, all folds one below the other."""
    columns = set(table.column_names)
    if column_name(name, None) in columns:
        return np.asarray(table.column(column_name(name, None)).to_numpy(), dtype=np.float64)
    labels = context.data.classes or _cluster_names(name, table.column_names)
    names = [column_name(name, label) for label in labels]
    if not names or not columns.issuperset(names):
        return None
    return np.stack([table.column(n).to_numpy() for n in names], axis=1).astype(np.float64)


def _cluster_names(name: str, columns: list[str]) -> list[str]:
    prefix = column_name(name, "")
    return [column.removeprefix(prefix) for column in columns if column.startswith(prefix)]


def _judge(context: RunContext, candidate: Candidate, parts: list[Floats]) -> None:
    verdict = judge_folds(context.judge, list(range(len(parts))), parts)
    candidate.scores = verdict.scores
    candidate.fold_thresholds, candidate.threshold = verdict.fold_thresholds, verdict.threshold
    candidate.results = {
        fold: FoldResult({candidate.rounds: values}, candidate.fit_seconds or 0.0, 0.0, 0)
        for fold, values in enumerate(parts)
    }
