"""The pieces of work that run in a worker process, and what comes back."""

from __future__ import annotations

import pickle
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from runtime.compiling.saving import CompileTask
from runtime.training.arrays import Floats, Ints, Matrix
from runtime.training.encoder import TableEncoder
from runtime.training.engines import flaml
from runtime.training.importance import Importance, permutation_importance
from runtime.training.metrics import metric_for
from runtime.training.model import FittedPipeline, TabularModel, fit_pipeline
from runtime.training.recipes import Problem, Recipe
from runtime.training.sampling import sample
from runtime.training.sentinel import CHECKS, Finding, Rows, examinations
from runtime.training.timing import Timing, time_one_row
from runtime.training.validation import Split


@dataclass(frozen=True)
class Shared:
    """What every worker sees from its birth: the rows, the folds and the problem."""

    frame: pd.DataFrame
    target: Ints | Floats
    folds: tuple[Split, ...]
    train: Ints
    holdout: Ints
    problem: Problem
    cache_bytes: int


@dataclass(frozen=True)
class FoldTask:
    """Fit a recipe on one fold's training rows and predict its test rows.

    With `exact` a boosting fit has exactly the recipe's rounds: none is watched, none left out.
    """

    candidate_id: str
    recipe: Recipe
    fold: int
    threads: int
    measure: bool
    exact: bool = False


@dataclass(frozen=True)
class FoldResult:
    """Predictions of the fold's test rows by boosting rounds (key 0 when there are no rounds).

    `predict_ms` is the median time of predicting one raw row, `size_bytes` the pickled size; both
    only when the task asked to measure.
    """

    stages: dict[int, Floats]
    fit_seconds: float
    predict_seconds: float
    outputs: int
    predict_ms: float | None = None
    size_bytes: int | None = None


@dataclass(frozen=True)
class RefitTask:
    """Fit a recipe on `rows` of the training rows and pickle the pipeline to `path`."""

    candidate_id: str
    recipe: Recipe
    rows: int
    threads: int
    path: Path


@dataclass(frozen=True)
class RefitResult:
    """How long the fit took."""

    fit_seconds: float


@dataclass(frozen=True)
class FinishTask:
    """Put refitted pipelines together and save the model to `path`.

    Members are weight, recipe, number of training rows and the file of the pipeline; `threshold`
    is that of the class with the code `positive`, `costs` are those that the model decides by.
    """

    members: tuple[tuple[float, Recipe, int, Path], ...]
    labels: tuple[str, ...]
    path: Path
    threshold: float | None = None
    positive: int = 0
    costs: Floats | None = None


@dataclass(frozen=True)
class FinishResult:
    """The size of a saved model, the time of predicting one raw row, and its classes."""

    timing: Timing
    size_bytes: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class HoldoutTask:
    """Predict the hold-out with saved models: the only task that looks at those rows first.

    The first model predicts `others` too, training rows that it is described by.
    """

    paths: tuple[Path, ...]
    others: Ints | None = None


@dataclass(frozen=True)
class HoldoutResult:
    """The hold-out predictions of every model, and those of other rows by the first."""

    predictions: tuple[Floats, ...]
    others: Floats | None


@dataclass(frozen=True)
class EngineTask:
    """Let another engine search the training rows for `seconds`; it writes what it finds to `log`.

    The rows are encoded once, by nothing that has seen a target.
    """

    metric: str
    seconds: float
    rows: int
    threads: int
    log: Path


@dataclass(frozen=True)
class ExplainTask:
    """Measure the permutation importance of a saved model on the hold-out.

    The metric is named by its task, its name and its costs: a function does not travel.
    """

    path: Path
    metric: tuple[str, str, Floats | None]
    positive: int
    threshold: float | None
    seconds: float


@dataclass(frozen=True)
class SentinelTask:
    """Look for leaks in the rows of the run, for at most `seconds`."""

    target_name: str
    labels: tuple[str, ...]
    strategy: str
    seconds: float
    times: Any


@dataclass(frozen=True)
class SentinelResult:
    """What was found, and the checks that there was no time for."""

    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]
    is_partial: bool = False


Task = (
    FoldTask
    | RefitTask
    | FinishTask
    | HoldoutTask
    | EngineTask
    | SentinelTask
    | ExplainTask
    | CompileTask
)


