"""Asks the engine of a run what to judge."""

from __future__ import annotations

from typing import Any

from runtime.training.context import RunContext
from runtime.training.engines import autogluon, flaml
from runtime.training.recipes import Recipe
from runtime.training.tasks import EngineTask

SEARCH_SHARE, GRACE_SHARE = 0.5, 0.62
"""Of the time left to search: what FLAML is given, and when its search is ended for it."""

FOLD_SHARE = 0.8
MOST_ROWS = 200_000


def ask_engine(context: RunContext, seconds_left: float) -> list[Recipe]:
    """Return the recipes that the run's engine proposes; FLAML searches for them first.

    Raises Cancelled.
    """
    if context.spec.engine == "autogluon":
        return [Recipe.of("autogluon", values) for values in _autogluon(context, seconds_left)]
    return [Recipe.of("flaml", values) for values in _flaml(context, seconds_left)]


def _autogluon(context: RunContext, seconds_left: float) -> list[dict[str, Any]]:
    """Share the time among the fits of all folds and the last one."""
    fits = len(context.judge.folds) / context.pool.size + 1
    candidates = len(autogluon.recipes(1.0))
    return autogluon.recipes(FOLD_SHARE * seconds_left / fits / candidates)


def _flaml(context: RunContext, seconds_left: float) -> list[dict[str, Any]]:
    log = context.workspace / "refit" / "flaml.log"
    task = EngineTask(
        context.spec.metric,
        SEARCH_SHARE * seconds_left,
        MOST_ROWS,
        context.spec.cpus,
        log,
    )
    context.pool.submit(task, context.budget.now() + GRACE_SHARE * seconds_left)
    while any(running is task for running in context.pool.running):
        context.control.checkpoint()
        if context.control.stop_requested:
            context.pool.cancel(lambda running: running is task)
        for outcome in context.pool.wait():
            failure = outcome.failure
            if failure is not None and not failure.timed_out:
                text = f"FLAML: {failure.reason} {failure.details}"
                context.events.log("warning", text.strip())
    found = flaml.found(log)
    context.events.log("info", f"FLAML proposes {len(found)} configurations.")
    return found
