"""The run specification (`/control/spec.json`), parsed once and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.training.errors import TrainingError

TASKS = ("binary", "multiclass", "regression")
COLUMN_TYPES = ("number", "integer", "boolean", "category", "text", "datetime")
STRATEGIES = ("random", "stratified", "grouped", "time")
FAMILIES = (
    "baseline",
    "linear",
    "random_forest",
    "extra_trees",
    "hist_gradient_boosting",
    "lightgbm",
    "xgboost",
    "catboost",
)
DEFAULT_METRICS = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "rmse"}


@dataclass(frozen=True)
class ColumnSpec:
    """One column of the table: its name, its logical type and what the run does with it."""

    name: str
    type: str
    role: str


@dataclass(frozen=True)
class RunSpec:
    """Everything that a run was asked for. Durations are seconds, memory is MiB."""

    run_id: str
    dataset_path: Path
    data_sha256: str
    target: str
    task: str
    metric: str
    budget_seconds: float
    seed: int
    strategy: str
    folds: int
    split_column: str | None
    holdout_fraction: float
    columns: tuple[ColumnSpec, ...]
    excluded: tuple[tuple[str, str], ...]
    families: tuple[str, ...]
    memory_mb: int
    cpus: int

    @property
    def features(self) -> tuple[ColumnSpec, ...]:
        """The columns that a model may look at."""
        return tuple(column for column in self.columns if column.role == "feature")

    def column(self, name: str) -> ColumnSpec | None:
        """Return the column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)


def read_spec(path: Path) -> RunSpec:
    """Read and check the specification.

    Raises TrainingError with a sentence when the file is missing or says something impossible.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"The run specification cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise TrainingError(f"The run specification is not valid JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise TrainingError("The run specification must be a JSON object.")
    try:
        return _parse(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"The run specification is incomplete or wrong: {error!r}.") from error


def _parse(raw: Mapping[str, Any]) -> RunSpec:
    task = _one_of(raw["task"], TASKS, "task")
    validation = raw.get("validation") or {}
    limits = raw.get("limits") or {}
    default_strategy = "random" if task == "regression" else "stratified"
    columns = tuple(
        ColumnSpec(
            str(column["name"]),
            _one_of(column["type"], COLUMN_TYPES, "column type"),
            str(column["role"]),
        )
        for column in raw["columns"]
    )
    return RunSpec(
        run_id=str(raw.get("runId", "")),
        dataset_path=Path(str(raw["datasetPath"])),
        data_sha256=str(raw.get("dataSha256") or ""),
        target=str(raw["target"]),
        task=task,
        metric=str(raw.get("metric") or DEFAULT_METRICS[task]),
        budget_seconds=max(1.0, float(raw["budgetSeconds"])),
        seed=int(raw.get("seed", 42)),
        strategy=_one_of(validation.get("strategy") or default_strategy, STRATEGIES, "strategy"),
        folds=min(20, max(2, int(validation.get("folds") or 5))),
        split_column=validation.get("column") or _time_column(columns),
        holdout_fraction=min(0.5, max(0.05, float(raw.get("holdoutFraction") or 0.2))),
        columns=columns,
        excluded=tuple(
            (str(item["name"]), str(item["reason"])) for item in raw.get("excludedColumns") or ()
        ),
        families=tuple(str(name) for name in raw.get("families") or FAMILIES),
        memory_mb=max(256, int(limits.get("memoryMb") or 4096)),
        cpus=max(1, int(limits.get("cpus") or 1)),
    )


def _time_column(columns: tuple[ColumnSpec, ...]) -> str | None:
    return next((column.name for column in columns if column.role == "time"), None)


def _one_of(value: object, allowed: tuple[str, ...], what: str) -> str:
    if value not in allowed:
        raise ValueError(f"{what} {value!r} is not one of {', '.join(allowed)}")
    return str(value)
