"""Candidates of a run: their state, their scores, and the events that tell about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.events import EventWriter
from runtime.training.metrics import Metric
from runtime.training.recipes import Problem, Recipe
from runtime.training.tasks import FoldResult
from runtime.training.validation import Split


@dataclass(frozen=True)
class Judge:
    """Scores predictions of a fold's test rows by the run's metric."""

    metric: Metric
    target: Any
    folds: tuple[Split, ...]
    positive: int

    def fold_score(self, fold: int, predictions: Floats) -> float:
        """Return the metric of one fold (NaN where it is undefined)."""
        actual = self.target[self.folds[fold].test]
        return self.metric.score(actual, predictions, self.positive)

    def gains(self, scores: list[float]) -> Floats:
        """Return scores turned so that more is better; an undefined one counts as the worst."""
        values = np.array(scores, dtype=np.float64)
        return values if self.metric.greater_is_better else -values


@dataclass
class Candidate:
    """One candidate pipeline (or the ensemble) and all that is known about it."""

    candidate_id: str
    family: str
    label: str
    recipe: Recipe | None
    folds: int
    status: str = "queued"
    reason: str | None = None
    results: dict[int, FoldResult] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    rounds: int = 0
    members: list[tuple[str, float]] = field(default_factory=list)
    holdout_score: float | None = None
    features: int = 0
    predict_ms: float | None = None
    size_bytes: int | None = None
    fit_seconds: float | None = None

    @property
    def own_recipe(self) -> Recipe:
        """The recipe; ValueError for an ensemble, which has none of its own."""
        if self.recipe is None:
            raise ValueError("An ensemble has no recipe of its own.")
        return self.recipe

    @property
    def is_complete(self) -> bool:
        """Whether every fold has been judged."""
        return self.status == "succeeded"

    @property
    def known_scores(self) -> list[float]:
        """Fold scores without the undefined ones (a ranking metric on a fold with one class)."""
        return [score for score in self.scores if score == score]

    @property
    def mean(self) -> float:
        """Mean of the known fold scores so far."""
        known = self.known_scores
        return float(np.mean(known)) if known else float("nan")

    @property
    def std(self) -> float:
        """Standard deviation of the known fold scores so far."""
        known = self.known_scores
        return float(np.std(known, ddof=1)) if len(known) > 1 else 0.0

    def predictions(self, fold: int) -> Floats:
        """Return the predictions of one fold's test rows at the chosen number of rounds."""
        return _stage(self.results[fold], self.rounds)

    def add(self, fold: int, result: FoldResult, judge: Judge) -> None:
        """Take in a judged fold and choose the number of rounds again, over all folds so far.

        The number is one hyperparameter for all folds, like any other that the search chooses.
        """
        self.results[fold] = result
        self.features = result.outputs
        if result.predict_ms is not None:
            self.predict_ms, self.size_bytes = result.predict_ms, result.size_bytes
        self.fit_seconds = float(np.mean([r.fit_seconds for r in self.results.values()]))
        best: float | None = None
        for rounds in _common_rounds(list(self.results.values())):
            scores = [
                judge.fold_score(number, _stage(self.results[number], rounds))
                for number in sorted(self.results)
            ]
            known = [judge.metric.gain(score) for score in scores if score == score]
            gain = float(np.mean(known)) if known else -np.inf
            if best is None or gain > best:
                best, self.rounds, self.scores = gain, rounds, scores

    def forget_stages(self) -> None:
        """Keep only the predictions at the chosen number of rounds."""
        for fold, result in self.results.items():
            self.results[fold] = FoldResult(
                {self.rounds: _stage(result, self.rounds)},
                result.fit_seconds,
                result.predict_seconds,
                result.outputs,
            )

    def final_recipe(self) -> Recipe:
        """Return the recipe to refit, with the chosen number of rounds."""
        return self.own_recipe.with_rounds(self.rounds) if self.rounds else self.own_recipe

    def refit_seconds(self, judge: Judge, rows: int) -> float:
        """Estimate the time of fitting all training rows from that of the folds."""
        seen = float(np.mean([split.train.size for split in judge.folds]))
        return (self.fit_seconds or 0.0) * rows / max(seen, 1.0)


def _common_rounds(results: list[FoldResult]) -> list[int]:
    """Return the numbers of rounds at which every fold can be judged, in ascending order."""
    shortest = min(max(result.stages) for result in results)
    return sorted({rounds for result in results for rounds in result.stages if rounds <= shortest})


