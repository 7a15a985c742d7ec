"""Everything the search has found out, as files: out-of-fold predictions, recipes, its state.

`search-state/` is what a later run goes on from, `predictions.parquet` and `recipes.json` are what
every number of the leaderboard can be recomputed from.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from runtime.training import artifacts
from runtime.training.arrays import Floats
from runtime.training.candidates import Candidate
from runtime.training.context import RunContext
from runtime.training.estimates import most_values
from runtime.training.fingerprint import fingerprint
from runtime.training.leaderboard import hyperparameters

PREDICTIONS = "predictions.parquet"
STATE = "state.json"
VERSION = 2


def column_name(candidate_id: str, label: str | None) -> str:
    """Return the name of a column of `predictions.parquet`: one per class, or one for a number."""
    return candidate_id if label is None else f"{candidate_id}:{label}"


def stored(context: RunContext) -> list[Candidate]:
    """Return the candidates whose predictions are kept, best first: as many as there is room."""
    done = context.board.succeeded()
    rows = sum(split.test.size for split in context.judge.folds)
    width = max(1, len(context.data.classes)) * max(rows, 1)
    return done[: max(1, most_values(context.budget.seconds) // width)]


def write_search_state(context: RunContext) -> None:
    """Write `/workspace/search-state`: what the run knows about its candidates.

    Whoever reads it finds what was written last as a whole, also after this process was killed.
    The predictions go first: candidates that lack them are passed over, and predictions of
    candidates that are not named do no harm.
    """
    folder = context.workspace / "search-state"
    draft = context.workspace / ".search-state"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    kept = stored(context)
    _write_predictions(context, kept, draft / PREDICTIONS)
    known = [c for c in context.board.candidates.values() if c.family != "ensemble" and c.recipe]
    names = {candidate.candidate_id for candidate in kept}
    artifacts.write_json(
        draft / STATE,
        {
            "version": VERSION,
            "fingerprint": fingerprint(context.spec),
            "foldRows": context.fold_rows,
            "candidates": [
                _state(c)
                for c in known
                if c.candidate_id in names or c.status == "failed" or c.is_hopeless
            ],
        },
    )
    if folder.exists():
        (draft / PREDICTIONS).replace(folder / PREDICTIONS)
        (draft / STATE).replace(folder / STATE)
        draft.rmdir()
    else:
        draft.replace(folder)


def tell_left_out(context: RunContext) -> None:
    """Log how many candidates cannot be kept with their predictions, if there are any."""
    kept, done = len(stored(context)), len(context.board.succeeded())
    if kept < done:
        context.events.log(
            "info",
            f"The out-of-fold predictions of the best {kept:,} of {done:,} candidates "
            "are kept; those of all would not fit.",
        )


def _state(candidate: Candidate) -> dict[str, Any]:
    recipe = candidate.own_recipe
    return {
        "candidateId": candidate.candidate_id,
        "family": candidate.family,
        "label": candidate.label,
        "engine": candidate.engine,
        "status": candidate.status,
        "reason": candidate.reason,
        "hyperparameters": recipe.values,
        "rounds": candidate.rounds,
        "features": candidate.features,
        "fitSeconds": candidate.fit_seconds,
        "predictMsPerRow": candidate.predict_ms,
        "sizeBytes": candidate.size_bytes,
    }


def copy_predictions(context: RunContext, folder: Path) -> None:
    """Put the out-of-fold predictions of the search state beside the model."""
    shutil.copyfile(context.workspace / "search-state" / PREDICTIONS, folder / PREDICTIONS)


def _write_predictions(context: RunContext, kept: list[Candidate], path: Path) -> None:
    """Write one line per judged row and fold; `row` is the row's position in the dataset."""
    data, folds = context.data, context.judge.folds
    tests = [split.test for split in folds]
    rows = np.concatenate(tests)
    columns: dict[str, Any] = {
        "row": np.asarray(data.rows[rows], dtype=np.int64),
        "fold": np.repeat(np.arange(1, len(folds) + 1), [test.size for test in tests]),
    }
    columns["actual"] = _actual(context, rows)
    for candidate in kept:
        values = _joined([candidate.predictions(fold) for fold in range(len(folds))])
        if values.ndim == 1:
            columns[column_name(candidate.candidate_id, None)] = values
        else:
            for code, label in enumerate(_labels(context, values.shape[1])):
                columns[column_name(candidate.candidate_id, label)] = values[:, code]
    pq.write_table(pa.table(columns), path, compression="snappy", use_dictionary=False)


def _joined(parts: list[Floats]) -> Floats:
    """Put the folds one below the other; a clustering may find more groups in one than another."""
    if parts[0].ndim == 1:
        return np.concatenate(parts)
    width = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(p, ((0, 0), (0, width - p.shape[1]))) for p in parts])


def _labels(context: RunContext, width: int) -> list[str]:
    return context.data.classes or [f"Cluster {number}" for number in range(1, width + 1)]


def _actual(context: RunContext, rows: Any) -> Any:
    data = context.data
    if context.spec.task == "clustering":
        return pa.nulls(rows.size, pa.string())
    if not data.classes:
        return np.asarray(data.target[rows], dtype=np.float64)
    return pa.array(np.array(data.classes, dtype=object)[data.target[rows]].tolist(), pa.string())


def recipes(context: RunContext) -> dict[str, Any]:
    """Return what every judged candidate is made of and how its folds were judged."""
    kept = {candidate.candidate_id for candidate in stored(context)}
    return {
        candidate.candidate_id: {
            "family": candidate.family,
            "label": candidate.label,
            "engine": candidate.engine,
            "hyperparameters": _recipe_values(context, candidate),
            "metric": context.spec.metric,
            "folds": candidate.folds,
            "repeats": context.plan.repeats,
            "foldScores": candidate.scores,
            "score": candidate.mean,
            "low": candidate.low,
            "high": candidate.high,
            "threshold": candidate.threshold,
            "foldThresholds": candidate.fold_thresholds or None,
            "hasPredictions": candidate.candidate_id in kept,
        }
        for candidate in context.board.succeeded()
    }


def _recipe_values(context: RunContext, candidate: Candidate) -> dict[str, Any]:
    """Return the hyperparameters; those of an ensemble are its members with their weights."""
    if candidate.family != "ensemble":
        return hyperparameters(candidate)
    return {
        "members": [
            {
                "weight": weight,
                "family": context.board.candidates[name].family,
                "hyperparameters": hyperparameters(context.board.candidates[name]),
            }
            for name, weight in candidate.members
        ]
    }
