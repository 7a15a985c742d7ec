"""The leaderboard: who is best, who cannot be told apart from it, and which one is recommended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.training.candidates import Candidate, Judge
from runtime.training.events import EventWriter
from runtime.training.recipes import Recipe
from runtime.training.resampling import (
    LEVEL,
    FoldResampler,
    RowResampler,
    interval,
    p_value,
)

SAME_SPEED, SAME_SPEED_MS = 1.2, 0.05
"""Times of one prediction that differ by less than these (a share, and ms) count as the same."""


class Leaderboard:
    """All candidates of a run; tells every change as an event.

    `latency_ms` is the longest time of one prediction with which a candidate may win; `preferred`
    the id of one that comes first whatever its score, because it was asked for; `chosen` that of
    one that comes first if it predicts in time, because it was judged more strictly than others.
    """

    def __init__(
        self,
        events: EventWriter,
        judge: Judge,
        elapsed: Callable[[], float],
        resampler: RowResampler | FoldResampler,
        latency_ms: float | None = None,
        engine: str = "builtin",
    ) -> None:
        self.candidates: dict[str, Candidate] = {}
        self.best: Candidate | None = None
        self.preferred: str | None = None
        self.chosen: str | None = None
        self._events = events
        self._judge = judge
        self._elapsed = elapsed
        self._resampler = resampler
        self._latency_ms = latency_ms
        self._engine = engine
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
            engine="builtin" if family == "baseline" else self._engine,
        )
        self.candidates[candidate.candidate_id] = candidate
        return candidate

    def adopt(self, candidate: Candidate) -> None:
        """Add a candidate that an earlier run has judged."""
        number = int(candidate.candidate_id.rpartition("-")[2])
        self._counts[candidate.family] = max(self._counts.get(candidate.family, 0), number)
        self.candidates[candidate.candidate_id] = candidate
        if candidate.status == "succeeded":
            # `finish` brings it back to its place, one candidate after the other.
            candidate.status = "queued"

    def succeeded(self) -> list[Candidate]:
        """Return the candidates judged on every fold, those that may win first, best first.

        If none but the baseline predicts in time, the fastest comes first.
        """
        done = [c for c in self.candidates.values() if c.status == "succeeded"]
        first = (self.preferred, self.chosen)
        done.sort(key=lambda c: (*(c.candidate_id != name for name in first), -self._gain(c)))
        if done and done[0].candidate_id == self.preferred:
            return done
        slow = [c for c in done if c.too_slow]
        slow.sort(key=lambda c: (c.is_baseline, c.predict_ms or 0.0))
        in_time = [c for c in done if not c.too_slow]
        if slow and all(c.is_baseline for c in in_time):
            return [*slow, *in_time]
        return [*in_time, *slow]

    def finish(self, candidate: Candidate, status: str, reason: str | None = None) -> None:
        """Give a candidate its last status; a new best one is announced."""
        candidate.status, candidate.reason = status, reason
        if status != "succeeded":
            candidate.results.clear()
            self.tell(candidate)
            return
        candidate.forget_stages()
        self.measure(candidate)
        changed = self._compare()
        for other in [candidate, *(c for c in changed if c is not candidate)]:
            self.tell(other)
        first = self.succeeded()[0]
        if first is not self.best:
            self.best = first
            self._events.emit(
                "best",
                candidateId=first.candidate_id,
                score=first.mean,
                elapsedSeconds=round(self._elapsed(), 2),
            )

    def measure(self, candidate: Candidate) -> None:
        """Resample a judged candidate's score, and see whether it predicts in time."""
        candidate.draws = self._resampler.draws(candidate)
        found = interval(candidate.draws, candidate.mean, self._judge.metric)
        candidate.low, candidate.high = found if found is not None else (None, None)
        self.judge_speed(candidate, candidate.predict_ms)

    def judge_speed(self, candidate: Candidate, predict_ms: float | None) -> None:
        """Mark a candidate whose prediction of one row takes longer than it may."""
        limit = self._latency_ms
        candidate.predict_ms = predict_ms
        candidate.too_slow = limit is not None and predict_ms is not None and predict_ms > limit

    def is_as_good(self, candidate: Candidate, other: Candidate) -> bool:
        """Whether a judged candidate is not significantly worse than another one."""
        draws = self._resampler.draws(candidate)
        if other.draws is None:
            return True
        return p_value(other.draws, draws, self._judge.metric) > LEVEL

    def settle(self) -> None:
        """Compare all for the last time, and tell every judged candidate."""
        self._compare()
        for candidate in self.succeeded():
            self.tell(candidate)

    def _compare(self) -> list[Candidate]:
        """Say who is tied with the best and who is recommended; return those that changed."""
        done = self.succeeded()
        before = [(c.tied, c.recommended) for c in done]
        top = done[0]
        for candidate in done:
            self._compare_with(candidate, top)
        equal = [c for c in done if c.tied and (c is top or not c.too_slow)]
        chosen = _cheapest(equal)
        for candidate in done:
            candidate.recommended = candidate is chosen
        after = [(c.tied, c.recommended) for c in done]
        return [c for c, old, new in zip(done, before, after, strict=True) if old != new]

    def _compare_with(self, candidate: Candidate, top: Candidate) -> None:
        candidate.p_value, candidate.tied = 1.0, True
        if candidate is top or candidate.draws is None or top.draws is None:
            return
        candidate.p_value = p_value(top.draws, candidate.draws, self._judge.metric)
        candidate.tied = candidate.p_value > LEVEL

    def tell(self, candidate: Candidate) -> None:
        """Emit the candidate's full current state."""
        self._events.emit("candidate", **describe(candidate))

    def _gain(self, candidate: Candidate) -> float:
        gain = self._judge.metric.gain(candidate.mean)
        return gain if gain == gain else -np.inf


def _cheapest(equal: list[Candidate]) -> Candidate:
    """Return the first of those whose prediction takes about as long as the fastest one's."""
    times = [np.inf if c.predict_ms is None else c.predict_ms for c in equal]
    limit = SAME_SPEED * min(times) + SAME_SPEED_MS
    return next(c for c, took in zip(equal, times, strict=True) if took <= limit)


def describe(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as the fields of its event; what is not known yet is left out."""
    fields: dict[str, Any] = {
        "candidateId": candidate.candidate_id,
        "family": candidate.family,
        "label": candidate.label,
        "status": candidate.status,
        "fold": len(candidate.scores),
        "folds": candidate.folds,
        "isBaseline": candidate.is_baseline,
        "isEnsemble": candidate.family == "ensemble",
        "engine": candidate.engine,
        "hyperparameters": hyperparameters(candidate),
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
        "threshold": candidate.threshold,
        "low": candidate.low,
        "high": candidate.high,
        "tied": candidate.tied,
        "pValue": candidate.p_value,
        "recommended": candidate.recommended,
        "tooSlow": candidate.too_slow if candidate.is_complete else None,
    }
    return fields | {name: value for name, value in optional.items() if value is not None}


def hyperparameters(candidate: Candidate) -> dict[str, Any]:
    """Return what decides the candidate, with the number of rounds once it has been chosen."""
    if candidate.recipe is None:
        return {}
    values = candidate.recipe.values
    if candidate.rounds and candidate.is_complete:
        values["rounds"] = candidate.rounds
    return values