def _stage(result: FoldResult, rounds: int) -> Floats:
    """Return the predictions at `rounds`, or at the last number of rounds judged before it."""
    before = [point for point in result.stages if point <= rounds]
    return result.stages[max(before) if before else min(result.stages)]


class Leaderboard:
    """All candidates of a run; tells every change as an event."""

    def __init__(self, events: EventWriter, judge: Judge, elapsed: Any) -> None:
        self.candidates: dict[str, Candidate] = {}
        self.best: Candidate | None = None
        self._events = events
        self._judge = judge
        self._elapsed = elapsed
        self._counts: dict[str, int] = {}

    def create(self, family: str, label: str, recipe: Recipe | None, folds: int) -> Candidate:
        """Add a queued candidate with the next free id of its family."""
        number = self._counts.get(family, 0) + 1
        self._counts[family] = number
        candidate = Candidate(
            candidate_id=f"{family}-{number}",
            family=family,
            label=label if number == 1 else f"{label} {number}",
            recipe=recipe,
            folds=folds,
        )
        self.candidates[candidate.candidate_id] = candidate
        return candidate

    def succeeded(self) -> list[Candidate]:
        """Return the candidates judged on every fold, best first."""
        done = [c for c in self.candidates.values() if c.status == "succeeded"]
        return sorted(done, key=lambda c: -self._gain(c))

    def finish(self, candidate: Candidate, status: str, reason: str | None = None) -> None:
        """Give a candidate its last status; a new best one is announced."""
        candidate.status, candidate.reason = status, reason
        if status == "succeeded":
            candidate.forget_stages()
        else:
            candidate.results.clear()
        self.tell(candidate)
        if status == "succeeded" and (
            self.best is None or self._gain(candidate) > self._gain(self.best)
        ):
            self.best = candidate
            self._events.emit(
                "best",
                candidateId=candidate.candidate_id,
                score=candidate.mean,
                elapsedSeconds=round(self._elapsed(), 2),
            )

    def tell(self, candidate: Candidate) -> None:
        """Emit the candidate's full current state."""
        self._events.emit("candidate", **describe(candidate))

    def _gain(self, candidate: Candidate) -> float:
        gain = self._judge.metric.gain(candidate.mean)
        return gain if gain == gain else -np.inf


def describe(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as the fields of its event; what is not known yet is left out."""
    fields: dict[str, Any] = {
        "candidateId": candidate.candidate_id,
        "family": candidate.family,
        "label": candidate.label,
        "status": candidate.status,
        "fold": len(candidate.scores),
        "folds": candidate.folds,
        "isBaseline": candidate.family == "baseline",
        "isEnsemble": candidate.family == "ensemble",
        "hyperparameters": _hyperparameters(candidate),
    }
    if candidate.scores:
        fields |= {
            "foldScores": candidate.known_scores,
            "score": candidate.mean,
            "std": candidate.std,
        }
    optional = {
        "fitSeconds": candidate.fit_seconds,
        "predictMsPerRow": candidate.predict_ms,
        "sizeBytes": candidate.size_bytes,
        "features": candidate.features or None,
        "reason": candidate.reason,
        "holdoutScore": candidate.holdout_score,
        "members": [{"candidateId": i, "weight": w} for i, w in candidate.members] or None,
    }
    return fields | {name: value for name, value in optional.items() if value is not None}


def _hyperparameters(candidate: Candidate) -> dict[str, Any]:
    if candidate.recipe is None:
        return {}
    values = candidate.recipe.values
    if candidate.rounds and candidate.is_complete:
        values["rounds"] = candidate.rounds
    return values


def memory_needed_mb(recipe: Recipe, problem: Problem, rows: int) -> float:
    """Estimate roughly what fitting a recipe needs, in MiB: encoded cells times the family's cost.

    The data itself and the libraries (about 200 MiB) are included.
    """
    from runtime.training.families import FAMILY_BY_NAME

    values = recipe.values
    width = 0.0
    for _, kind in problem.columns:
        if kind == "category":
            width += 8.0 if values.get("category") == "onehot" else 2.0
        elif kind == "text":
            width += 60.0
        elif kind == "datetime":
            width += 6.0
        else:
            width += 1.0 + float(values.get("knots", 0))
    if values.get("pairs"):
        width += min(width, 30.0) ** 2 / 2.0
    per_cell = FAMILY_BY_NAME[recipe.family].bytes_per_cell + 16.0
    forest = float(values.get("trees", 0)) * 60.0 / max(float(values.get("min_leaf", 1)), 1.0)
    total = rows * (width * per_cell + forest * max(1, problem.classes or 1))
    return 200.0 + total / 1024.0 / 1024.0
