"""The search: first every family's default, then the promising ones, within the budget."""

from __future__ import annotations

from collections.abc import Callable

from runtime.training.candidates import Candidate
from runtime.training.context import RunContext
from runtime.training.estimates import Estimates
from runtime.training.memory import memory_needed_mb
from runtime.training.pool import Outcome
from runtime.training.progress import Progress
from runtime.training.proposals import Proposer
from runtime.training.racing import Contest, behind, hopeless, too_slow
from runtime.training.recipes import Recipe
from runtime.training.refit import Refit
from runtime.training.tasks import FoldResult, FoldTask, RefitTask

STOP_GRACE_SECONDS = 2.0
MAX_CANDIDATES = 200
MAX_CANDIDATES_SMALL = 80
"""On a small table every further candidate mostly adds luck to the best cross-validated score."""

SMALL_TABLE = 1000
FIRST_PASS_SHARE = 0.5
BASELINE_SECONDS = 30.0
CHEAP_FOLD_SECONDS = 1.5
"""Folds as quick as this are left to end when they are no longer wanted: a killed worker loses the
encoded rows that it keeps for others."""

INSURE_AT = (0.4, 0.7)
"""Shares of the budget after which the best so far is fitted on all rows."""

PERFECT = {"roc_auc": 1.0, "average_precision": 1.0, "accuracy": 1.0, "rmse": 0.0, "mae": 0.0}


