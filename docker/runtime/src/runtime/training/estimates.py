"""How long the end of a run will take, so that the search leaves enough of the budget."""

from __future__ import annotations

from runtime.training.candidates import Candidate
from runtime.training.context import RunContext

SAVE_SECONDS = 0.4
SAVE_COLUMN_SECONDS = 0.0006
SAFETY = 1.3
ENSEMBLE_SHARE = 0.2
REFIT_SHARE = 0.25
FIXED_REFIT_SHARE = 0.6
"""Where one recipe only is judged, its last fit may take most of the time."""

MOST_SCALE_OF_OTHERS = 1.5

STORE_SECONDS_PER_VALUE = 4e-8
EXPLAIN_SHARE, EXPLAIN_SECONDS = 0.06, 6.0
TRANSLATE_SHARE, TRANSLATE_SECONDS = 0.04, 3.0
SLACK_SHARE = 0.012


MAX_VALUES = 16_000_000
VALUES_PER_SECOND = 200_000


def most_values(budget_seconds: float) -> int:
    """Return how many out-of-fold predictions are kept.

    At most 128 MB, because the search state may have 200 MB; and as many as are written in a
    hundredth of the budget.
    """
    return int(min(MAX_VALUES, VALUES_PER_SECOND * budget_seconds))


class Estimates:
    """Seconds of the closing stages with what is known now."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._scales: dict[str, float] = {}

    def refit(self, candidate: Candidate) -> float:
        """Return the time of the last fit of a candidate."""
        context = self._context
        rows = self.refit_rows(candidate)
        return self._scale(candidate) * candidate.refit_seconds(context.judge, rows)

    def refit_rows(self, candidate: Candidate) -> int:
        """Return on how many training rows a candidate is fitted at the end.

        All of them, unless that would take more than a quarter of the budget; then as many as fit,
        but not fewer than a fold had.
        """
        context = self._context
        everything = int(context.plan.holdout.train.size)
        seconds = self._scale(candidate) * candidate.refit_seconds(context.judge, everything)
        share = FIXED_REFIT_SHARE if context.spec.mode == "fixed" else REFIT_SHARE
        allowed = share * context.budget.seconds
        if seconds <= allowed:
            return everything
        fold = max(split.train.size for split in context.judge.folds)
        return int(min(everything, max(fold, everything * allowed / seconds)))

    def learn(self, candidate: Candidate, seconds: float) -> None:
        """Take in how long a refit really took; estimates only ever grow from it."""
        ratio = seconds / max(self.refit(candidate), 0.01)
        scale = self._scale(candidate)
        self._scales[candidate.family] = max(scale, scale * ratio)

    def _scale(self, candidate: Candidate) -> float:
        """Return how much longer the refits of a family take than its folds let expect.

        What slows one family may slow another as well, but not by all of it.
        """
        own = self._scales.get(candidate.family, 1.0)
        others = max(self._scales.values(), default=1.0)
        return max(own, min(others, MOST_SCALE_OF_OTHERS))

    def evaluate(self) -> float:
        """Return the time of judging the hold-out: the bootstrap takes about 60 ns a cell."""
        rows = self._context.plan.holdout.test.size
        return 0.2 + min(20e6, rows * 500 * 6.0) * 60e-9

    def save(self) -> float:
        """Return the time of writing the files; every column of the contract is described."""
        columns = len(self._context.data.features)
        slack = SLACK_SHARE * self._context.budget.seconds
        return SAVE_SECONDS + SAVE_COLUMN_SECONDS * columns + slack

    def store(self) -> float:
        """Return the time of writing the out-of-fold predictions."""
        context = self._context
        rows = sum(split.test.size for split in context.judge.folds)
        values = rows * max(1, len(context.data.classes)) * len(context.board.succeeded())
        return STORE_SECONDS_PER_VALUE * min(values, most_values(context.budget.seconds))

    def tail(self) -> float:
        """Return the time of everything besides the search and the refit."""
        explain = min(EXPLAIN_SHARE * self._context.budget.seconds, EXPLAIN_SECONDS)
        return self.save() + explain + self.translate() + self.evaluate() + self.store()

    def translate(self) -> float:
        """Return the time of translating the model into data and comparing the two."""
        budget = self._context.budget.seconds
        return min(0.4 + TRANSLATE_SHARE * budget, 2 * TRANSLATE_SHARE * budget, TRANSLATE_SECONDS)

    def reserve(self) -> float:
        """Return what the search must leave: the refit of the best few, and the tail."""
        done = self._context.board.succeeded()
        if not done:
            return self.tail() + 0.3
        single = self.refit(done[0])
        several = sum(self.refit(c) for c in done[:3]) / self._context.pool.size
        share = ENSEMBLE_SHARE * self._context.budget.seconds
        return self.tail() + SAFETY * max(single, min(several, share)) + 0.2
