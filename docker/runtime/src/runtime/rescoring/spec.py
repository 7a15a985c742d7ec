"""What is to be scored: read from `spec.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.errors import RuntimeFault


class RescoringError(RuntimeFault):
    """The models cannot be scored; the message says why, for people."""


@dataclass(frozen=True)
class ModelSpec:
    """One model to score.

    Attributes:
        id: Its version.
        name: What people call it.
        folder: Folder with the model's files.
        saw_data: Whether it was trained on a part of these very rows.
        holdout: Parquet file with the indexes of the rows that it did not see, if it is known.
    """

    id: str
    name: str
    folder: Path
    saw_data: bool
    holdout: Path | None


@dataclass(frozen=True)
class RescoringSpec:
    """One job.

    Attributes:
        dataset: Parquet file with the rows.
        target: Column that is predicted.
        task: `binary`, `multiclass` or `regression`.
        metric: Metric that segments are judged by.
        rows: `unseen` leaves out rows that a model was trained on, `all` does not.
        max_rows: A larger table is sampled.
        resamples: Bootstrap samples of the intervals.
        seed: Of the sample and the bootstrap.
    """

    models: tuple[ModelSpec, ...]
    dataset: Path
    target: str
    task: str
    metric: str
    rows: str
    max_rows: int
    resamples: int
    seed: int


def read_spec(path: Path) -> RescoringSpec:
    """Read a specification.

    Raises:
        RescoringError: It cannot be read.
    """
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        models = tuple(
            ModelSpec(
                id=str(model["id"]),
                name=str(model["name"]),
                folder=Path(model["folder"]),
                saw_data=bool(model["sawData"]),
                holdout=Path(model["holdout"]) if model["holdout"] else None,
            )
            for model in document["models"]
        )
        return RescoringSpec(
            models=models,
            dataset=Path(document["datasetPath"]),
            target=str(document["target"]),
            task=str(document["task"]),
            metric=str(document["metric"]),
            rows=str(document["rows"]),
            max_rows=int(document["maxRows"]),
            resamples=int(document["resamples"]),
            seed=int(document["seed"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RescoringError(f"The specification cannot be read: {error!r}.") from error