class Search:
    """Keeps the workers busy until the budget's search share is spent, or a stop is asked for.

    `prepare` loads the libraries and returns the families that must do without, with the reason;
    it is called when the baseline, which needs none, is done. Then the workers are forked again.
    A clustering has no baseline: it loads first, and its first candidate is what it will keep.
    `ask` gives the recipes of another engine, which has so many seconds to find them.
    """

    def __init__(
        self,
        context: RunContext,
        estimates: Estimates,
        refit: Refit,
        proposer: Proposer,
        prepare: Callable[[], dict[str, str]],
        ask: Callable[[float], list[Recipe]] | None = None,
    ) -> None:
        self._context = context
        self._estimates = estimates
        self._refit = refit
        self._insured: set[str] = set()
        self._proposer = proposer
        self._prepare = prepare
        self._ask = ask
        self._progress = Progress(context)
        self._queue: list[Contest] = []
        self._active: list[Contest] = []
        self._proposed = 0
        self._kept = ""
        small = context.problem.rows < SMALL_TABLE
        self._most = MAX_CANDIDATES_SMALL if small else MAX_CANDIDATES

    def plan(self, candidates: list[Candidate]) -> None:
        """Queue the first pass; its first candidate is the baseline, unless one is known."""
        asked = self._context.spec.max_candidates
        if asked is not None:
            self._most = asked - sum(not candidate.is_baseline for candidate in candidates)
        self._queue = [Contest(candidate, is_first_pass=True) for candidate in candidates]

    def adopt(self, known: list[Candidate]) -> None:
        """Take over what an earlier run has judged; the candidates are on the board already."""
        for candidate in known:
            status = "succeeded" if candidate.scores else candidate.status
            recipe = candidate.own_recipe
            self._context.board.finish(candidate, status, candidate.reason)
            if status == "succeeded" and not candidate.is_baseline:
                gain = self._context.judge.metric.gain(candidate.mean)
                seconds = (candidate.fit_seconds or 0.0) * candidate.folds
                self._proposer.tell(recipe, float("nan") if candidate.too_slow else gain, seconds)

    def run(self) -> None:
        """Search until nothing more fits; candidates left over say why."""
        needs_libraries = self._context.problem.clusters
        if needs_libraries:
            self._load()
        if self._context.board.best is None and self._queue:
            self._run_first()
        if not needs_libraries:
            self._load()
        if self._ask is not None:
            self._queue_asked(self._ask(self._seconds_left()))
        while True:
            self._context.control.checkpoint()
            if self._context.control.is_paused:
                self._take_all()
                continue
            if self._context.control.stop_requested:
                self._drain()
                self._end("You stopped the run and kept the best.")
                return
            if self._seconds_left() <= 0:
                self._end("The time budget was used up.")
                return
            self._feed()
            if not self._active:
                self._context.pool.cancel(lambda _task: True)
                return
            self._take_all()

    def _queue_asked(self, recipes: list[Recipe]) -> None:
        board = self._context.board
        folds = len(self._context.judge.folds)
        fresh = [recipe for recipe in recipes if self._proposer.is_new(recipe)]
        for recipe in fresh[: self._most]:
            self._proposer.know(recipe)
            family = self._proposer.records[recipe.family].family
            candidate = board.create(recipe.family, family.label, recipe, folds)
            board.tell(candidate)
            self._queue.append(Contest(candidate, is_first_pass=True))

    def _take_all(self) -> None:
        for outcome in self._context.pool.wait():
            self._take(outcome)
        self._progress.keep()

    def _load(self) -> None:
        self._skip(self._prepare())
        self._context.pool.renew()

    def _run_first(self) -> None:
        """Judge the first candidate, which is the baseline if there is one, whatever the budget.

        From here on the run has something to keep.
        """
        first = self._queue.pop(0)
        self._kept = first.candidate.candidate_id
        first.deadline = self._context.budget.now() + BASELINE_SECONDS
        self._active.append(first)
        while self._active:
            self._context.control.checkpoint()
            is_paused = self._context.control.is_paused
            while self._context.pool.idle and first.has_folds_left and not is_paused:
                self._start_fold(first)
            self._take_all()

    def _skip(self, broken: dict[str, str]) -> None:
        """Skip the families whose library could not be loaded."""
        for contest in [c for c in self._queue if c.candidate.family in broken]:
            self._queue.remove(contest)
            family = contest.candidate.family
            self._context.board.finish(contest.candidate, "skipped", broken[family])

    def _seconds_left(self) -> float:
        return self._context.budget.remaining - self._estimates.reserve()

    def _feed(self) -> None:
        while self._context.pool.idle:
            if self._insure():
                continue
            contest = self._next_with_work()
            if contest is None:
                return
            self._start_fold(contest)

    def _insure(self) -> bool:
        """Late in the search, fit the best so far on all rows: whatever happens, it is there.

        It also shows how long such a fit really takes.
        """
        best, budget = self._context.board.best, self._context.budget
        if best is None or best.family == "baseline" or best.candidate_id in self._insured:
            return False
        if len(self._insured) >= len(INSURE_AT):
            return False
        if budget.elapsed < INSURE_AT[len(self._insured)] * budget.seconds:
            return False
        self._insured.add(best.candidate_id)
        self._context.pool.submit(self._refit.task(best), budget.deadline(self._estimates.tail()))
        return True

    def _next_with_work(self) -> Contest | None:
        for contest in self._active:
            if contest.has_folds_left:
                return contest
        fresh = self._queue.pop(0) if self._queue else self._propose()
        while fresh is not None and not self._fits_memory(fresh.candidate):
            fresh = self._queue.pop(0) if self._queue else self._propose()
        if fresh is not None:
            fresh.deadline = self._allowed_until(fresh)
            self._active.append(fresh)
        return fresh

    def _allowed_until(self, contest: Contest) -> float:
        """Return the instant at which a candidate is given up: a fair share of what is left."""
        left = self._seconds_left()
        if contest.is_first_pass:
            waiting = 1 + len(self._queue)
            left = min(left, max(left * FIRST_PASS_SHARE, 2.0 * left / waiting))
        return self._context.budget.now() + left

    def _propose(self) -> Contest | None:
        board, spec = self._context.board, self._context.spec
        best = board.best
        only_asked = spec.mode == "fixed" or self._ask is not None
        if best is None or only_asked or self._proposed >= self._most:
            return None
        if PERFECT.get(self._context.judge.metric.name) == best.mean:
            return None
        # Folds run side by side: a candidate takes its work divided by the workers.
        room = self._seconds_left() * self._context.pool.size * 0.9
        recipe = self._proposer.next(room, best.spread)
        if recipe is None:
            return None
        self._proposed += 1
        family = self._proposer.records[recipe.family].family
        return Contest(board.create(recipe.family, family.label, recipe, best.folds))

    def _fits_memory(self, candidate: Candidate) -> bool:
        problem, limit = self._context.problem, self._context.spec.memory_mb
        rows = max(split.train.size for split in self._context.judge.folds)
        needed = memory_needed_mb(candidate.own_recipe, problem, rows)
        if needed <= limit:
            return True
        self._context.board.finish(
            candidate,
            "skipped",
            f"It needs about {needed / 1024:.1f} GB of memory; the limit is {limit / 1024:.1f} GB.",
        )
        self._proposer.close(candidate.family)
        return False

    def _start_fold(self, contest: Contest) -> None:
        candidate = contest.candidate
        task = FoldTask(
            candidate_id=candidate.candidate_id,
            recipe=candidate.own_recipe,
            fold=contest.next_fold,
            threads=self._context.threads,
            measure=contest.next_fold == 0,
            exact=self._context.spec.mode == "fixed",
        )
        contest.next_fold += 1
        if candidate.status == "queued":
            candidate.status = "running"
            self._context.board.tell(candidate)
        end = contest.deadline
        if candidate.candidate_id != self._kept:
            end = min(end, self._context.budget.deadline(self._estimates.reserve()))
        self._context.pool.submit(task, end)

    def _take(self, outcome: Outcome) -> None:
        task: FoldTask | RefitTask = outcome.task
        if isinstance(task, RefitTask):
            if outcome.failure is None:
                candidate = self._context.board.candidates[task.candidate_id]
                self._estimates.learn(candidate, outcome.result.fit_seconds)
            return
        contest = next(
            (c for c in self._active if c.candidate.candidate_id == task.candidate_id), None
        )
        if contest is None:
            return
        candidate = contest.candidate
        contest.seconds += outcome.seconds
        if outcome.failure is not None:
            self._fail(contest, outcome)
            return
        result: FoldResult = outcome.result
        candidate.add(task.fold, result, self._context.judge)
        self._tell_fold(candidate, task.fold, result)
        if contest.judged == candidate.folds:
            self._active.remove(contest)
            self._context.board.finish(candidate, "succeeded")
            gain = self._context.judge.metric.gain(candidate.mean)
            known = float("nan") if candidate.too_slow else gain
            self._proposer.tell(candidate.own_recipe, known, contest.seconds)
            return
        reason = self._reason_to_give_up(contest)
        if reason is not None:
            self._give_up(contest, reason)
        else:
            self._context.board.tell(candidate)

    def _tell_fold(self, candidate: Candidate, fold: int, result: FoldResult) -> None:
        place = sorted(candidate.results).index(fold)
        self._context.events.emit(
            "fold",
            candidateId=candidate.candidate_id,
            fold=fold + 1,
            folds=candidate.folds,
            score=candidate.scores[place],
            fitSeconds=result.fit_seconds,
        )

    def _reason_to_give_up(self, contest: Contest) -> str | None:
        context, candidate = self._context, contest.candidate
        if candidate.candidate_id == self._kept:
            return None
        slow = too_slow(
            contest,
            self._estimates.refit(candidate),
            self._seconds_left(),
            context.budget.remaining,
            context.pool.size,
        )
        # Every number of clusters is worth knowing, and none takes long.
        if slow is not None or contest.is_first_pass or context.problem.clusters:
            return slow
        reason = hopeless(candidate, context.board.best, context.judge)
        candidate.is_hopeless = reason is not None
        return reason

    def _fail(self, contest: Contest, outcome: Outcome) -> None:
        candidate, failure = contest.candidate, outcome.failure
        if failure is None:
            return
        if failure.timed_out:
            self._give_up(contest, f"A fold did not end within {outcome.seconds:.1f} s.")
            return
        self._drop(contest)
        if failure.details:
            self._context.events.log("error", f"{candidate.label}: {failure.details}")
        reason = failure.reason
        if failure.out_of_memory:
            limit = self._context.spec.memory_mb / 1024
            reason = f"It ran out of memory (limit {limit:.1f} GB)."
        self._context.board.finish(candidate, "failed", reason)
        self._proposer.tell(candidate.own_recipe, float("nan"), contest.seconds)

    def _give_up(self, contest: Contest, reason: str) -> None:
        candidate, best = contest.candidate, self._context.board.best
        self._drop(contest)
        gain = float("nan")
        if best is not None:
            # On a few folds only the distance to the best says something about the recipe.
            distance = behind(candidate, best, self._context.judge)
            gain = self._context.judge.metric.gain(best.mean) - distance
        self._proposer.tell(candidate.own_recipe, gain, contest.whole_seconds, complete=False)
        self._context.board.finish(candidate, "skipped", reason)

    def _drop(self, contest: Contest) -> None:
        if contest in self._active:
            self._active.remove(contest)
        identity = contest.candidate.candidate_id
        if contest.seconds > CHEAP_FOLD_SECONDS * contest.judged:
            self._context.pool.cancel(
                lambda task: isinstance(task, FoldTask) and task.candidate_id == identity
            )

    def _drain(self) -> None:
        """Let folds that are nearly done finish."""
        until = self._context.budget.now() + STOP_GRACE_SECONDS
        while self._context.pool.running and self._context.budget.now() < until:
            self._context.control.checkpoint()
            self._take_all()

    def _end(self, reason: str) -> None:
        self._context.pool.cancel(lambda _task: True)
        for contest in [*self._active, *self._queue]:
            status = "cancelled" if contest.candidate.status == "running" else "skipped"
            self._context.board.finish(contest.candidate, status, reason)
        self._active, self._queue = [], []
