"""The end of a run: ensemble, refit, final judgement, explanation, and the files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from runtime.training import artifacts
from runtime.training.candidates import Candidate
from runtime.training.context import RunContext
from runtime.training.contract import build_contract, choose_example
from runtime.training.ensemble import blend
from runtime.training.estimates import SAFETY, Estimates
from runtime.training.evaluation import build_evaluation
from runtime.training.importance import Importance
from runtime.training.refit import Refit
from runtime.training.tasks import ExplainTask, FinishResult

MIN_GAIN = 0.05
"""What an ensemble must win over the best single model, in standard deviations of its fold scores:
several models cost several times as much for every prediction."""

EXPLAIN_LIMIT_SECONDS = 30.0


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
            self._consider_ensemble()
        with context.stages.stage("refit"):
            winner, finished, baseline = self._refit.best(folder / "model.joblib")
        with context.stages.stage("evaluate"):
            evaluation, score = self._evaluate(winner, finished, baseline)
        with context.stages.stage("explain"):
            importance = self._explain(folder / "model.joblib")
            evaluation["importance"] = {
                "method": "permutation on hold-out",
                "metric": context.spec.metric,
                "items": importance,
            }
        with context.stages.stage("save"):
            self._save(folder, evaluation, importance, finished)
        winner.holdout_score = score
        context.board.tell(winner)
        return winner, score

    def _consider_ensemble(self) -> None:
        context = self._context
        done = context.board.succeeded()
        left = context.budget.remaining - self._estimates.tail()
        workers = context.pool.size
        affordable = [c for c in done if SAFETY * self._estimates.refit(c) * 2 < left * workers]
        found = blend(affordable, context.judge) if len(affordable) >= 2 else None
        if found is None:
            return
        candidate = context.board.create("ensemble", "Ensemble", None, done[0].folds)
        candidate.scores = found.scores
        candidate.members = sorted(found.weights.items(), key=lambda item: -item[1])
        members = [context.board.candidates[name] for name in found.weights]
        candidate.fit_seconds = sum(c.fit_seconds or 0.0 for c in members)
        candidate.predict_ms = sum(c.predict_ms or 0.0 for c in members)
        candidate.size_bytes = sum(c.size_bytes or 0 for c in members)
        candidate.features = max(c.features for c in members)
        gain = context.judge.metric.gain
        needed = sum(self._estimates.refit(c) for c in members) / workers
        if not gain(candidate.mean) > gain(done[0].mean) + MIN_GAIN * done[0].std:
            reason = (
                f"Blending {len(members)} models was not clearly better than the best one alone "
                f"({candidate.mean:.4g} against {done[0].mean:.4g})."
            )
            context.board.finish(candidate, "skipped", reason)
        elif SAFETY * needed > left:
            reason = (
                f"Fitting its {len(members)} models on all rows needs about {needed:.0f} s; "
                f"{max(left, 0):.0f} s are left."
            )
            context.board.finish(candidate, "skipped", reason)
        else:
            context.board.finish(candidate, "succeeded")

    def _evaluate(
        self, winner: Candidate, finished: FinishResult, baseline: FinishResult | None
    ) -> tuple[dict[str, Any], float]:
        context = self._context
        data, spec, metric = context.data, context.spec, context.judge.metric
        actual = data.target[context.plan.holdout.test]
        evaluation = build_evaluation(
            spec.task,
            spec.target,
            metric,
            actual,
            finished.predictions,
            data.classes,
            data.positive,
            spec.seed,
        )
        evaluation["crossValidation"] = {
            "folds": winner.folds,
            "scores": winner.known_scores,
            "mean": winner.mean,
            "std": winner.std,
        }
        candidates = context.board.candidates.values()
        first = next((c for c in candidates if c.family == "baseline"), None)
        constant = None
        if baseline is not None:
            constant = metric.score(actual, baseline.predictions, data.positive)
        evaluation["baseline"] = {
            "score": first.mean if first is not None else None,
            "holdoutScore": constant,
        }
        winner.predict_ms, winner.size_bytes = finished.predict_ms, finished.size_bytes
        return evaluation, metric.score(actual, finished.predictions, data.positive)

    def _explain(self, path: Path) -> list[dict[str, Any]]:
        context = self._context
        left = context.budget.remaining - self._estimates.save()
        best: list[Importance] = []
        if left < 0.1:
            context.events.log("warning", "No time was left to measure the importance of columns.")
            return []
        seconds = 0.8 * min(left, EXPLAIN_LIMIT_SECONDS)
        task = ExplainTask(path, context.spec.metric, context.data.positive, seconds)
        outcome = context.run_tasks([task], time.monotonic() + left, best.append)[0]
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
        finished: FinishResult,
    ) -> None:
        context = self._context
        data, spec, holdout = context.data, context.spec, context.plan.holdout
        means = {item["column"]: item["mean"] for item in importance}
        example = choose_example(data, holdout.test)
        contract = build_contract(spec, data, holdout.train, example, means)
        artifacts.write_json(folder / "contract.json", contract)
        artifacts.write_json(folder / "evaluation.json", evaluation)
        artifacts.write_json(folder / "environment.json", artifacts.environment(spec))
        artifacts.write_holdout(
            folder / "holdout.parquet",
            np.asarray(data.rows[holdout.test], dtype=np.int64),
            data.target[holdout.test],
            finished.predictions,
            data.classes,
        )
        artifacts.write_manifest(folder, spec)
