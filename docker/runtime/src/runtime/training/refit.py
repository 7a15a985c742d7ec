"""Fits the winner on all training rows, and saves it; or the next best that can be fitted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from runtime.training.candidates import Candidate
from runtime.training.context import RunContext
from runtime.training.errors import TrainingError
from runtime.training.estimates import Estimates
from runtime.training.tasks import FinishResult, FinishTask, RefitTask
from runtime.training.timing import Timing
from runtime.training.worker import Failure

LAST_CHANCE_SECONDS = 0.5
"""However late it is, a fit gets this long: the baseline and the cheap ones make it."""


@dataclass(frozen=True)
class Fitted:
    """The saved model of the winner, and where that of the baseline is, if there is one."""

    winner: Candidate
    result: FinishResult
    path: Path
    baseline: Path | None


LAST_RESORT_SECONDS = 8.0
"""And the baseline this long: a run that is a little late is better than one without a model."""


class Refit:
    """Refits candidates of a searched run."""

    def __init__(self, context: RunContext, estimates: Estimates) -> None:
        self._context = context
        self._estimates = estimates
        self._row_counts: dict[str, int] = {}

    def start(self) -> None:
        """Make room for fitted pipelines; what an earlier run left is removed."""
        work = self._context.workspace / "refit"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)

    def task(self, candidate: Candidate) -> RefitTask:
        """Return the work of fitting a candidate on all training rows.

        It has as many threads as a fold has: only then does the time of the folds tell its own.
        """
        return RefitTask(
            candidate.candidate_id,
            candidate.final_recipe(),
            self._rows(candidate),
            self._context.threads,
            self._path(candidate),
        )

    def best(self, path: Path) -> Fitted:
        """Save the best candidate that can be fitted to `path`.

        Raises TrainingError when none can be fitted.
        """
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(parents=True)
        (self._context.workspace / "refit").mkdir(exist_ok=True)
        board = self._context.board
        simple = next((c for c in board.succeeded() if c.is_baseline), None)
        reference = self._baseline(simple) if simple is not None else None
        tried: set[str] = set()
        while True:
            left = [c for c in board.succeeded() if c.candidate_id not in tried]
            if not left or (tried and board.preferred is not None):
                break
            candidate = left[0]
            tried.add(candidate.candidate_id)
            result = self._refit(candidate, path) if self._can_try(candidate) else None
            if result is None:
                self._tell_failed(candidate)
            elif not self._is_overtaken(candidate, result, left[1:]):
                self._tell_rows(candidate)
                self._tell_speed(candidate, result.timing)
                return Fitted(candidate, result, path, reference)
        raise TrainingError(
            "No candidate could be fitted on all training rows; give the run more time or memory."
        )

    def _tell_failed(self, candidate: Candidate) -> None:
        is_only = self._context.board.preferred is not None
        rest = "." if is_only else "; the next best takes its place."
        self._context.events.log(
            "warning",
            f"{candidate.label} could not be fitted on all training rows in the time and memory "
            f"left{rest}",
        )

    def _baseline(self, candidate: Candidate) -> Path | None:
        path = self._context.workspace / "refit" / "baseline.joblib"
        return path if self._refit(candidate, path) is not None else None

    def end(self) -> None:
        """Remove what was fitted on the way."""
        shutil.rmtree(self._context.workspace / "refit", ignore_errors=True)

    def _is_overtaken(
        self, candidate: Candidate, result: FinishResult, others: list[Candidate]
    ) -> bool:
        """Whether the fitted model predicts too slowly and another would do."""
        was_in_time = not candidate.too_slow
        self._context.board.judge_speed(candidate, result.timing.median)
        candidate.size_bytes = result.size_bytes
        return (
            was_in_time
            and candidate.too_slow
            and any(not c.too_slow and not c.is_baseline and self._can_try(c) for c in others)
        )

    def _tell_speed(self, candidate: Candidate, timing: Timing) -> None:
        limit = self._context.spec.latency_ms
        self._context.events.log(
            "info",
            f"{candidate.label} predicts a row in {timing.median:.3g} ms, the median of "
            f"{timing.repeats} repeats; the middle half took {timing.low:.3g} to "
            f"{timing.high:.3g} ms.",
        )
        if candidate.too_slow and limit is not None:
            self._context.events.log(
                "warning",
                f"No candidate predicts a row within {limit:g} ms; {candidate.label} is the "
                f"fastest with {candidate.predict_ms:.3g} ms.",
            )

    def _can_try(self, candidate: Candidate) -> bool:
        """Whether what is still to be fitted is likely to end before the deadline."""
        missing = [member for member, _ in self._members(candidate) if not self._is_done(member)]
        left = max(self._deadline() - self._context.budget.now(), _grace(candidate))
        return sum(map(self._estimates.refit, missing)) / self._context.pool.size <= left

    def _members(self, candidate: Candidate) -> list[tuple[Candidate, float]]:
        weights = candidate.members or [(candidate.candidate_id, 1.0)]
        return [(self._context.board.candidates[name], weight) for name, weight in weights]

    def _rows(self, candidate: Candidate) -> int:
        """Return the rows of the refit, decided once: an estimate may have grown since."""
        identity = candidate.candidate_id
        return self._row_counts.setdefault(identity, self._estimates.refit_rows(candidate))

    def _is_done(self, candidate: Candidate) -> bool:
        return self._path(candidate).exists()

    def _path(self, candidate: Candidate) -> Path:
        return self._context.workspace / "refit" / f"{candidate.candidate_id}.pickle"

    def _deadline(self) -> float:
        keep = self._estimates.save() + self._estimates.evaluate()
        return self._context.budget.deadline(keep)

    def _refit(self, candidate: Candidate, path: Path) -> FinishResult | None:
        context = self._context
        members = self._members(candidate)
        deadline = max(self._deadline(), context.budget.now() + _grace(candidate))
        tasks = [self.task(member) for member, _ in members if not self._is_done(member)]
        if not self._all_done(tasks, deadline):
            return None
        finish = FinishTask(
            members=tuple((w, c.final_recipe(), self._rows(c), self._path(c)) for c, w in members),
            labels=tuple(context.data.classes),
            path=path,
            threshold=candidate.threshold,
            positive=context.data.positive,
            costs=context.judge.metric.decision_costs,
        )
        outcome = context.run_tasks([finish], deadline + self._estimates.evaluate())[0]
        if outcome.failure is not None:
            self._tell_failure(candidate, outcome.failure)
            return None
        result: FinishResult = outcome.result
        return result

    def _tell_rows(self, candidate: Candidate) -> None:
        rows = min(self._rows(member) for member, _ in self._members(candidate))
        total = self._context.plan.holdout.train.size
        if rows < total:
            self._context.events.log(
                "warning",
                f"{candidate.label} is fitted on {rows:,} of {total:,} training rows, to end "
                "within the budget; a longer run uses more.",
            )

    def _all_done(self, tasks: list[RefitTask], deadline: float) -> bool:
        fine = True
        for outcome in self._context.run_tasks(list(tasks), deadline):
            if outcome.failure is not None:
                fine = False
                outcome.task.path.unlink(missing_ok=True)
                candidate = self._context.board.candidates[outcome.task.candidate_id]
                self._tell_failure(candidate, outcome.failure)
        return fine

    def _tell_failure(self, candidate: Candidate, failure: Failure) -> None:
        text = f"{candidate.label}, fit on all rows: {failure.reason} {failure.details}"
        self._context.events.log("warning", text.strip())


def _grace(candidate: Candidate) -> float:
    return LAST_RESORT_SECONDS if candidate.is_baseline else LAST_CHANCE_SECONDS