@dataclass
class Executor:
    """Runs tasks inside a worker; keeps encoded folds so that recipes can share them."""

    shared: Shared
    _cache: OrderedDict[tuple[Any, ...], tuple[TableEncoder, Matrix, Matrix]] = field(
        default_factory=OrderedDict
    )

    def run(self, task: Task) -> Any:
        """Carry out one task; looking for leaks and explaining give an
        iterator of ever better results."""
        if isinstance(task, FoldTask):
            return self._fold(task)
        if isinstance(task, RefitTask):
            return self._refit(task)
        if isinstance(task, FinishTask):
            return self._finish(task)
        if isinstance(task, HoldoutTask):
            return self._holdout(task)
        if isinstance(task, SentinelTask):
            return self._watch(task)
        if isinstance(task, EngineTask):
            return self._engine(task)
        if isinstance(task, CompileTask):
            return task.run(self.shared)
        return self._explain(task)

    def _fold(self, task: FoldTask) -> FoldResult:
        started = time.perf_counter()
        shared = self.shared
        split = shared.folds[task.fold]
        encoder, matrix, test = self._encoded(task.recipe, task.fold)
        pipeline = fit_pipeline(
            encoder,
            matrix,
            task.recipe.learner(),
            shared.target[split.train],
            task.recipe.settings(shared.problem),
            task.threads,
            watch=None if task.exact else (test, shared.target[split.test]),
        )
        fitted = time.perf_counter()
        stages = pipeline.learner.stages(test)
        stages = stages or {pipeline.learner.rounds: pipeline.learner.predict(test)}
        if task.exact:
            # Taken from the stages: a sum of trees in other blocks differs in its last digits.
            last = max(stages)
            stages = {last: stages[last]}
        stages = {rounds: pipeline.finish(values) for rounds, values in stages.items()}
        predicted = time.perf_counter()
        measured = self._measure(pipeline, split) if task.measure else (None, None)
        return FoldResult(
            stages=stages,
            fit_seconds=fitted - started,
            predict_seconds=predicted - fitted,
            outputs=int(matrix.shape[1]),
            predict_ms=measured[0],
            size_bytes=measured[1],
        )

    def _refit(self, task: RefitTask) -> RefitResult:
        started = time.perf_counter()
        shared = self.shared
        rows = _training_rows(shared, task.rows)
        pipeline = fit_on(
            task.recipe, shared.problem, shared.frame, shared.target, rows, task.threads
        )
        unfinished = task.path.with_suffix(".part")
        with unfinished.open("wb") as file:
            pickle.dump(pipeline, file, protocol=pickle.HIGHEST_PROTOCOL)
        unfinished.rename(task.path)
        return RefitResult(time.perf_counter() - started)

    def _finish(self, task: FinishTask) -> FinishResult:
        import joblib

        shared = self.shared
        members = []
        encoders: dict[tuple[Any, ...], TableEncoder] = {}
        for weight, recipe, rows, path in task.members:
            with path.open("rb") as file:
                pipeline: FittedPipeline = pickle.load(file)  # noqa: S301 - written by this run
            # Encoders of one key and the same rows are the same.
            key = (*recipe.encoder_key(), recipe.family == "baseline", rows)
            pipeline.encoder = encoders.setdefault(key, pipeline.encoder)
            members.append((weight, pipeline))
        labels = list(task.labels)
        if shared.problem.clusters:
            labels = cluster_labels(members[0][1].learner)
        model = TabularModel(
            shared.problem.columns, labels, members, task.threshold, task.positive, task.costs
        )
        joblib.dump(model, task.path)
        row = shared.frame.iloc[shared.train[:1]]
        timing = time_one_row(model.predict_values, row)
        return FinishResult(timing, task.path.stat().st_size, tuple(labels))

    def _holdout(self, task: HoldoutTask) -> HoldoutResult:
        import joblib

        shared = self.shared
        models = [joblib.load(path) for path in task.paths]
        rows = shared.frame.iloc[shared.holdout]
        others = None
        if task.others is not None:
            others = models[0].predict_values(shared.frame.iloc[task.others])
        return HoldoutResult(tuple(model.predict_values(rows) for model in models), others)

    def _watch(self, task: SentinelTask) -> Iterator[SentinelResult]:
        shared = self.shared
        rows = Rows(
            frame=shared.frame,
            columns=shared.problem.columns,
            target=shared.target,
            target_name=task.target_name,
            labels=task.labels,
            train=shared.train,
            holdout=shared.holdout,
            strategy=task.strategy,
            seed=shared.problem.seed,
            times=task.times,
        )
        for number, (found, left_out) in enumerate(examinations(rows, task.seconds), 1):
            yield SentinelResult(tuple(found), tuple(left_out), number < len(CHECKS))

    def _engine(self, task: EngineTask) -> bool:
        shared, problem = self.shared, self.shared.problem
        rows = _training_rows(shared, task.rows)
        encoder = TableEncoder(problem.columns, "tree", "ordinal", seed=problem.seed)
        matrix = encoder.fit_transform(shared.frame.iloc[rows])
        target = shared.target[rows]
        weights = None
        if problem.class_weights is not None:
            weights = np.array(problem.class_weights)[target]
        flaml.search(
            matrix,
            target,
            problem.classes,
            task.metric,
            task.seconds,
            task.log,
            seed=problem.seed,
            threads=task.threads,
            weights=weights,
        )
        return True

    def _explain(self, task: ExplainTask) -> Iterator[Importance]:
        import joblib

        shared = self.shared
        model: TabularModel = joblib.load(task.path)
        return permutation_importance(
            model,
            shared.frame.iloc[shared.holdout].reset_index(drop=True),
            shared.target[shared.holdout],
            metric_for(*task.metric),
            task.positive,
            task.threshold,
            task.seconds,
            shared.problem.seed,
        )

    def _encoded(self, recipe: Recipe, fold: int) -> tuple[TableEncoder, Matrix, Matrix]:
        key = (*recipe.encoder_key(), recipe.family == "baseline", fold)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        shared = self.shared
        split = shared.folds[fold]
        encoder, matrix = _encode(recipe, shared.problem, shared.frame, shared.target, split.train)
        entry = (encoder, matrix, encoder.transform(shared.frame.iloc[split.test]))
        self._cache[key] = entry
        while len(self._cache) > 1 and self._cached_bytes() > shared.cache_bytes:
            self._cache.popitem(last=False)
        return entry

    def _cached_bytes(self) -> int:
        return sum(_bytes(m) + _bytes(t) for _, m, t in self._cache.values())

    def _measure(self, pipeline: FittedPipeline, split: Split) -> tuple[float, int]:
        row = self.shared.frame.iloc[split.test[:1]]
        size = len(pickle.dumps(pipeline, protocol=pickle.HIGHEST_PROTOCOL))
        return time_one_row(pipeline.predict, row).median, size


