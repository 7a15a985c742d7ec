"""Candidates of a run: what is known about each, and how its folds are scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.metrics import Metric
from runtime.training.recipes import Recipe
from runtime.training.tasks import FoldResult
from runtime.training.thresholds import PLAIN, Counts, count, out_of_fold_thresholds
from runtime.training.validation import Split


@dataclass(frozen=True)
class Judge:
    """Scores predictions of a fold's test rows by the run's metric.

    With `repeats`, the folds are that many partitions of the same rows, one after the other.
    `metric_costs` are what a row costs by actual and predicted class code, if the run says so.
    """

    metric: Metric
    target: Any
    folds: tuple[Split, ...]
    positive: int
    repeats: int = 1
    binary: bool = False
    metric_costs: Floats | None = None

    @property
    def tunes_threshold(self) -> bool:
        """Whether scores depend on a decision threshold that can be chosen."""
        return self.metric.decides and self.binary

    def fold_score(self, fold: int, predictions: Floats, threshold: float | None = None) -> float:
        """Return the metric of one fold (NaN where it is undefined)."""
        actual = self.target[self.folds[fold].test]
        return self.metric.score(actual, predictions, self.positive, threshold)

    def others(self, fold: int) -> list[int]:
        """Return the folds that share no test row with this one: those of the same repeat."""
        size = max(1, len(self.folds) // self.repeats)
        first = fold // size * size
        return [other for other in range(first, first + size) if other != fold]

    def counts(self, fold: int, predictions: Floats) -> Counts:
        """Count the decisions of a fold at every threshold."""
        truths = self.target[self.folds[fold].test] == self.positive
        return count(truths, predictions[:, self.positive])

    def thresholds(self, counts: dict[int, Counts]) -> tuple[list[float], float]:
        """Choose the threshold of every counted fold on others, and one on all of them."""
        numbers = sorted(counts)
        others = [[numbers.index(o) for o in self.others(f) if o in counts] for f in numbers]
        parts = [counts[number] for number in numbers]
        return out_of_fold_thresholds(parts, others, self.metric, self.positive)

    def gains(self, scores: list[float]) -> Floats:
        """Return scores turned so that more is better; an undefined one counts as the worst."""
        values = np.array(scores, dtype=np.float64)
        return values if self.metric.greater_is_better else -values

    def mean_gain(self, scores: list[float]) -> float:
        """Return the mean of the known scores, turned so that more is better."""
        known = [self.metric.gain(score) for score in scores if score == score]
        return float(np.mean(known)) if known else -np.inf


@dataclass
class Candidate:
    """One candidate pipeline (or the ensemble) and all that is known about it.

    `fold_thresholds` are the decision thresholds that the folds are judged with, each chosen on
    other folds, and `threshold` the one that the model itself would have; both only where the
    metric judges decisions. `draws` are the scores of the bootstrap's resamples. `is_hopeless`
    says that it was given up for being clearly behind.
    """

    candidate_id: str
    family: str
    label: str
    recipe: Recipe | None
    folds: int
    status: str = "queued"
    reason: str | None = None
    engine: str = "builtin"
    results: dict[int, FoldResult] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    fold_thresholds: list[float] = field(default_factory=list)
    threshold: float | None = None
    rounds: int = 0
    members: list[tuple[str, float]] = field(default_factory=list)
    holdout_score: float | None = None
    features: int = 0
    predict_ms: float | None = None
    size_bytes: int | None = None
    fit_seconds: float | None = None
    draws: Floats | None = None
    low: float | None = None
    high: float | None = None
    tied: bool | None = None
    p_value: float | None = None
    recommended: bool | None = None
    too_slow: bool = False
    is_hopeless: bool = False

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
    def is_baseline(self) -> bool:
        """Whether it is the constant that every other candidate is read against."""
        return self.family == "baseline"

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

    @property
    def spread(self) -> float:
        """How much the score varies: over the folds, or over resamples of the only fold."""
        if len(self.known_scores) > 1 or self.draws is None:
            return self.std
        return float(np.nanstd(self.draws))

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
            verdict = self._judged_at(rounds, judge)
            gain = judge.mean_gain(verdict.scores)
            if best is None or gain > best:
                best, self.rounds, self.scores = gain, rounds, verdict.scores
                self.fold_thresholds, self.threshold = verdict.fold_thresholds, verdict.threshold

    def _judged_at(self, rounds: int, judge: Judge) -> Verdict:
        """Score the folds so far at a number of rounds, with the thresholds if they matter."""
        folds = sorted(self.results)
        predictions = [_stage(self.results[fold], rounds) for fold in folds]
        return judge_folds(judge, folds, predictions)

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


@dataclass(frozen=True)
class Verdict:
    """Fold scores, and the thresholds that belong to them where the metric judges decisions."""

    scores: list[float]
    fold_thresholds: list[float]
    threshold: float | None


def judge_folds(judge: Judge, folds: list[int], predictions: list[Floats]) -> Verdict:
    """Score folds; where decisions are judged, with a threshold chosen on other folds.

    Tuned thresholds that do not make up for their own uncertainty give way to a half.
    """
    pairs = list(zip(folds, predictions, strict=True))
    if not judge.tunes_threshold:
        return Verdict([judge.fold_score(fold, values) for fold, values in pairs], [], None)
    single, common = judge.thresholds({fold: judge.counts(fold, values) for fold, values in pairs})
    tuned = [judge.fold_score(f, v, t) for (f, v), t in zip(pairs, single, strict=True)]
    plain = [judge.fold_score(fold, values, PLAIN) for fold, values in pairs]
    if judge.mean_gain(tuned) > judge.mean_gain(plain):
        return Verdict(tuned, single, common)
    return Verdict(plain, [PLAIN] * len(folds), PLAIN)


def _common_rounds(results: list[FoldResult]) -> list[int]:
    """Return the numbers of rounds at which every fold was judged, in ascending order.

    A fit that ended before the first checkpoint shares none; then its own number is the only one.
    """
    common = set.intersection(*(set(result.stages) for result in results))
    return sorted(common) or [min(max(result.stages) for result in results)]


def _stage(result: FoldResult, rounds: int) -> Floats:
    """Return the predictions at `rounds`, or at the last number of rounds judged before it."""
    before = [point for point in result.stages if point <= rounds]
    return result.stages[max(before) if before else min(result.stages)]
