"""Reads `/control/spec.json`, once, and checks it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.training.errors import TrainingError
from runtime.training.spec import (
    BALANCED,
    CLUSTER_FAMILIES,
    COLUMN_TYPES,
    DEFAULT_METRICS,
    ENGINES,
    FAMILIES,
    MODES,
    STRATEGIES,
    TASKS,
    ColumnSpec,
    CostMatrix,
    FixedRecipe,
    RunSpec,
)

MAX_REPEATS = 10


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
    return parse_spec(raw)


def parse_spec(raw: Any) -> RunSpec:
    """Check a specification that was read already.

    Raises TrainingError with a sentence when it says something impossible.
    """
    if not isinstance(raw, dict):
        raise TrainingError("The run specification must be a JSON object.")
    try:
        return _parse(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrainingError(f"The run specification is incomplete or wrong: {error!r}.") from error


def _parse(raw: Mapping[str, Any]) -> RunSpec:
    task = _one_of(raw["task"], TASKS, "task")
    validation = raw.get("validation") or {}
    limits = raw.get("limits") or {}
    default_strategy = "stratified" if task in ("binary", "multiclass") else "random"
    columns = tuple(
        ColumnSpec(
            str(column["name"]),
            _one_of(column["type"], COLUMN_TYPES, "column type"),
            str(column["role"]),
        )
        for column in raw["columns"]
    )
    strategy = _one_of(validation.get("strategy") or default_strategy, STRATEGIES, "strategy")
    column = validation.get("column")
    return RunSpec(
        run_id=str(raw.get("runId", "")),
        dataset_path=Path(str(raw["datasetPath"])),
        data_sha256=str(raw.get("dataSha256") or ""),
        target="" if task == "clustering" else _name(raw["target"], "target"),
        task=task,
        metric=str(raw.get("metric") or DEFAULT_METRICS[task]),
        budget_seconds=max(1.0, float(raw["budgetSeconds"])),
        seed=int(raw.get("seed", 42)),
        strategy=strategy,
        folds=min(20, max(2, int(validation.get("folds") or 5))),
        split_column=column or (_time_column(columns) if strategy == "time" else None),
        holdout_fraction=min(0.5, max(0.05, float(raw.get("holdoutFraction") or 0.2))),
        columns=columns,
        excluded=tuple(
            (str(item["name"]), str(item["reason"])) for item in raw.get("excludedColumns") or ()
        ),
        families=_families(raw.get("families"), task),
        memory_mb=max(256, int(limits.get("memoryMb") or 4096)),
        cpus=max(1, int(limits.get("cpus") or 1)),
        repeats=min(MAX_REPEATS, max(1, int(validation.get("repeats") or 1))),
        engine=_one_of(raw.get("engine") or "builtin", ENGINES, "engine"),
        mode=_one_of(raw.get("mode") or "search", MODES, "mode"),
        recipe=_recipe(raw),
        class_weights=_class_weights(raw.get("classWeights"), task),
        costs=_costs(raw.get("costMatrix"), task),
        latency_ms=_positive(raw.get("latencyBudgetMs"), "latencyBudgetMs"),
        max_candidates=_at_least_one(limits.get("maxCandidates"), "maxCandidates"),
        continue_from=Path(str(raw["continueFrom"])) if raw.get("continueFrom") else None,
    )


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{what} must be the name of a column")
    return value


def _families(value: Any, task: str) -> tuple[str, ...]:
    # The families of another kind of task are no choice here; without any other, all are tried.
    is_clustering = task == "clustering"
    own: tuple[str, ...] = CLUSTER_FAMILIES if is_clustering else FAMILIES
    other: tuple[str, ...] = FAMILIES if is_clustering else CLUSTER_FAMILIES
    return tuple(str(name) for name in value or own if name not in other) or own


def _recipe(raw: Mapping[str, Any]) -> FixedRecipe | None:
    if raw.get("mode") != "fixed":
        return None
    recipe = raw.get("recipe")
    if not isinstance(recipe, dict):
        raise ValueError("mode fixed needs a recipe")
    values = recipe.get("hyperparameters") or {}
    if not isinstance(values, dict):
        raise ValueError("the hyperparameters of a recipe must be an object")
    return FixedRecipe(str(recipe["family"]), values)


def _class_weights(value: Any, task: str) -> str | Mapping[str, float] | None:
    if value is None or task not in ("binary", "multiclass"):
        return None
    if value == BALANCED:
        return BALANCED
    if not isinstance(value, dict):
        raise ValueError('classWeights must be "balanced" or a weight by class')
    weights = {str(label): float(weight) for label, weight in value.items()}
    if not all(math.isfinite(weight) and weight > 0 for weight in weights.values()):
        raise ValueError("class weights must be positive numbers")
    return weights


def _costs(value: Any, task: str) -> CostMatrix | None:
    if value is None or task not in ("binary", "multiclass"):
        return None
    labels = tuple(str(label) for label in value["labels"])
    costs = tuple(tuple(float(cost) for cost in row) for row in value["costs"])
    if len(costs) != len(labels) or any(len(row) != len(labels) for row in costs):
        raise ValueError("costMatrix must have a row and a column for every label")
    if len(set(labels)) != len(labels):
        raise ValueError("costMatrix names a label twice")
    if not all(math.isfinite(cost) for row in costs for cost in row):
        raise ValueError("the costs of costMatrix must be numbers")
    return CostMatrix(labels, costs)


def _positive(value: Any, what: str) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{what} must be a positive number")
    return number


def _at_least_one(value: Any, what: str) -> int | None:
    if value is None:
        return None
    if int(value) < 1:
        raise ValueError(f"{what} must be at least 1")
    return int(value)


def _time_column(columns: tuple[ColumnSpec, ...]) -> str | None:
    return next((column.name for column in columns if column.role == "time"), None)


def _one_of(value: object, allowed: tuple[str, ...], what: str) -> str:
    if value not in allowed:
        raise ValueError(f"{what} {value!r} is not one of {', '.join(allowed)}")
    return str(value)
