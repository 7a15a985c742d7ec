"""Runs the leakage sentinel at the end of a run and tells its findings as events."""

from __future__ import annotations

from typing import Any

from runtime.training.context import RunContext
from runtime.training.sentinel import Finding, holdout_gap
from runtime.training.tasks import SentinelResult, SentinelTask

LIMIT_SECONDS = 20.0
SHARE = 0.5
"""Share of the time that is left; the rest is for the importance of columns."""

MIN_SECONDS = 0.1


def watch_for_leaks(context: RunContext, save_seconds: float, evaluation: dict[str, Any]) -> None:
    """Look for leaks within the budget; every finding is an event of its own.

    What there was no time for is logged by name: silence must not look like a clean bill.
    """
    for finding in holdout_gap(evaluation, context.spec.metric):
        _tell(context, finding)
    seconds = min(LIMIT_SECONDS, SHARE * (context.budget.remaining - save_seconds))
    if seconds < MIN_SECONDS:
        context.events.log("warning", "No time was left to look for leaks.")
        return
    data, spec = context.data, context.spec
    task = SentinelTask(
        spec.target, tuple(data.classes), context.plan.strategy, 0.8 * seconds, data.times
    )
    outcome = context.run_tasks([task], context.budget.now() + seconds)[0]
    if outcome.failure is not None:
        context.events.log("warning", f"Looking for leaks: {outcome.failure.reason}")
        return
    result: SentinelResult = outcome.result
    for finding in result.findings:
        _tell(context, finding)
    if result.left_out:
        names = ", ".join(kind.replace("_", " ") for kind in result.left_out)
        context.events.log("warning", f"No time was left to look for: {names}.")


def _tell(context: RunContext, finding: Finding) -> None:
    context.events.emit("finding", **finding.fields())
