"""One training run from its specification to its model, told as events."""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.budget import Budget
from runtime.training.candidates import Candidate, Judge
from runtime.training.closing import Closing
from runtime.training.context import RunContext
from runtime.training.control import Control
from runtime.training.data import TrainingData, load
from runtime.training.errors import Cancelled, TrainingError
from runtime.training.estimates import Estimates
from runtime.training.events import EventWriter
from runtime.training.families import Family
from runtime.training.fixed import fixed_members, settle_fixed
from runtime.training.given import plan_given
from runtime.training.leaderboard import Leaderboard
from runtime.training.metrics import metric_for
from runtime.training.pool import Pool
from runtime.training.proposals import Proposer, usable_families
from runtime.training.recipes import Problem, Recipe
from runtime.training.refit import Refit
from runtime.training.resampling import RowResampler
from runtime.training.sampling import MAX_TEST_ROWS, search_rows, thin_folds
from runtime.training.search import Search
from runtime.training.spec import BALANCED, RunSpec
from runtime.training.spec_file import read_spec
from runtime.training.stages import Stages
from runtime.training.tasks import Executor, Shared
from runtime.training.validation import Plan, Split, plan_validation

SUCCEEDED, FAILED, CANCELLED = 0, 1, 3
BIG_CELLS = 30_000_000
CACHE_SHARE = 0.15


def run(control_directory: Path, workspace: Path, spent_seconds: float | None = None) -> int:
    """Run the training of `control_directory/spec.json`; return the exit code of the contract.

    `spent_seconds` is how much of the budget is gone already; None means the age of this process.
    """
    events = EventWriter(workspace / "events.jsonl")
    budget = Budget(60.0, spent_seconds)
    stages = Stages(events)
    control: Control | None = None
    outcome: dict[str, Any] = {}
    code = FAILED
    try:
        spec = read_spec(control_directory / "spec.json")
        budget.seconds = spec.budget_seconds
        control = Control(control_directory, events, budget, spec.memory_mb)
        control.start()
        winner, score = _train(spec, workspace, events, budget, control, stages)
        outcome = {
            "outcome": "succeeded",
            "winnerCandidateId": winner.candidate_id,
            "score": winner.mean,
            "holdoutScore": score,
        }
        code = SUCCEEDED
    except Cancelled:
        outcome = {"outcome": "cancelled", "reason": "The run was cancelled."}
        code = CANCELLED
    except TrainingError as error:
        outcome = {"outcome": "failed", "reason": str(error)}
    except MemoryError:
        outcome = {
            "outcome": "failed",
            "reason": "The table does not fit into the memory limit; raise it, or use fewer "
            "columns or rows.",
        }
    except OSError as error:
        events.log("error", traceback.format_exc())
        reason = error.strerror or type(error).__name__
        outcome = {"outcome": "failed", "reason": f"A file could not be read or written: {reason}."}
    except Exception:
        events.log("error", traceback.format_exc())
        outcome = {
            "outcome": "failed",
            "reason": "The trainer met an error that it did not expect; the log has the details.",
        }
    if control is not None:
        control.end()
    if code != SUCCEEDED:
        outcome["stage"] = stages.current
    events.emit("finished", **outcome, elapsedSeconds=round(budget.elapsed, 2))
    events.close()
    return code


def _train(
    spec: RunSpec,
    workspace: Path,
    events: EventWriter,
    budget: Budget,
    control: Control,
    stages: Stages,
) -> tuple[Candidate, float]:
    with stages.stage("load"):
        data = load(spec)
        costs = cost_table(spec, data)
        metric = metric_for(spec.task, spec.metric, costs)
        for warning in data.warnings:
            events.log("warning", warning)
        control.hold()
    with stages.stage("split"):
        plan = _plan(spec, data)
        for note in plan.notes:
            events.log("warning", note)
        control.hold()
    problem = describe_problem(spec, data, plan)
    fold_rows = search_rows(spec.budget_seconds, spec.cpus, len(data.features))
    folds = _search_folds(spec, data, plan, events, fold_rows)
    judge = Judge(
        metric, data.target, folds, data.positive, plan.repeats, spec.task == "binary", costs
    )
    workers, threads = worker_plan(spec, data)
    shared = Shared(
        data.frame,
        data.target,
        folds,
        plan.holdout.train,
        plan.holdout.test,
        problem,
        int(CACHE_SHARE * spec.memory_mb * 1024 * 1024 / workers),
    )
    pool = Pool(Executor(shared).run, workers, threads, spec.memory_mb, events.lock, budget.now)
    tests = [split.test for split in folds]
    board = Leaderboard(
        events,
        judge,
        lambda: budget.elapsed,
        RowResampler(metric, data.target, tests, data.positive, spec.seed),
        spec.latency_ms,
        spec.engine,
    )
    context = RunContext(
        spec=spec,
        data=data,
        plan=plan,
        problem=problem,
        judge=judge,
        board=board,
        pool=pool,
        threads=threads,
        fold_rows=fold_rows,
        budget=budget,
        control=control,
        events=events,
        stages=stages,
        workspace=workspace,
    )
    estimates = Estimates(context)
    refit = Refit(context, estimates)
    refit.start()
    try:
        with stages.stage("search"):
            _search(context, estimates, refit)
        return Closing(context, estimates, refit).run()
    finally:
        pool.close()


