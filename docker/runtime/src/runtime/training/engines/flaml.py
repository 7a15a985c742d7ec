"""FLAML (Wang et al., 2021) as an engine: it searches configurations, the run judges them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Matrix
from runtime.training.learner import FitContext, Learner, two_columns

ESTIMATORS = ("lgbm", "xgboost", "rf", "extra_tree", "xgb_limitdepth")
OWN = frozenset({"style", "category", "estimator"})
"""Hyperparameters of the pipeline around the estimator; all others are FLAML's."""

METRICS = {
    "roc_auc": "roc_auc",
    "average_precision": "ap",
    "log_loss": "log_loss",
    "accuracy": "accuracy",
    "f1": "f1",
    "f1_macro": "macro_f1",
    "rmse": "rmse",
    "mae": "mae",
    "median_absolute_error": "mae",
    "r2": "r2",
}
PER_ESTIMATOR = 3


class FlamlLearner(Learner):
    """One of FLAML's estimators with one configuration.

    Only the library's own model is kept: a saved model is served without FLAML.
    """

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit the estimator as FLAML would."""
        from flaml.automl.task.factory import task_factory

        name = "regression"
        if context.classes:
            name = "binary" if context.classes == 2 else "multiclass"
        task = task_factory(name, None, None)
        maker = task.estimator_class_from_str(str(self.parameters["estimator"]))
        config = {key: value for key, value in self.parameters.items() if key not in OWN}
        estimator = maker(task=task, n_jobs=context.threads, **config)
        weights = {} if context.weights is None else {"sample_weight": context.weights}
        estimator.fit(_dense(matrix), target, **weights)
        self.model: Any = estimator.model
        self.classes = context.classes

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        rows = _dense(matrix)
        if hasattr(self.model, "inplace_predict"):
            values = np.asarray(self.model.inplace_predict(rows), dtype=np.float64)
            return two_columns(values) if self.classes == 2 else values
        method = self.model.predict_proba if self.classes else self.model.predict
        return np.asarray(method(rows), dtype=np.float64)


def search(
    matrix: Matrix, target: Any, classes: int, metric: str, seconds: float, log: Path, **more: Any
) -> None:
    """Let FLAML search for `seconds`; what it finds is in `log`, line by line.

    `more` are `seed`, `threads` and, if rows have weights, `weights`.
    """
    from flaml import AutoML

    weights = more.get("weights")
    AutoML().fit(
        X_train=_dense(matrix),
        y_train=target,
        task="classification" if classes else "regression",
        metric=METRICS.get(metric, "log_loss" if classes else "rmse"),
        time_budget=seconds,
        seed=int(more["seed"]),
        n_jobs=int(more["threads"]),
        estimator_list=list(ESTIMATORS),
        eval_method="auto",
        log_file_name=str(log),
        log_type="all",
        retrain_full=False,
        ensemble=False,
        verbose=0,
        **({} if weights is None else {"sample_weight": weights}),
    )


def found(log: Path) -> list[dict[str, Any]]:
    """Return the best configurations in a log, best first; the last line may be cut off."""
    trials: list[tuple[float, str, dict[str, Any]]] = []
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            record = json.loads(line)
            trial = (float(record["validation_loss"]), str(record["learner"]), record["config"])
        except (ValueError, KeyError, TypeError):
            continue
        trials.append(trial)
    trials.sort(key=lambda trial: trial[0])
    kept: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for _, estimator, config in trials:
        values = {k: v for k, v in config.items() if k not in ("ml", "FLAML_sample_size")}
        recipe = {"style": "tree", "category": "ordinal", "estimator": estimator, **values}
        if recipe in kept or counts.get(estimator, 0) >= PER_ESTIMATOR:
            continue
        counts[estimator] = counts.get(estimator, 0) + 1
        kept.append(recipe)
    return kept


def _dense(matrix: Matrix) -> Any:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
