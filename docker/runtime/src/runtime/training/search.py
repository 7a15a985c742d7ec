"""The search: first every family's default, then the promising ones, within the budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from runtime.training.budget import Budget
from runtime.training.candidates import Candidate, Judge, Leaderboard, memory_needed_mb
from runtime.training.control import Control
from runtime.training.events import EventWriter
from runtime.training.pool import Outcome, Pool
from runtime.training.proposals import Proposer
from runtime.training.recipes import Problem, Recipe
from runtime.training.tasks import FoldResult, FoldTask

STOP_GRACE_SECONDS = 2.0
MAX_CANDIDATES = 200
MAX_CANDIDATES_SMALL = 80
SMALL_TABLE = 1000
FIRST_PASS_SHARE = 0.5
BASELINE_SECONDS = 30.0
CHEAP_FOLD_SECONDS = 1.5
"""Folds as quick as this are left to end when they are no longer wanted: a killed worker loses the
encoded rows that it keeps for others."""


@dataclass
class _Running:
    candidate: Candidate
    next_fold: int = 0
    seconds: float = 0.0
    deadline: float = 0.0
    is_first_pass: bool = False


class Search:
    """Keeps the workers busy until the budget's search share is spent, or a stop is asked for.

    `reserve` gives the seconds that the closing stages (ensemble, refit, evaluation) need with
    what is known so far. `prepare` loads the libraries; it is called when the baseline, which
    needs none of them, is done, and the workers are forked again with everything loaded.
    """

    def __init__(
        self,
        pool: Pool,
        board: Leaderboard,
        judge: Judge,
        problem: Problem,
        proposer: Proposer,
        budget: Budget,
        control: Control,
        events: EventWriter,
        memory_mb: int,
        threads: int,
        reserve: Callable[[], float],
        prepare: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._board = board
        self._judge = judge
        self._problem = problem
        self._proposer = proposer
        self._budget = budget
        self._control = control
        self._events = events
        self._memory_mb = memory_mb
        self._threads = threads
        self._reserve = reserve
        self._prepare = prepare
        self._queue: list[_Running] = []
        self._active: list[_Running] = []
        self._proposed = 0

    def plan(self, candidates: list[Candidate]) -> None:
        """Queue the first pass."""
        self._queue = [_Running(candidate, is_first_pass=True) for candidate in candidates]

    def run(self) -> None:
        """Search until nothing more fits; candidates left over say why."""
        self._run_baseline()
        self._prepare()
        self._pool.renew()
        while True:
            self._control.checkpoint()
            if self._control.stop_requested:
                self._drain("You stopped the run and kept the best.")
                return
            if self._seconds_left() <= 0:
                self._end("The time budget was used up.")
                return
            self._feed()
            if not self._active:
                self._pool.cancel(lambda _task: True)
                return
            for outcome in self._pool.wait():
                self._take(outcome)

    def _run_baseline(self) -> None:
        """Judge the baseline whatever the budget: from here on the run has something to keep."""
        first = self._queue.pop(0)
        first.deadline = time.monotonic() + BASELINE_SECONDS
        self._active.append(first)
        while self._active:
            self._control.checkpoint()
            while self._pool.idle and first.next_fold < first.candidate.folds:
                self._start_fold(first)
            for outcome in self._pool.wait():
                self._take(outcome)

    def _seconds_left(self) -> float:
        return self._budget.remaining - self._reserve()

    def _feed(self) -> None:
        while self._pool.idle:
            running = self._next_with_work()
            if running is None:
                return
            self._start_fold(running)

    def _next_with_work(self) -> _Running | None:
        for running in self._active:
            if running.next_fold < running.candidate.folds:
                return running
        fresh = self._queue.pop(0) if self._queue else self._propose()
        while fresh is not None and not self._fits_memory(fresh.candidate):
            fresh = self._queue.pop(0) if self._queue else self._propose()
        if fresh is not None:
            fresh.deadline = self._allowed_until(fresh)
            self._active.append(fresh)
        return fresh

    def _allowed_until(self, running: _Running) -> float:
        """Return the instant at which a candidate is given up: a fair share of what is left."""
        left = self._seconds_left()
        if running.is_first_pass:
            waiting = 1 + len(self._queue)
            left = min(left, max(left * FIRST_PASS_SHARE, 2.0 * left / waiting))
        return time.monotonic() + left

    def _propose(self) -> _Running | None:
        small = self._problem.rows < SMALL_TABLE
        best = self._board.best
        if best is None or self._proposed >= (MAX_CANDIDATES_SMALL if small else MAX_CANDIDATES):
            return None
        if self._is_perfect(best):
            return None
        # Folds run side by side: a candidate takes its work divided by the workers.
        room = self._seconds_left() * self._pool.size * 0.9
        recipe = self._proposer.next(room, best.std)
        if recipe is None:
            return None
        self._proposed += 1
        family = self._proposer.records[recipe.family].family
        candidate = self._board.create(recipe.family, family.label, recipe, best.folds)
        return _Running(candidate)

    def _is_perfect(self, best: Candidate) -> bool:
        perfect = {"roc_auc": 1.0, "average_precision": 1.0, "accuracy": 1.0, "rmse": 0.0}
        return perfect.get(self._judge.metric.name) == best.mean

    def _fits_memory(self, candidate: Candidate) -> bool:
        recipe = _recipe(candidate)
        needed = memory_needed_mb(recipe, self._problem, self._problem.rows)
        if needed <= self._memory_mb:
            return True
        self._board.finish(
            candidate,
            "skipped",
            f"It needs about {needed / 1024:.1f} GB of memory; "
            f"the limit is {self._memory_mb / 1024:.1f} GB.",
        )
        self._proposer.close(candidate.family)
        return False

    def _start_fold(self, running: _Running) -> None:
        candidate = running.candidate
        task = FoldTask(
            candidate_id=candidate.candidate_id,
            recipe=_recipe(candidate),
            fold=running.next_fold,
            threads=self._threads,
            measure=running.next_fold == 0,
        )
        running.next_fold += 1
        if candidate.status == "queued":
            candidate.status = "running"
            self._board.tell(candidate)
        end = running.deadline
        if candidate.family != "baseline":
            end = min(end, self._budget.deadline(self._reserve()))
        self._pool.submit(task, end)

    def _take(self, outcome: Outcome) -> None:
        task: FoldTask = outcome.task
        running = next(
            (r for r in self._active if r.candidate.candidate_id == task.candidate_id), None
        )
        if running is None:
            return
        candidate = running.candidate
        running.seconds += outcome.seconds
        if outcome.failure is not None:
            self._fail(running, outcome)
            return
        result: FoldResult = outcome.result
        candidate.add(task.fold, result, self._judge)
        if len(candidate.results) == candidate.folds:
            self._active.remove(running)
            self._board.finish(candidate, "succeeded")
            self._proposer.tell(
                _recipe(candidate), self._judge.metric.gain(candidate.mean), running.seconds
            )
            return
        reason = None
        if candidate.family != "baseline":
            reason = self._too_slow(running) or self._hopeless(candidate)
        if reason is not None:
            self._give_up(running, reason)
            return
        self._board.tell(candidate)

    def _fail(self, running: _Running, outcome: Outcome) -> None:
        candidate, failure = running.candidate, outcome.failure
        if failure is None:
            return
        if failure.timed_out:
            self._give_up(running, f"A fold did not end within {outcome.seconds:.1f} s.")
            return
        self._drop(running)
        if failure.details:
            self._events.log("error", f"{candidate.label}: {failure.details}")
        reason = failure.reason
        if failure.out_of_memory:
            reason = f"It ran out of memory (limit {self._memory_mb / 1024:.1f} GB)."
        self._board.finish(candidate, "failed", reason)
        self._proposer.tell(_recipe(candidate), float("nan"), running.seconds)

    def _too_slow(self, running: _Running) -> str | None:
        candidate = running.candidate
        done = len(candidate.results)
        per_fold = running.seconds / done
        rest = per_fold * (candidate.folds - done) / self._pool.size
        refit = candidate.refit_seconds(self._judge, self._problem.rows)
        left = self._seconds_left()
        if rest <= left and refit <= self._budget.remaining - rest:
            return None
        need = rest + refit
        return f"It would need about {need:.0f} s more; {max(left, 0):.0f} s are left to search."

    def _hopeless(self, candidate: Candidate) -> str | None:
        """Compare with the best candidate on the same folds; give up what is clearly behind."""
        best = self._board.best
        if best is None or self._is_first_pass(candidate):
            return None
        folds = sorted(candidate.results)
        mine = self._judge.gains(candidate.scores)
        theirs = self._judge.gains([best.scores[fold] for fold in folds])
        behind = float(np.nanmean(theirs - mine))
        reference = float(np.nanmean([best.scores[fold] for fold in folds]))
        margin = max(best.std, 1e-9) / np.sqrt(len(folds))
        if not behind > margin:
            return None
        return (
            f"Given up after {len(folds)} of {candidate.folds} folds: clearly behind the best "
            f"({candidate.mean:.4g} against {reference:.4g} on the same folds)."
        )

    def _is_first_pass(self, candidate: Candidate) -> bool:
        return any(r.candidate is candidate and r.is_first_pass for r in self._active)

    def _give_up(self, running: _Running, reason: str) -> None:
        candidate = running.candidate
        self._drop(running)
        gain = self._judge.metric.gain(candidate.mean)
        done = max(len(candidate.scores), 1)
        self._proposer.tell(_recipe(candidate), gain, running.seconds * candidate.folds / done)
        self._board.finish(candidate, "skipped", reason)

    def _drop(self, running: _Running) -> None:
        if running in self._active:
            self._active.remove(running)
        identity = running.candidate.candidate_id
        if running.seconds > CHEAP_FOLD_SECONDS * len(running.candidate.results):
            self._pool.cancel(lambda task: task.candidate_id == identity)

    def _drain(self, reason: str) -> None:
        """Let folds that are nearly done finish, then end."""
        until = time.monotonic() + STOP_GRACE_SECONDS
        while self._pool.running and time.monotonic() < until:
            self._control.checkpoint()
            for outcome in self._pool.wait():
                self._take(outcome)
        self._end(reason)

    def _end(self, reason: str) -> None:
        self._pool.cancel(lambda _task: True)
        for running in [*self._active, *self._queue]:
            status = "cancelled" if running.candidate.status == "running" else "skipped"
            self._board.finish(running.candidate, status, reason)
        self._active, self._queue = [], []


def _recipe(candidate: Candidate) -> Recipe:
    if candidate.recipe is None:
        raise ValueError("An ensemble is not searched.")
    return candidate.recipe
