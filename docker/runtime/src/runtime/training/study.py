"""Mode `study`: the hyperparameters of one recipe, tuned on the folds of the run it comes from.

Trials follow each other, the folds of one run side by side; whether a trial is given up is decided
fold by fold in their order, whichever ended first. So the same seed gives the same trials however
busy the machine is, as long as the time suffices. The hold-out stays closed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from runtime.training.candidates import Candidate
from runtime.training.context import RunContext
from runtime.training.errors import TrainingError
from runtime.training.families import ENGINE_FAMILIES, FAMILY_BY_NAME, Family
from runtime.training.fixed import complete_recipe
from runtime.training.leaderboard import hyperparameters
from runtime.training.recipes import Recipe
from runtime.training.spec import FixedRecipe, StudySpec
from runtime.training.study_optuna import IMPORTANCE_METHOD, TrialStudy
from runtime.training.study_state import Known, StudyState, write_state
from runtime.training.tasks import FoldTask

IMPORTANCE_EVERY = 20
SPARE_ROUNDS = 2
"""How many times the candidate's boosting rounds a trial may use, if its default is not more."""
KEEP_SECONDS = 1.5
"""What the trials leave of the budget: for the importance of hyperparameters, and the end."""


@dataclass
class Trial:
    """One trial under way.

    `gains` are the mean gains after each fold that was taken in; with `exact` the boosting rounds
    are those of the recipe and not chosen by the folds.
    """

    number: int
    values: dict[str, Any]
    candidate: Candidate
    handle: Any
    started: float
    exact: bool
    gains: list[float] = field(default_factory=list)
    next_fold: int = 0


