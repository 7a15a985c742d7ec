"""Runs the leakage sentinel at the end of a run and tells its findings as events."""

from __future__ import annotations

from typing import Any

from runtime.training.context import RunContext
from runtime.training.sentinel import CHECKS, Finding, holdout_gap
from runtime.training.sentinel.findings import WARNING
from runtime.training.tasks import SentinelResult, SentinelTask
from runtime.training.worker import Failure

LIMIT_SECONDS = 20.0
SHARE = 0.5
"""Share of the time that is left; the rest is for the importance of columns."""

GRACE_SECONDS = 1.0
"""However late it is, the cheap checks get this long: a model nobody has looked at is not promoted
without a reason."""


def watch_for_leaks(context: RunContext, save_seconds: float, evaluation: dict[str, Any]) -> None:
    """Look for leaks within the budget; every finding is an event of its own.

    Silence must not look like a clean bill: what there was no time for is a finding, and the end of
    the stage `check` is only told if anything was looked at.
    """
    for finding in holdout_gap(evaluation, context.spec.metric):
        _tell(context, finding)
    left = SHARE * (context.budget.remaining - save_seconds)
    seconds = min(LIMIT_SECONDS, max(GRACE_SECONDS, left))
    data, spec = context.data, context.spec
    task = SentinelTask(
        spec.target, tuple(data.classes), context.plan.strategy, 0.8 * seconds, data.times
    )
    so_far: list[SentinelResult] = []
    outcome = context.run_tasks([task], context.budget.now() + seconds, so_far.append)[0]
    if outcome.failure is not None:
        context.events.log("warning", f"Looking for leaks: {outcome.failure.reason}")
    result = outcome.result or (so_far[-1] if so_far else None)
    if result is None or len(result.left_out) == len(CHECKS):
        if outcome.failure is None or outcome.failure.timed_out:
            context.events.log("warning", "No time was left to look for leaks.")
        return
    for finding in result.findings:
        _tell(context, finding)
    if result.left_out:
        _tell(context, _not_examined(result.left_out, outcome.failure))
    context.events.emit(
        "stage", stage="check", status="finished", seconds=round(outcome.seconds, 3)
    )


def _not_examined(kinds: tuple[str, ...], failure: Failure | None) -> Finding:
    names = ", ".join(kind.replace("_", " ") for kind in kinds)
    if failure is None or failure.timed_out:
        sentence = f"There was no time to look for: {names}. Give the run more time for that."
    else:
        sentence = f"Nothing has looked for: {names}. {failure.reason}"
    return Finding("not_examined", WARNING, sentence, {"kinds": list(kinds)})


def _tell(context: RunContext, finding: Finding) -> None:
    context.events.emit("finding", **finding.fields())