def _training_rows(shared: Shared, size: int) -> Ints:
    """Return at most `size` training rows: the same for every candidate, so that the members of an
    ensemble can share encoders."""
    codes = np.asarray(shared.target, np.int64) if shared.problem.classes else None
    return sample(shared.train, codes, size, np.random.default_rng([shared.problem.seed, 2]))


def cluster_labels(learner: Any) -> list[str]:
    """Return the names of the groups that a clustering has found."""
    return [f"Cluster {number}" for number in range(1, learner.clusters + 1)]


def fit_on(
    recipe: Recipe, problem: Problem, frame: pd.DataFrame, target: Any, rows: Ints, threads: int
) -> FittedPipeline:
    """Fit a recipe from scratch on `rows`; the same rows and recipe give the same pipeline."""
    encoder, matrix = _encode(recipe, problem, frame, target, rows)
    return fit_pipeline(
        encoder, matrix, recipe.learner(), target[rows], recipe.settings(problem), threads
    )


def _encode(
    recipe: Recipe, problem: Problem, frame: pd.DataFrame, target: Any, rows: Ints
) -> tuple[TableEncoder, Matrix]:
    encoder = recipe.encoder(problem)
    seen = target[rows]
    inner = np.log1p(seen) if recipe.values.get("log_target") else seen
    return encoder, encoder.fit_transform(frame.iloc[rows], None if problem.clusters else inner)


def _bytes(matrix: Matrix) -> int:
    if isinstance(matrix, np.ndarray):
        return int(matrix.nbytes)
    return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)