def _plan(spec: RunSpec, data: TrainingData) -> Plan:
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


def _search_folds(
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


def _search(context: RunContext, estimates: Estimates, refit: Refit) -> None:
    spec, board = context.spec, context.board
    fixed = [] if spec.recipe is None else fixed_members(spec.recipe, context.problem)
    asked = tuple(recipe.family for recipe, _ in fixed) or spec.families
    usable, missing = usable_families(asked)
    proposer = Proposer(context.problem, usable, spec.seed)
    search = Search(
        context, estimates, refit, proposer, lambda: load_libraries(usable, context.control)
    )
    first = proposer.first_pass()
    if fixed:
        first = [first[0], *(recipe for recipe, _ in fixed)]
    elif spec.max_candidates is not None:
        first = first[: 1 + spec.max_candidates]
    candidates = _announce(context, proposer, first, missing)
    search.plan(candidates)
    search.run()
    if fixed:
        names = [candidate.candidate_id for candidate in candidates[1:]]
        weights = [weight for _, weight in fixed]
        settle_fixed(context, dict(zip(names, weights, strict=True)))
    if board.best is None:
        raise TrainingError(_nothing_worked(board))


def load_libraries(families: list[Family], control: Control) -> dict[str, str]:
    """Import what fitting needs, once, before the workers are forked from this process.

    Returns the families whose library cannot be loaded, with the reason.

    Importing starts no OpenMP threads, and this process never fits or predicts: forking a process
    in which OpenMP has run would make its children hang.
    """
    broken: dict[str, str] = {}
    for family in families:
        for module in family.imports:
            control.checkpoint()
            try:
                importlib.import_module(module)
            except (ImportError, OSError) as error:
                broken[family.name] = f"The library {family.module} cannot be loaded: {error}."
    return broken


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


def _announce(
    context: RunContext,
    proposer: Proposer,
    first: list[Recipe],
    missing: list[tuple[Family, str]],
) -> list[Candidate]:
    """Tell the plan, and the families that are skipped; return the first pass."""
    spec, data, plan, board = context.spec, context.data, context.plan, context.board
    folds = len(plan.folds)
    candidates = [
        board.create(recipe.family, proposer.records[recipe.family].family.label, recipe, folds)
        for recipe in first
    ]
    absent = [
        (board.create(family.name, family.label, None, folds), reason) for family, reason in missing
    ]
    listed = [*candidates, *(candidate for candidate, _ in absent)]
    context.events.emit(
        "plan",
        task=spec.task,
        metric=spec.metric,
        greaterIsBetter=context.judge.metric.greater_is_better,
        folds=folds,
        validation=plan.strategy,
        repeats=plan.repeats,
        engine=spec.engine,
        rows=data.size,
        trainRows=int(plan.holdout.train.size),
        holdoutRows=int(plan.holdout.test.size),
        features=len(data.features),
        excluded=[{"column": name, "reason": reason} for name, reason in data.excluded],
        candidates=[
            {"candidateId": c.candidate_id, "family": c.family, "label": c.label} for c in listed
        ],
    )
    for candidate in candidates:
        board.tell(candidate)
    for candidate, reason in absent:
        board.finish(candidate, "skipped", reason)
    return candidates


def _nothing_worked(board: Leaderboard) -> str:
    reasons = [f"{c.label}: {c.reason}" for c in board.candidates.values() if c.reason]
    return "No candidate could be judged on every fold. " + " ".join(reasons[:3])