class Study:
    """Carries a study through: asks, judges, prunes, tells, and keeps what is known."""

    def __init__(self, context: RunContext, spec: StudySpec, state: StudyState | None) -> None:
        self._context = context
        self._spec = spec
        self._family = studied_family(spec)
        asked = {name: value for name, value in spec.base.items() if name != "rounds"}
        self._base = complete_recipe(FixedRecipe(spec.family, asked), context.problem).values
        self._rounds = spec.base.get("rounds")
        if self._rounds is not None:
            rounds = int(self._rounds)
            # The folds choose the number of rounds anew; they need room beyond the candidate's.
            room = rounds if "rounds" in spec.space else SPARE_ROUNDS * rounds
            self._base["rounds"] = max(room, 0 if room == rounds else int(self._base["rounds"]))
        unknown = [name for name in spec.space if name not in self._allowed()]
        if unknown:
            raise TrainingError(
                f"{self._family.label} has no hyperparameter {unknown[0]!r} that can be tuned; "
                f"it has {', '.join(sorted(self._allowed()))}."
            )
        known = [] if state is None else state.trials
        self._known: list[Known] = []
        self._best: float | None = None
        self._seconds: list[float] = []
        folds = len(context.judge.folds)
        self._study = TrialStudy(spec, folds, context.spec.seed, len(known))
        for trial in known:
            self._take_up(trial)
        if not known:
            # Trial 0 is the candidate itself: what every other one is read against.
            self._study.enqueue(self._base)

    def run(self) -> float:
        """Run trials until the budget, the number of trials or a command ends it.

        Returns the best score. Raises TrainingError when no trial was judged on every fold.
        """
        context = self._context
        self._announce()
        reason = "The time is used up."
        for _ in range(self._spec.max_trials):
            context.control.hold()
            if context.control.stop_requested:
                reason = "The study was stopped."
                break
            if self._seconds_left() <= (min(self._seconds) if self._seconds else 0.0):
                break
            if self._study.is_exhausted:
                reason = "Every point of the grid was tried."
                break
            self._run_trial()
            if len(self._known) % IMPORTANCE_EVERY == 0:
                self._tell_importance()
        else:
            reason = "All trials were run."
        context.events.log("info", f"{reason} {len(self._known)} trials are known.")
        self._tell_importance()
        done = [trial for trial in self._known if trial.state == "complete"]
        if not done:
            reasons = [trial.reason for trial in self._known if trial.reason]
            raise TrainingError(
                "No trial was judged on every fold. " + (reasons[0] if reasons else reason)
            )
        metric = context.judge.metric
        return max((t.score for t in done if t.score is not None), key=metric.gain)

    def _allowed(self) -> set[str]:
        return set(self._base) | set(self._family.space) | {"rounds"}

    def _seconds_left(self) -> float:
        return self._context.budget.remaining - KEEP_SECONDS

    def _announce(self) -> None:
        context, spec = self._context, self._context.spec
        context.events.emit(
            "plan",
            task=spec.task,
            metric=spec.metric,
            greaterIsBetter=context.judge.metric.greater_is_better,
            folds=len(context.judge.folds),
            validation=context.plan.strategy,
            repeats=context.plan.repeats,
            engine=spec.engine,
            rows=context.data.size,
            trainRows=int(context.plan.holdout.train.size),
            holdoutRows=int(context.plan.holdout.test.size),
            features=len(context.data.features),
            excluded=[{"column": n, "reason": r} for n, r in context.data.excluded],
            candidates=[],
        )

    def _take_up(self, known: Known) -> None:
        self._known.append(known)
        gains = [self._context.judge.metric.gain(score) for score in known.steps]
        self._study.add(known.params, gains, known.state)
        is_best = self._note_best(known)
        self._context.events.emit("trial", **known.fields(), best=is_best)

    def _note_best(self, known: Known) -> bool:
        if known.state != "complete" or known.score is None:
            return False
        gain = self._context.judge.metric.gain(known.score)
        if self._best is not None and gain <= self._best:
            return False
        self._best = gain
        return True

    def _run_trial(self) -> None:
        handle, values = self._study.ask()
        number = max((trial.number for trial in self._known), default=-1) + 1
        recipe = Recipe.of(self._spec.family, self._base | values)
        is_candidate = number == 0 and all(self._base[name] == values[name] for name in values)
        exact = "rounds" in self._spec.space
        if is_candidate and self._rounds is not None:
            recipe, exact = recipe.with_rounds(int(self._rounds)), True
        folds = len(self._context.judge.folds)
        name = f"trial-{number}"
        candidate = Candidate(name, self._family.name, f"Trial {number}", recipe, folds)
        trial = Trial(number, values, candidate, handle, time.monotonic(), exact)
        self._tell(trial, "running")
        state, reason = self._judge(trial)
        self._context.pool.cancel(lambda _task: True)
        if state == "complete":
            self._study.complete(handle, trial.gains[-1])
        elif state == "pruned":
            self._study.prune(handle)
        else:
            self._study.fail(handle)
        candidate.status = "succeeded" if state == "complete" else "skipped"
        known = self._known_of(trial, state, reason)
        if state == "complete":
            self._seconds.append(known.seconds)
        self._known.append(known)
        self._context.events.emit("trial", **known.fields(), best=self._note_best(known))
        write_state(self._context, self._spec, self._known)

    def _judge(self, trial: Trial) -> tuple[str, str | None]:
        """Judge the folds, in order; return how the trial ended and why."""
        context, candidate = self._context, trial.candidate
        folds = candidate.folds
        arrived: dict[int, Any] = {}
        deadline = context.budget.deadline(KEEP_SECONDS)
        while len(trial.gains) < folds:
            context.control.checkpoint()
            if context.control.stop_requested:
                return "failed", "The study was stopped before all folds were judged."
            while context.pool.idle and trial.next_fold < folds and not context.control.is_paused:
                context.pool.submit(self._task(trial), deadline)
            for outcome in context.pool.wait():
                if outcome.failure is not None:
                    return "failed", self._why(outcome)
                arrived[outcome.task.fold] = outcome.result
            while len(trial.gains) in arrived:
                fold = len(trial.gains)
                candidate.add(fold, arrived.pop(fold), context.judge)
                if candidate.mean != candidate.mean:
                    return "failed", "The metric is undefined on these folds."
                trial.gains.append(context.judge.metric.gain(candidate.mean))
                last = fold + 1 == folds
                prunes = self._study.should_prune(trial.handle, fold, trial.gains[-1])
                if prunes and not last:
                    return "pruned", f"Given up after {fold + 1} of {folds} folds."
                if not last:
                    self._tell(trial, "running")
        return "complete", None

    def _task(self, trial: Trial) -> FoldTask:
        fold = trial.next_fold
        trial.next_fold += 1
        return FoldTask(
            candidate_id=trial.candidate.candidate_id,
            recipe=trial.candidate.own_recipe,
            fold=fold,
            threads=self._context.threads,
            measure=fold == 0,
            exact=trial.exact,
        )

    def _why(self, outcome: Any) -> str:
        failure = outcome.failure
        if failure.timed_out:
            return "The time of the study ran out."
        if failure.out_of_memory:
            return f"It ran out of memory (limit {self._context.spec.memory_mb / 1024:.1f} GB)."
        if failure.details:
            self._context.events.log("error", str(failure.details))
        return str(failure.reason)

    def _known_of(self, trial: Trial, state: str, reason: str | None) -> Known:
        candidate, metric = trial.candidate, self._context.judge.metric
        return Known(
            number=trial.number,
            state=state,
            params=trial.values,
            hyperparameters=hyperparameters(candidate),
            score=candidate.mean if trial.gains else None,
            std=candidate.std if trial.gains else None,
            scores=list(candidate.scores),
            # The gain of a metric is its score with the sign that makes more better.
            steps=[metric.gain(gain) for gain in trial.gains],
            seconds=round(time.monotonic() - trial.started, 3),
            reason=reason,
        )

    def _tell(self, trial: Trial, state: str) -> None:
        self._context.events.emit(
            "trial", **self._known_of(trial, state, None).fields(), best=False
        )

    def _tell_importance(self) -> None:
        found = self._study.importance()
        if found is None:
            return
        self._context.events.emit(
            "importance",
            method=IMPORTANCE_METHOD,
            trials=sum(trial.state == "complete" for trial in self._known),
            items=[{"name": name, "importance": share} for name, share in found.items()],
        )


def studied_family(spec: StudySpec) -> Family:
    """Return the family of a study. Raises TrainingError when it cannot be tuned here."""
    family = FAMILY_BY_NAME.get(spec.family)
    if family is None or family.name == "baseline" or family in ENGINE_FAMILIES:
        raise TrainingError(f"The family {spec.family!r} cannot be tuned.")
    reason = family.missing()
    if reason is not None:
        raise TrainingError(reason)
    return family
