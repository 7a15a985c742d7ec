"""Whether the blend of the judged candidates takes the place of the best one alone."""

from __future__ import annotations

import numpy as np

from runtime.training.arrays import Floats
from runtime.training.candidates import Candidate, judge_folds
from runtime.training.context import RunContext
from runtime.training.ensemble import Blend, blend, mix_of
from runtime.training.estimates import SAFETY, Estimates
from runtime.training.tasks import FoldResult

MIN_GAIN = 0.05
"""What an ensemble must win over the best single model, in standard deviations of its fold scores:
several models cost several times as much for every prediction."""


def consider_ensemble(context: RunContext, estimates: Estimates) -> None:
    """Blend the candidates that can still be fitted; what comes of it is on the board."""
    done = [c for c in context.board.succeeded() if not c.too_slow]
    if context.spec.mode == "fixed" or context.problem.clusters or len(done) < 2:
        return
    left = context.budget.remaining - estimates.tail()
    workers = context.pool.size
    affordable = [c for c in done if SAFETY * estimates.refit(c) * 2 < left * workers]
    found = blend(affordable, context.judge) if len(affordable) >= 2 else None
    if found is None:
        return
    candidate = _ensemble(context, found, done[0].folds)
    members = [context.board.candidates[name] for name in found.weights]
    needed = sum(estimates.refit(c) for c in members) / workers
    reason = _worse(context, candidate, found, done[0]) or _too_dear(
        context, candidate, needed, left
    )
    if reason is not None:
        context.board.finish(candidate, "skipped", reason)
        return
    context.board.chosen = candidate.candidate_id
    context.board.finish(candidate, "succeeded")
    _tell_chosen(context, candidate, found, done[0])


def _worse(context: RunContext, candidate: Candidate, found: Blend, best: Candidate) -> str | None:
    """Return why the blend does not predict better than the best candidate alone, or None.

    Both are compared as they do when they are chosen on other folds; the best candidate's own mean
    flatters it, but a blend that is significantly worse than that is not used either.
    """
    gain, alone = context.judge.metric.gain, _alone(context, found)
    known = [score for score in found.alone if score == score]
    spread = max(best.spread, float(np.std(known, ddof=1)) if len(known) > 1 else 0.0)
    if not gain(candidate.mean) > gain(alone) + MIN_GAIN * spread:
        return (
            f"Blending {len(found.weights)} models was not clearly better than the best one alone "
            f"({candidate.mean:.4g} against {alone:.4g}, both chosen on folds that they were not "
            "judged on)."
        )
    # What goes on from an earlier run must not end below the best single candidate of that.
    is_later = context.spec.continue_from is not None and gain(candidate.mean) < gain(best.mean)
    if is_later or not context.board.is_as_good(candidate, best):
        return (
            f"Blending {len(found.weights)} models was worse than {best.label} alone "
            f"({candidate.mean:.4g} against {best.mean:.4g})."
        )
    return None


def _too_dear(context: RunContext, candidate: Candidate, needed: float, left: float) -> str | None:
    """Return why the models of the blend take too long, to predict or to be fitted, or None."""
    limit, models = context.spec.latency_ms, len(candidate.members)
    if limit is not None and (candidate.predict_ms or 0.0) > limit:
        return (
            f"Its {models} models need {candidate.predict_ms:.3g} ms for a row together; "
            f"{limit:g} ms are allowed."
        )
    if SAFETY * needed > left:
        return (
            f"Fitting its {models} models on all rows needs about {needed:.0f} s; "
            f"{max(left, 0):.0f} s are left."
        )
    return None


def _alone(context: RunContext, found: Blend) -> float:
    """Return the mean score of single candidates, each chosen on the other folds."""
    return context.judge.metric.gain(context.judge.mean_gain(found.alone))


def _tell_chosen(context: RunContext, candidate: Candidate, found: Blend, best: Candidate) -> None:
    gain = context.judge.metric.gain
    if gain(candidate.mean) > gain(best.mean):
        return
    context.events.log(
        "info",
        f"{candidate.label} is used although {best.label} has the better mean "
        f"({best.mean:.4g} against {candidate.mean:.4g}): choosing the best of many candidates "
        "flatters it. If the best is chosen on folds that it is not judged on, as the weights are, "
        f"it has {_alone(context, found):.4g}.",
    )


def _ensemble(context: RunContext, found: Blend, folds: int) -> Candidate:
    members = sorted(found.weights.items(), key=lambda item: -item[1])
    candidate = context.board.create("ensemble", "Ensemble", None, folds)
    fill_ensemble(candidate, members, found.predictions, context)
    return candidate


def fill_ensemble(
    candidate: Candidate,
    members: list[tuple[str, float]],
    predictions: dict[int, Floats] | None,
    context: RunContext,
) -> None:
    """Give an ensemble its members, its fold scores and what it costs.

    Without `predictions` those of the members are mixed by their weights.
    """
    board, judge = context.board, context.judge
    parts = [(board.candidates[name], weight) for name, weight in members]
    mixed = mix_of(parts) if predictions is None else predictions
    candidate.members = members
    candidate.results = {
        fold: FoldResult({0: values}, 0.0, 0.0, 0) for fold, values in mixed.items()
    }
    folds = sorted(mixed)
    verdict = judge_folds(judge, folds, [mixed[fold] for fold in folds])
    candidate.scores, candidate.threshold = verdict.scores, verdict.threshold
    candidate.fold_thresholds = verdict.fold_thresholds
    candidate.fit_seconds = sum(part.fit_seconds or 0.0 for part, _ in parts)
    candidate.predict_ms = sum(part.predict_ms or 0.0 for part, _ in parts)
    candidate.size_bytes = sum(part.size_bytes or 0 for part, _ in parts)
    candidate.features = max(part.features for part, _ in parts)
