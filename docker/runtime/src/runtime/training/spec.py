"""The run specification: everything that a run was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.training.spaces import Space

TASKS = ("binary", "multiclass", "regression", "clustering")
COLUMN_TYPES = ("number", "integer", "boolean", "category", "text", "datetime")
STRATEGIES = ("random", "stratified", "grouped", "time", "given")
ENGINES = ("builtin", "flaml", "autogluon")
MODES = ("search", "fixed", "study")
SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("none", "median", "hyperband")
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
CLUSTER_FAMILIES = ("kmeans", "gaussian_mixture", "agglomerative", "hdbscan")
DEFAULT_METRICS = {
    "binary": "roc_auc",
    "multiclass": "accuracy",
    "regression": "rmse",
    "clustering": "silhouette",
}
BALANCED = "balanced"


@dataclass(frozen=True)
class ColumnSpec:
    """One column of the table: its name, its logical type and what the run does with it."""

    name: str
    type: str
    role: str


@dataclass(frozen=True)
class CostMatrix:
    """What a row costs by its class (row of `costs`) and the class it is taken for (column)."""

    labels: tuple[str, ...]
    costs: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class FixedRecipe:
    """The one candidate that a run of mode `fixed` judges and fits."""

    family: str
    hyperparameters: Mapping[str, Any]


@dataclass(frozen=True)
class StudySpec:
    """What a run of mode `study` tunes: one family around `base`, in `space`.

    `sampler` chooses the trials, `pruner` gives up those that fall behind fold by fold;
    `max_trials` counts the trials of this run, not those that it goes on from.
    """

    family: str
    base: Mapping[str, Any]
    space: Space
    sampler: str = "tpe"
    pruner: str = "median"
    max_trials: int = 50


@dataclass(frozen=True)
class RunSpec:
    """Everything that a run was asked for. Durations are seconds, memory is MiB.

    `target` is empty for clustering. `class_weights` is a weight by class name, or "balanced", or
    None; `latency_ms` the longest time that the winner may take to predict one row.
    `continue_from` is the folder in which an earlier run left what it knew.
    """

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
    repeats: int = 1
    engine: str = "builtin"
    mode: str = "search"
    recipe: FixedRecipe | None = None
    study: StudySpec | None = None
    class_weights: str | Mapping[str, float] | None = None
    costs: CostMatrix | None = None
    latency_ms: float | None = None
    max_candidates: int | None = None
    continue_from: Path | None = None

    @property
    def features(self) -> tuple[ColumnSpec, ...]:
        """The columns that a model may look at."""
        return tuple(column for column in self.columns if column.role == "feature")

    def column(self, name: str) -> ColumnSpec | None:
        """Return the column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)
