"""The end of a run: ensemble, refit, final judgement, explanation, and the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from runtime.compiling.saving import compile_finished
from runtime.training import artifacts, judgements
from runtime.training.arrays import Floats, Ints
from runtime.training.blending import consider_ensemble
from runtime.training.candidates import Candidate
from runtime.training.clustering import evaluate_clusters, profiled_rows
from runtime.training.context import RunContext
from runtime.training.contract import Decision, build_contract, choose_example
from runtime.training.errors import TrainingError
from runtime.training.estimates import Estimates
from runtime.training.evaluation import Opened, build_evaluation
from runtime.training.importance import Importance
from runtime.training.leaks import watch_for_leaks
from runtime.training.refit import Fitted, Refit
from runtime.training.tasks import ExplainTask, HoldoutResult, HoldoutTask

EXPLAIN_LIMIT_SECONDS = 30.0
HOLDOUT_GRACE_SECONDS = 5.0
"""However late it is, the hold-out gets this long: without it there is no honest figure."""


@dataclass(frozen=True)
class HeldOut:
    """What opening the hold-out has shown.

    `baseline` are the predictions of the baseline; of a clustering, `memberships` are those of the
    training rows `profiled`.
    """

    opened: Opened
    baseline: Floats | None
    profiled: Ints | None
    memberships: Floats | None


class Closing:
    """Carries a searched run to its model."""

    def __init__(self, context: RunContext, estimates: Estimates, refit: Refit) -> None:
        self._context = context
        self._estimates = estimates
        self._refit = refit

    def run(self) -> tuple[Candidate, float]:
        """Return the winner and its hold-out score, with everything written."""
        context = self._context
        folder = context.workspace / "model"
        with context.stages.stage("ensemble"):
            context.control.hold()
            consider_ensemble(context, self._estimates)
            context.board.settle()
            judgements.write_search_state(context)
            judgements.tell_left_out(context)
        try:
            with context.stages.stage("refit"):
                context.control.hold()
                fitted = self._refit.best(folder / "model.joblib")
                # The model itself has been timed: another one may be the cheapest now.
                context.board.settle()
            with context.stages.stage("evaluate"):
                context.control.hold()
                held_out = self._open_holdout(fitted)
        finally:
            self._refit.end()
        winner, opened = fitted.winner, held_out.opened
        evaluation, score = self._evaluate(winner, held_out)
        with context.stages.stage("explain"):
            context.control.hold()
            compile_finished(context, folder, self._estimates.save(), winner)
            watch_for_leaks(context, self._estimates.save(), evaluation)
            importance = self._explain(folder / "model.joblib", winner.threshold)
            evaluation["importance"] = {
                "method": "permutation on hold-out",
                "metric": context.spec.metric,
                "items": importance,
            }
        with context.stages.stage("save"):
            self._save(folder, evaluation, importance, winner, opened)
        winner.holdout_score = score
        context.board.tell(winner)
        return winner, score

    def _open_holdout(self, fitted: Fitted) -> HeldOut:
        """Predict the hold-out: the one time in a run that these rows are looked at."""
        context = self._context
        data, spec = context.data, context.spec
        rows = context.plan.holdout.test
        context.events.emit(
            "log",
            level="info",
            code="holdoutOpened",
            message=f"The hold-out of {rows.size:,} rows was opened, to judge "
            f"{fitted.winner.label} once.",
        )
        paths = (fitted.path,) if fitted.baseline is None else (fitted.path, fitted.baseline)
        left = max(context.budget.remaining - self._estimates.save(), HOLDOUT_GRACE_SECONDS)
        profiled = profiled_rows(context) if context.problem.clusters else None
        task = HoldoutTask(paths, profiled)
        outcome = context.run_tasks([task], context.budget.now() + left)[0]
        if outcome.failure is not None:
            raise TrainingError(
                f"The hold-out could not be predicted: {outcome.failure.reason} Give the run more "
                "time or memory."
            )
        result: HoldoutResult = outcome.result
        if context.problem.clusters:
            data.classes = list(fitted.result.labels)
        opened = Opened(
            spec.task,
            spec.target,
            data.target[rows],
            result.predictions[0],
            data.classes,
            data.positive,
            fitted.winner.threshold,
        )
        baseline = result.predictions[1] if fitted.baseline is not None else None
        return HeldOut(opened, baseline, profiled, result.others)

    def _evaluate(self, winner: Candidate, held_out: HeldOut) -> tuple[dict[str, Any], float]:
        context, opened = self._context, held_out.opened
        metric = context.judge.metric
        if held_out.profiled is not None and held_out.memberships is not None:
            evaluation, score = evaluate_clusters(
                context, winner, opened.predicted, held_out.profiled, held_out.memberships
            )
        else:
            costs = context.judge.metric_costs
            evaluation = build_evaluation(opened, metric, costs, context.spec.seed)
            score = metric.score(opened.actual, opened.predicted, opened.positive, winner.threshold)
        evaluation["crossValidation"] = {
            "folds": winner.folds,
            "scores": winner.known_scores,
            "mean": winner.mean,
            "std": winner.std,
            "low": winner.low,
            "high": winner.high,
            "repeats": context.plan.repeats,
        }
        evaluation["baseline"] = self._baseline(held_out)
        return evaluation, score

    def _baseline(self, held_out: HeldOut) -> dict[str, Any]:
        context, opened = self._context, held_out.opened
        first = next((c for c in context.board.candidates.values() if c.is_baseline), None)
        if first is None:
            return {"score": None, "holdoutScore": None}
        constant = None
        if held_out.baseline is not None:
            constant = context.judge.metric.score(
                opened.actual, held_out.baseline, opened.positive, first.threshold
            )
        return {"score": first.mean, "holdoutScore": constant}

    def _explain(self, path: Path, threshold: float | None) -> list[dict[str, Any]]:
        context = self._context
        left = context.budget.remaining - self._estimates.save()
        best: list[Importance] = []
        if left < 0.1:
            context.events.log("warning", "No time was left to measure the importance of columns.")
            return []
        seconds = 0.8 * min(left, EXPLAIN_LIMIT_SECONDS)
        metric = (context.spec.task, context.spec.metric, context.judge.metric_costs)
        task = ExplainTask(path, metric, context.data.positive, threshold, seconds)
        outcome = context.run_tasks([task], context.budget.now() + left, best.append)[0]
        if outcome.failure is not None and not outcome.failure.timed_out:
            context.events.log("warning", f"Importance of columns: {outcome.failure.reason}")
        result = outcome.result or (best[-1] if best else None)
        items = result.items() if result is not None else []
        if len(items) < len(context.data.features):
            context.events.log(
                "warning",
                f"The importance of {len(items):,} of {len(context.data.features):,} columns was "
                "measured in the time left.",
            )
        return items

    def _save(
        self,
        folder: Path,
        evaluation: dict[str, Any],
        importance: list[dict[str, Any]],
        winner: Candidate,
        opened: Opened,
    ) -> None:
        context = self._context
        data, spec, holdout = context.data, context.spec, context.plan.holdout
        means = {item["column"]: item["mean"] for item in importance}
        example = choose_example(data, holdout.test)
        by = context.judge.metric.decision_costs
        decision = Decision(winner.threshold, None if by is None else by.tolist())
        contract = build_contract(spec, data, holdout.train, example, means, decision)
        artifacts.write_json(folder / "contract.json", contract)
        artifacts.write_json(folder / "evaluation.json", evaluation)
        artifacts.write_json(folder / "environment.json", artifacts.environment(spec))
        artifacts.write_holdout(
            folder / "holdout.parquet",
            np.asarray(data.rows[holdout.test], dtype=np.int64),
            None if context.problem.clusters else opened.actual,
            opened.predicted,
            data.classes,
            data.positive,
            winner.threshold,
            by,
        )
        judgements.copy_predictions(context, folder)
        artifacts.write_json(folder / "recipes.json", judgements.recipes(context))
        artifacts.write_manifest(folder, spec)
