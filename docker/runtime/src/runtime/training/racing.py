"""Giving up candidates early: too slow for what is left, or clearly behind on the same folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.candidates import Candidate, Judge

FEW_ROWS, FEW_FOLDS = 1000, 3
"""With fewer rows than these no candidate is clearly behind before it was judged on three folds."""


@dataclass
class Contest:
    """A candidate being judged. `seconds` is the work so far, over all its folds."""

    candidate: Candidate
    is_first_pass: bool = False
    next_fold: int = 0
    seconds: float = 0.0
    deadline: float = 0.0

    @property
    def judged(self) -> int:
        """Folds judged so far."""
        return len(self.candidate.results)

    @property
    def has_folds_left(self) -> bool:
        """Whether some fold has not been given to a worker yet."""
        return self.next_fold < self.candidate.folds

    @property
    def whole_seconds(self) -> float:
        """Estimate of the work for all folds."""
        return self.seconds * self.candidate.folds / max(self.judged, 1)


def too_slow(
    contest: Contest, refit_seconds: float, search_left: float, run_left: float, workers: int
) -> str | None:
    """Return why a candidate cannot end in time, or None.

    Its other folds must fit into what is left to search, and its refit into what then is left of
    the run.
    """
    folds_left = contest.candidate.folds - contest.judged
    rest = contest.seconds / max(contest.judged, 1) * folds_left / workers
    if rest <= search_left and refit_seconds <= run_left - rest:
        return None
    return (
        f"It would need about {rest + refit_seconds:.0f} s more; "
        f"{max(search_left, 0):.0f} s are left to search."
    )


def behind(candidate: Candidate, best: Candidate | None, judge: Judge) -> float:
    """Return how far a candidate is behind the best one on the folds that it has been judged on.

    In units of the metric, positive when it is worse; NaN when nothing can be compared.
    """
    distances = _distances(candidate, best, judge)
    return float(np.mean(distances)) if distances.size else float("nan")


def _distances(candidate: Candidate, best: Candidate | None, judge: Judge) -> Floats:
    """Return how far a candidate is behind the best one on every fold that can be compared."""
    if best is None or not candidate.results:
        return np.empty(0)
    theirs = judge.gains([best.scores[fold] for fold in sorted(candidate.results)])
    distances = theirs - judge.gains(candidate.scores)
    return np.asarray(distances[~np.isnan(distances)])


def hopeless(candidate: Candidate, best: Candidate | None, judge: Judge) -> str | None:
    """Return why a candidate is clearly behind, or None.

    Clearly means by more than the best one's standard error over as many folds, or that of the
    distance if it varies more: where a single row can cost a confident model most of its score,
    that fold says little about the others. So a fold of few rows is not enough to give up.
    """
    distances = _distances(candidate, best, judge)
    folds = len(candidate.results)
    if best is None or not distances.size or (folds < FEW_FOLDS and judge.target.size < FEW_ROWS):
        return None
    spread = max(best.std, float(distances.std(ddof=1)) if distances.size > 1 else 0.0, 1e-9)
    if not float(distances.mean()) > spread / folds**0.5:
        return None
    reference = float(np.nanmean([best.scores[fold] for fold in sorted(candidate.results)]))
    return (
        f"Given up after {folds} of {candidate.folds} folds: behind the best by more than "
        f"its standard error ({candidate.mean:.4g} against {reference:.4g} on the same folds)."
    )
