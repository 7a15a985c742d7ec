"""One training run from its specification to its model, told as events."""

from __future__ import annotations

import importlib
import traceback
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from runtime.training.budget import Budget
from runtime.training.candidates import Candidate
from runtime.training.closing import Closing
from runtime.training.clustering import prepare_clustering, said_of_samples
from runtime.training.context import RunContext
from runtime.training.control import Control
from runtime.training.data import load
from runtime.training.engines import require_engine
from runtime.training.engines.asking import ask_engine
from runtime.training.errors import Cancelled, TrainingError
from runtime.training.estimates import Estimates
from runtime.training.events import EventWriter
from runtime.training.families import Family
from runtime.training.fixed import fixed_members, settle_fixed
from runtime.training.leaderboard import Leaderboard
from runtime.training.pool import Pool
from runtime.training.preparation import Prepared, prepare_supervised, worker_plan
from runtime.training.proposals import Proposer, usable_families
from runtime.training.recipes import Recipe
from runtime.training.refit import Refit
from runtime.training.resume import read_state, restore
from runtime.training.search import Search
from runtime.training.spec import RunSpec, StudySpec
from runtime.training.spec_file import read_spec
from runtime.training.stages import Stages
from runtime.training.study import Study, studied_family
from runtime.training.study_state import StudyState, read_study
from runtime.training.tasks import Executor, Shared

SUCCEEDED, FAILED, CANCELLED = 0, 1, 3
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
        result = _train(spec, workspace, events, budget, control, stages)
        outcome = {"outcome": "succeeded", **result}
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
        # Where the disk is full the log cannot be written either; the reason says what matters.
        with suppress(OSError):
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
) -> dict[str, Any]:
    with stages.stage("load"):
        require_engine(spec.engine, spec.task)
        state = None if spec.study else read_state(spec)
        tuned = read_study(spec)
        data = load(spec)
        for warning in data.warnings:
            events.log("warning", warning)
        control.hold()
    with stages.stage("split"):
        earlier = state or tuned
        fold_rows = None if earlier is None else earlier.fold_rows
        if spec.task == "clustering":
            prepared = prepare_clustering(spec, data, fold_rows)
        else:
            prepared = prepare_supervised(spec, data, events, fold_rows)
        control.hold()
    workers, threads = worker_plan(spec, data)
    cache_bytes = int(CACHE_SHARE * spec.memory_mb * 1024 * 1024 / workers)
    executor = Executor(_shared(prepared, cache_bytes))
    pool = Pool(executor.run, workers, threads, spec.memory_mb, events.lock, budget.now)
    board = Leaderboard(
        events,
        prepared.judge,
        lambda: budget.elapsed,
        prepared.resampler,
        spec.latency_ms,
        spec.engine,
    )
    context = RunContext(
        spec=spec,
        data=prepared.data,
        plan=prepared.plan,
        problem=prepared.problem,
        judge=prepared.judge,
        board=board,
        pool=pool,
        threads=threads,
        fold_rows=prepared.fold_rows,
        budget=budget,
        control=control,
        events=events,
        stages=stages,
        workspace=workspace,
    )
    if spec.study is not None:
        return _tune(context, spec.study, tuned)
    estimates = Estimates(context)
    refit = Refit(context, estimates)
    refit.start()
    try:
        with stages.stage("search"):
            _search(context, estimates, refit, [] if state is None else restore(context, state))
        winner, score = Closing(context, estimates, refit).run()
        return {
            "winnerCandidateId": winner.candidate_id,
            "score": winner.mean,
            "holdoutScore": score,
        }
    finally:
        pool.close()


def _tune(context: RunContext, spec: StudySpec, earlier: StudyState | None) -> dict[str, Any]:
    """Run a study; it makes no model, so there is no winner and the hold-out stays closed."""
    try:
        with context.stages.stage("search"):
            family = studied_family(spec)
            broken = load_libraries([family], context.control)
            if broken:
                raise TrainingError(broken[family.name])
            context.pool.renew()
            return {"score": Study(context, spec, earlier).run()}
    finally:
        context.pool.close()


def _shared(prepared: Prepared, cache_bytes: int) -> Shared:
    data, holdout = prepared.data, prepared.plan.holdout
    return Shared(
        data.frame,
        data.target,
        prepared.judge.folds,
        holdout.train,
        holdout.test,
        prepared.problem,
        cache_bytes,
    )


def _search(
    context: RunContext, estimates: Estimates, refit: Refit, known: list[Candidate]
) -> None:
    spec, board = context.spec, context.board
    fixed = [] if spec.recipe is None else fixed_members(spec.recipe, context.problem)
    asked = tuple(recipe.family for recipe, _ in fixed) or spec.families
    asks = spec.engine != "builtin" and not fixed
    usable, missing = usable_families((spec.engine,) if asks else asked)
    proposer = Proposer(context.problem, usable, spec.seed)
    search = Search(
        context,
        estimates,
        refit,
        proposer,
        lambda: load_libraries(usable, context.control),
        partial(ask_engine, context) if asks else None,
    )
    for candidate in known:
        proposer.know(candidate.own_recipe)
        board.adopt(candidate)
    first = proposer.first_pass(spec.max_candidates)
    references = [recipe for recipe in first if recipe.family == "baseline"]
    if asks:
        first = references
    elif fixed:
        first = [*references, *(recipe for recipe, _ in fixed)]
    elif spec.max_candidates is not None:
        first = first[: len(references) + spec.max_candidates]
    candidates = _announce(context, proposer, first, missing, known)
    search.adopt(known)
    search.plan(candidates)
    search.run()
    if fixed:
        names = [candidate.candidate_id for candidate in candidates[len(references) :]]
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


def _announce(
    context: RunContext,
    proposer: Proposer,
    first: list[Recipe],
    missing: list[tuple[Family, str]],
    known: list[Candidate],
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
    listed = [*known, *candidates, *(candidate for candidate, _ in absent)]
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
    if context.problem.clusters:
        context.events.log("info", said_of_samples(plan))
    for candidate in candidates:
        board.tell(candidate)
    for candidate, reason in absent:
        board.finish(candidate, "skipped", reason)
    return candidates


def _nothing_worked(board: Leaderboard) -> str:
    reasons = [f"{c.label}: {c.reason}" for c in board.candidates.values() if c.reason]
    return "No candidate could be judged on every fold. " + " ".join(reasons[:3])
