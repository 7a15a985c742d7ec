"""The end of a run: ensemble, refit, final judgement, explanation, and the files."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from runtime.training import artifacts
from runtime.training.budget import Budget
from runtime.training.candidates import Candidate, Judge, Leaderboard
from runtime.training.contract import build_contract, choose_example
from runtime.training.control import Control
from runtime.training.data import TrainingData
from runtime.training.ensemble import blend
from runtime.training.errors import TrainingError
from runtime.training.evaluation import build_evaluation
from runtime.training.events import EventWriter
from runtime.training.importance import Importance
from runtime.training.pool import Outcome, Pool
from runtime.training.spec import RunSpec
from runtime.training.stages import Stages
from runtime.training.tasks import ExplainTask, FinishResult, FinishTask, RefitTask
from runtime.training.validation import Plan
from runtime.training.worker import Failure

SAVE_SECONDS = 0.4
SAVE_COLUMN_SECONDS = 0.0006
SAFETY = 1.3
ENSEMBLE_SHARE = 0.2
MIN_GAIN = 1e-9


@dataclass
class Closing:
    """Carries a searched run to its model."""

    spec: RunSpec
    data: TrainingData
    plan: Plan
    judge: Judge
    board: Leaderboard
    pool: Pool
    budget: Budget
    control: Control
    events: EventWriter
    stages: Stages
    workspace: Path

    def reserve(self) -> float:
        """Return the seconds to keep for the end, with what is known now."""
        done = self.board.succeeded()
        if not done:
            return self._tail() + 0.3
        single = self._refit_seconds(done[0])
        several = sum(self._refit_seconds(c) for c in done[:3]) / self.pool.size
        share = ENSEMBLE_SHARE * self.budget.seconds
        return self._tail() + SAFETY * max(single, min(several, share)) + 0.2

    def run(self) -> tuple[Candidate, float]:
        """Return the winner and its hold-out score, with everything written."""
        with self.stages.stage("ensemble"):
            self._consider_ensemble()
        with self.stages.stage("refit"):
            winner, finished, baseline = self._refit_best()
        model_dir = self.workspace / "model"
        with self.stages.stage("evaluate"):
            evaluation, score = self._evaluate(winner, finished, baseline)
        with self.stages.stage("explain"):
            importance = self._explain(model_dir / "model.joblib")
            evaluation["importance"] = {
                "method": "permutation on hold-out",
                "metric": self.spec.metric,
                "items": importance,
            }
        with self.stages.stage("save"):
            self._save(model_dir, evaluation, importance, finished)
        winner.holdout_score = score
        self.board.tell(winner)
        return winner, score

    def _tail(self) -> float:
        explain = min(0.06 * self.budget.seconds, 6.0)
        return self._save_seconds() + explain + self._evaluate_seconds()

    def _save_seconds(self) -> float:
        """Return what writing the files takes; every column of the contract is described."""
        columns = len(self.data.features)
        return SAVE_SECONDS + SAVE_COLUMN_SECONDS * columns + 0.012 * self.budget.seconds

    def _evaluate_seconds(self) -> float:
        # The bootstrap dominates: about 60 ns a cell, see MAX_RESAMPLED_CELLS.
        rows = self.plan.holdout.test.size
        return 0.2 + min(20e6, rows * 500 * 6.0) * 60e-9

    def _refit_seconds(self, candidate: Candidate) -> float:
        return candidate.refit_seconds(self.judge, self.plan.holdout.train.size)

    def _consider_ensemble(self) -> None:
        done = self.board.succeeded()
        left = self.budget.remaining - self._tail()
        affordable = [
            c for c in done if SAFETY * self._refit_seconds(c) * 2 < left * self.pool.size
        ]
        found = blend(affordable, self.judge) if len(affordable) >= 2 else None
        if found is None:
            return
        candidate = self.board.create("ensemble", "Ensemble", None, done[0].folds)
        candidate.scores = found.scores
        candidate.members = sorted(found.weights.items(), key=lambda item: -item[1])
        members = [self.board.candidates[name] for name in found.weights]
        candidate.fit_seconds = sum(c.fit_seconds or 0.0 for c in members)
        candidate.predict_ms = sum(c.predict_ms or 0.0 for c in members)
        candidate.size_bytes = sum(c.size_bytes or 0 for c in members)
        candidate.features = max(c.features for c in members)
        gain = self.judge.metric.gain
        needed = sum(self._refit_seconds(c) for c in members) / self.pool.size
        if not gain(candidate.mean) > gain(done[0].mean) + MIN_GAIN:
            self.board.finish(
                candidate,
                "skipped",
                f"Blending {len(members)} models was not better than the best one alone "
                f"({candidate.mean:.4g} against {done[0].mean:.4g}).",
            )
        elif SAFETY * needed > left:
            self.board.finish(
                candidate,
                "skipped",
                f"Fitting its {len(members)} models on all rows needs about {needed:.0f} s; "
                f"{max(left, 0):.0f} s are left.",
            )
        else:
            self.board.finish(candidate, "succeeded")

    def _refit_best(self) -> tuple[Candidate, FinishResult, FinishResult | None]:
        """Fit the best candidate on all training rows; on failure the next best that can be."""
        model_dir = self.workspace / "model"
        shutil.rmtree(model_dir, ignore_errors=True)
        model_dir.mkdir(parents=True)
        work = self.workspace / "refit"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        try:
            return self._refit_in(work, model_dir / "model.joblib")
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _refit_in(
        self, work: Path, path: Path
    ) -> tuple[Candidate, FinishResult, FinishResult | None]:
        baseline = self._baseline(work)
        for candidate in self.board.succeeded():
            finished = self._refit(candidate, work, path)
            if finished is not None:
                return candidate, finished, baseline
            self.events.log(
                "warning",
                f"{candidate.label} could not be fitted on all training rows in the time and "
                "memory left; the next best takes its place.",
            )
        raise TrainingError(
            "No candidate could be fitted on all training rows; give the run more time or memory."
        )

    def _baseline(self, work: Path) -> FinishResult | None:
        baseline = next((c for c in self.board.succeeded() if c.family == "baseline"), None)
        return None if baseline is None else self._refit(baseline, work, work / "baseline.joblib")

    def _refit(self, candidate: Candidate, work: Path, path: Path) -> FinishResult | None:
        weights = candidate.members or [(candidate.candidate_id, 1.0)]
        members = [(self.board.candidates[name], weight) for name, weight in weights]
        # Whatever the estimate: the cheap ones may always try, at the price of the explanation.
        deadline = self.budget.deadline(self._save_seconds() + self._evaluate_seconds())
        deadline = max(deadline, time.monotonic() + 0.5)
        threads = max(1, self.spec.cpus // min(len(members), self.pool.size))
        tasks = [
            RefitTask(c.candidate_id, c.final_recipe(), threads, work / f"{c.candidate_id}.pickle")
            for c, _ in members
            if not (work / f"{c.candidate_id}.pickle").exists()
        ]
        if not self._all_done(tasks, deadline):
            return None
        finish = FinishTask(
            members=tuple(
                (weight, c.final_recipe(), work / f"{c.candidate_id}.pickle")
                for c, weight in members
            ),
            labels=tuple(self.data.classes),
            path=path,
        )
        outcome = self._run([finish], deadline + self._evaluate_seconds())[0]
        if outcome.failure is not None:
            self._tell_failure(candidate, outcome.failure)
            return None
        result: FinishResult = outcome.result
        return result

    def _tell_failure(self, candidate: Candidate, failure: Failure) -> None:
        text = f"{candidate.label}, fit on all rows: {failure.reason} {failure.details}"
        self.events.log("warning", text.strip())

    def _all_done(self, tasks: list[RefitTask], deadline: float) -> bool:
        fine = True
        for outcome in self._run(list(tasks), deadline):
            if outcome.failure is not None:
                fine = False
                outcome.task.path.unlink(missing_ok=True)
                self._tell_failure(
                    self.board.candidates[outcome.task.candidate_id], outcome.failure
                )
        return fine

    def _run(
        self,
        tasks: list[Any],
        deadline: float,
        partial: Callable[[Any], None] | None = None,
    ) -> list[Outcome]:
        """Run tasks on all workers; give the outcomes in the order in which they end."""
        waiting = list(tasks)
        outcomes: list[Outcome] = []
        while len(outcomes) < len(tasks):
            self.control.checkpoint()
            while waiting and self.pool.idle:
                self.pool.submit(waiting.pop(0), deadline)
            for outcome in self.pool.wait():
                if not any(outcome.task is task for task in tasks):
                    continue
                if partial is not None and getattr(outcome.result, "is_partial", False):
                    partial(outcome.result)
                else:
                    outcomes.append(outcome)
        return outcomes

    def _evaluate(
        self, winner: Candidate, finished: FinishResult, baseline: FinishResult | None
    ) -> tuple[dict[str, Any], float]:
        test = self.plan.holdout.test
        actual = self.data.target[test]
        metric = self.judge.metric
        evaluation = build_evaluation(
            self.spec.task,
            self.spec.target,
            metric,
            actual,
            finished.predictions,
            self.data.classes,
            self.data.positive,
            self.spec.seed,
        )
        evaluation["crossValidation"] = {
            "folds": winner.folds,
            "scores": winner.known_scores,
            "mean": winner.mean,
            "std": winner.std,
        }
        first = next((c for c in self.board.candidates.values() if c.family == "baseline"), None)
        constant = None
        if baseline is not None:
            constant = metric.score(actual, baseline.predictions, self.data.positive)
        evaluation["baseline"] = {
            "score": first.mean if first is not None else None,
            "holdoutScore": constant,
        }
        score = metric.score(actual, finished.predictions, self.data.positive)
        winner.predict_ms, winner.size_bytes = finished.predict_ms, finished.size_bytes
        return evaluation, score

    def _explain(self, path: Path) -> list[dict[str, Any]]:
        left = self.budget.remaining - self._save_seconds()
        best: list[Importance] = []
        if left < 0.1:
            self.events.log("warning", "No time was left to measure the importance of columns.")
            return []
        task = ExplainTask(path, self.spec.metric, self.data.positive, 0.8 * min(left, 30.0))
        outcome = self._run([task], time.monotonic() + left, best.append)[0]
        if outcome.failure is not None and not outcome.failure.timed_out:
            self.events.log("warning", f"Importance of columns: {outcome.failure.reason}")
        result = outcome.result or (best[-1] if best else None)
        items = result.items() if result is not None else []
        if len(items) < len(self.data.features):
            self.events.log(
                "warning",
                f"The importance of {len(items):,} of {len(self.data.features):,} columns was "
                "measured in the time left.",
            )
        return items

    def _save(
        self,
        directory: Path,
        evaluation: dict[str, Any],
        importance: list[dict[str, Any]],
        finished: FinishResult,
    ) -> None:
        test = self.plan.holdout.test
        means = {item["column"]: item["mean"] for item in importance}
        example = choose_example(self.data, test)
        contract = build_contract(self.spec, self.data, self.plan.holdout.train, example, means)
        artifacts.write_json(directory / "contract.json", contract)
        artifacts.write_json(directory / "evaluation.json", evaluation)
        artifacts.write_json(directory / "environment.json", artifacts.environment(self.spec))
        artifacts.write_holdout(
            directory / "holdout.parquet",
            np.asarray(self.data.rows[test], dtype=np.int64),
            self.data.target[test],
            finished.predictions,
            self.data.classes,
        )
        artifacts.write_manifest(directory, self.spec)
