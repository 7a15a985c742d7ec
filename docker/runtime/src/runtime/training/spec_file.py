"""Reads `/control/spec.json`, once, and checks it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.training.errors import TrainingError
from runtime.training.spaces import Choice, Range
from runtime.training.spec import (
    BALANCED,
    CLUSTER_FAMILIES,
    COLUMN_TYPES,
    DEFAULT_METRICS,
    ENGINES,
    FAMILIES,
    MODES,
    PRUNERS,
    SAMPLERS,
    STRATEGIES,
    TASKS,
    ColumnSpec,
    CostMatrix,
    FixedRecipe,
    RunSpec,
    StudySpec,
)

MAX_REPEATS = 10
MAX_DIMENSIONS, MAX_CHOICES, MAX_TRIALS = 20, 50, 2_000


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
        study=_study(raw),
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


def _study(raw: Mapping[str, Any]) -> StudySpec | None:
    if raw.get("mode") != "study":
        return None
    study = raw.get("study")
    if not isinstance(study, dict):
        raise ValueError("mode study needs a study")
    dimensions = study.get("space")
    if not isinstance(dimensions, list) or not 1 <= len(dimensions) <= MAX_DIMENSIONS:
        raise ValueError(f"the space of a study has 1 to {MAX_DIMENSIONS} hyperparameters")
    space = dict(_dimension(dimension) for dimension in dimensions)
    if len(space) < len(dimensions):
        raise ValueError("the space of a study names a hyperparameter twice")
    return StudySpec(
        family=str(study["family"]),
        base=dict(study.get("baseHyperparameters") or {}),
        space=space,
        sampler=_one_of(study.get("sampler") or "tpe", SAMPLERS, "sampler"),
        pruner=_one_of(study.get("pruner") or "median", PRUNERS, "pruner"),
        max_trials=min(MAX_TRIALS, max(1, int(study.get("maxTrials") or 50))),
    )


def _dimension(raw: Mapping[str, Any]) -> tuple[str, Range | Choice]:
    name = str(raw["name"])
    kind = _one_of(raw["kind"], ("float", "int", "categorical"), f"kind of {name}")
    if kind == "categorical":
        choices = tuple(dict.fromkeys(raw["choices"]))
        if not 1 <= len(choices) <= MAX_CHOICES:
            raise ValueError(f"{name} needs 1 to {MAX_CHOICES} choices")
        if not all(isinstance(choice, (str, int, float, bool)) for choice in choices):
            raise ValueError(f"the choices of {name} must be plain values")
        return name, Choice(choices)
    low, high = float(raw["low"]), float(raw["high"])
    log = bool(raw.get("log"))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"the low end of {name} must be below its high end")
    if log and low <= 0:
        raise ValueError(f"{name} cannot be drawn on a logarithmic scale from {low:g}")
    if kind == "int" and not (low.is_integer() and high.is_integer()):
        raise ValueError(f"the ends of {name} must be whole numbers")
    return name, Range(low, high, log=log, integer=kind == "int")


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
