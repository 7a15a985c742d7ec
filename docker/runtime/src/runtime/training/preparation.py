"""From a specification and its data to what the search works on: splits, judge, problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.candidates import Judge
from runtime.training.data import TrainingData
from runtime.training.errors import TrainingError
from runtime.training.events import EventWriter
from runtime.training.given import plan_given
from runtime.training.metrics import metric_for
from runtime.training.recipes import Problem
from runtime.training.resampling import FoldResampler, RowResampler
from runtime.training.sampling import MAX_TEST_ROWS, search_rows, thin_folds
from runtime.training.spec import BALANCED, RunSpec
from runtime.training.validation import Plan, Split, plan_validation

BIG_CELLS = 30_000_000


@dataclass(frozen=True)
class Prepared:
    """What the search works on.

    `fold_rows` is the most rows that a candidate is fitted on during the search.
    """

    data: TrainingData
    plan: Plan
    problem: Problem
    judge: Judge
    resampler: RowResampler | FoldResampler
    fold_rows: int


def prepare_supervised(
    spec: RunSpec,
    data: TrainingData,
    events: EventWriter,
    fold_rows: int | None,
) -> Prepared:
    """Split the rows and describe the problem; `fold_rows` are those of a run that goes on.

    Raises TrainingError when nothing honest can be done.
    """
    costs = cost_table(spec, data)
    metric = metric_for(spec.task, spec.metric, costs)
    plan = plan_folds(spec, data)
    for note in plan.notes:
        events.log("warning", note)
    most = fold_rows or search_rows(spec.budget_seconds, spec.cpus, len(data.features))
    folds = search_folds(spec, data, plan, events, most)
    is_binary = spec.task == "binary"
    judge = Judge(metric, data.target, folds, data.positive, plan.repeats, is_binary, costs)
    tests = [split.test for split in folds]
    resampler = RowResampler(metric, data.target, tests, data.positive, spec.seed)
    return Prepared(data, plan, describe_problem(spec, data, plan), judge, resampler, most)


def plan_folds(spec: RunSpec, data: TrainingData) -> Plan:
    """Split the rows as the specification asks."""
    if spec.strategy == "given":
        return plan_given(
            data.given, spec.folds, spec.holdout_fraction, data.target, spec.task, spec.seed
        )
    return plan_validation(
        spec.strategy,
        spec.folds,
        spec.holdout_fraction,
        data.target,
        spec.task,
        spec.seed,
        data.groups,
        data.times,
        spec.repeats,
    )


def cost_table(spec: RunSpec, data: TrainingData) -> Floats | None:
    """Return what a row costs by actual and predicted class code, or None.

    Raises TrainingError when the classes of the cost matrix are not those of the target.
    """
    if spec.costs is None:
        return None
    if sorted(spec.costs.labels) != sorted(data.classes):
        raise TrainingError(
            f"The cost matrix has the classes {', '.join(spec.costs.labels)}; the target "
            f"{spec.target!r} has {', '.join(data.classes[:20])}."
        )
    order = [spec.costs.labels.index(label) for label in data.classes]
    return np.array(spec.costs.costs, dtype=np.float64)[np.ix_(order, order)]


def class_weights(spec: RunSpec, data: TrainingData) -> tuple[float, ...] | None:
    """Return the weight of a row by its class code, or None where none are given by class.

    Raises TrainingError when a class is named that the target does not have.
    """
    if spec.class_weights is None or isinstance(spec.class_weights, str):
        return None
    for label in spec.class_weights:
        if label not in data.classes:
            raise TrainingError(
                f"A class weight is given for {label!r}, which the target {spec.target!r} does "
                f"not have; it has {', '.join(data.classes[:20])}."
            )
    return tuple(spec.class_weights.get(label, 1.0) for label in data.classes)


def search_folds(
    spec: RunSpec, data: TrainingData, plan: Plan, events: EventWriter, most: int
) -> tuple[Split, ...]:
    """Thin the folds of a table that is too long for its budget, and say so."""
    codes = np.asarray(data.target, dtype=np.int64) if data.classes else None
    folds = thin_folds(plan.folds, codes, most, MAX_TEST_ROWS, spec.seed)
    before, after = plan.folds[0].train.size, folds[0].train.size
    if after < before:
        events.log(
            "warning",
            f"The search compares candidates on {after:,} of {before:,} rows a fold, because the "
            "table is long for this budget; the winner is fitted on as many rows as the budget "
            "allows.",
        )
    return folds


def describe_problem(spec: RunSpec, data: TrainingData, plan: Plan) -> Problem:
    """Return what every candidate must know, learned from the training rows only."""
    can_log = skewed = False
    if spec.task == "regression":
        seen = np.asarray(data.target[plan.holdout.train], dtype=np.float64)
        can_log = bool(seen.min() >= 0 and _skewness(seen) > 0.8)
        skewed = can_log and _skewness(np.log1p(seen)) ** 2 < _skewness(seen) ** 2 / 4
    return Problem(
        columns=tuple((column.name, column.type) for column in data.features),
        classes=len(data.classes),
        absolute=spec.metric in ("mae", "median_absolute_error"),
        can_log=can_log,
        skewed=skewed,
        seed=spec.seed,
        rows=int(plan.holdout.train.size),
        balanced=spec.class_weights == BALANCED,
        class_weights=class_weights(spec, data),
    )


def _skewness(values: Any) -> float:
    spread = float(values.std())
    return float(np.mean(((values - values.mean()) / spread) ** 3)) if spread > 0 else 0.0


def worker_plan(spec: RunSpec, data: TrainingData) -> tuple[int, int]:
    """Return workers and threads of each: one fit a core, except for tables that fill the memory.

    Two fits with one thread each give more than one with two threads; but each worker holds
    encoded rows of its own.
    """
    cells = data.size * max(1, len(data.features))
    if spec.cpus == 1 or cells > BIG_CELLS or cells * 60 > spec.memory_mb * 1024 * 1024:
        return 1, spec.cpus
    return spec.cpus, 1
