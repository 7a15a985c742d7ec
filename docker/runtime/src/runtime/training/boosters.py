"""Gradient boosting by LightGBM, XGBoost and CatBoost, through their native interfaces.

The native boosters predict a row in tens of microseconds where the scikit-learn wrappers need
hundreds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Matrix
from runtime.training.learner import FitContext, Learner, from_margin, reached, two_columns

FEW_ROWS = 2000
PATIENCE = 0.15
"""Rounds without progress that end a watched fit, as a share of the rounds asked for."""


def patience(rounds: int) -> int:
    """Return after how many rounds without progress a watched fit ends."""
    return max(20, int(rounds * PATIENCE))


def _with_trees(booster: Any, rounds: int) -> Any:
    """Boost until there are `rounds` trees.

    A round that finds no split leaves no tree; folds are judged by numbers of trees, so that is
    what a later fit must reach, even if most rounds leave none. It ends when as many rounds in a
    row as there are to be trees have found nothing.
    """
    idle = 0
    while booster.current_iteration() < rounds and idle < rounds:
        before = booster.current_iteration()
        booster.update()
        idle = idle + 1 if booster.current_iteration() == before else 0
    return booster


class LightGbm(Learner):
    """LightGBM booster."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit, ending early when the watched rows no longer gain."""
        import lightgbm

        settings = _lightgbm_settings(self.parameters, context)
        self.classes = context.classes
        self.threads = context.threads
        rounds = int(self.parameters["rounds"])
        names = [f"f{index}" for index in range(matrix.shape[1])]
        data = lightgbm.Dataset(
            matrix,
            target,
            weight=context.weights,
            feature_name=names,
            categorical_feature=list(context.categorical),
            params=settings,
        )
        self.model: Any
        if context.watch is None:
            self.model = _with_trees(lightgbm.Booster(settings, data), rounds)
        else:
            watched = data.create_valid(context.watch[0], context.watch[1])
            stop = lightgbm.early_stopping(patience(rounds), verbose=False)
            self.model = lightgbm.train(settings, data, rounds, [watched], callbacks=[stop])
        self.model.best_iteration = -1
        self.model.free_dataset()

    @property
    def rounds(self) -> int:
        """Boosting rounds fitted."""
        return int(self.model.current_iteration())

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        return from_margin(self._margin(matrix, 0, -1), self.classes)

    def stages(self, matrix: Matrix) -> dict[int, Floats]:
        """Return predictions at the checkpoints."""
        margin: Any = 0.0
        done = 0
        result = {}
        for point in reached(self.rounds):
            margin = margin + self._margin(matrix, done, point - done)
            result[point] = from_margin(margin, self.classes)
            done = point
        return result

    def _margin(self, matrix: Matrix, start: int, count: int) -> Any:
        threads = 1 if matrix.shape[0] <= FEW_ROWS else self.threads
        return self.model.predict(
            matrix,
            start_iteration=start,
            num_iteration=count,
            raw_score=True,
            num_threads=threads,
        )


def _lightgbm_settings(parameters: dict[str, Any], context: FitContext) -> dict[str, Any]:
    objective = "regression_l1" if context.absolute else "regression"
    settings: dict[str, Any] = {
        "learning_rate": float(parameters["learning_rate"]),
        "num_leaves": int(parameters["leaves"]),
        "min_data_in_leaf": int(parameters["min_leaf"]),
        "lambda_l2": float(parameters["l2"]),
        "feature_fraction": float(parameters["features"]),
        "bagging_fraction": float(parameters["rows"]),
        "bagging_freq": 1 if float(parameters["rows"]) < 1.0 else 0,
        "extra_trees": bool(parameters.get("extra", False)),
        "num_threads": context.threads,
        "seed": context.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    if context.classes == 2:
        objective = "binary"
    elif context.classes:
        objective = "multiclass"
        settings["num_class"] = context.classes
    settings["objective"] = objective
    return settings


class XgBoost(Learner):
    """XGBoost booster with histogram trees."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit, ending early when the watched rows no longer gain."""
        import xgboost

        rounds = int(self.parameters["rounds"])
        self.classes = context.classes
        settings = self._settings(context)
        data = xgboost.DMatrix(matrix, target, weight=context.weights, nthread=context.threads)
        watched = []
        if context.watch is not None:
            rows = xgboost.DMatrix(context.watch[0], context.watch[1], nthread=context.threads)
            watched = [(rows, "watched")]
        self.model: Any = xgboost.train(
            settings,
            data,
            rounds,
            evals=watched,
            early_stopping_rounds=patience(rounds) if watched else None,
            verbose_eval=False,
        )
        self.model.set_param({"nthread": 1})

    def _settings(self, context: FitContext) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "tree_method": "hist",
            "learning_rate": float(self.parameters["learning_rate"]),
            "max_depth": int(self.parameters["depth"]),
            "min_child_weight": float(self.parameters["min_child"]),
            "lambda": float(self.parameters["l2"]),
            "colsample_bytree": float(self.parameters["features"]),
            "subsample": float(self.parameters["rows"]),
            "nthread": context.threads,
            "seed": context.seed,
            "verbosity": 0,
        }
        if context.classes == 2:
            settings["objective"] = "binary:logistic"
        elif context.classes:
            settings["objective"] = "multi:softprob"
            settings["num_class"] = context.classes
        else:
            squared = "reg:squarederror"
            settings["objective"] = "reg:absoluteerror" if context.absolute else squared
        return settings

    @property
    def rounds(self) -> int:
        """Boosting rounds fitted."""
        return int(self.model.num_boosted_rounds())

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        return self._until(matrix, self.rounds)

    def stages(self, matrix: Matrix) -> dict[int, Floats]:
        """Return predictions at the checkpoints."""
        return {point: self._until(matrix, point) for point in reached(self.rounds)}

    def _until(self, matrix: Matrix, rounds: int) -> Floats:
        values = self.model.inplace_predict(
            matrix, iteration_range=(0, rounds), validate_features=False
        )
        values = np.asarray(values, dtype=np.float64)
        return two_columns(values) if self.classes == 2 else values


class CatBoost(Learner):
    """CatBoost with symmetric trees; category codes go in as they are."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit, ending early when the watched rows no longer gain."""
        from catboost import CatBoostClassifier, CatBoostRegressor, Pool

        self.categorical = list(context.categorical)
        self.classes = context.classes
        rounds = int(self.parameters["rounds"])
        settings = self._settings(context, rounds)
        data = Pool(
            self._input(matrix), target, weight=context.weights, cat_features=self.categorical
        )
        watched = None
        if context.watch is not None:
            watched = Pool(
                self._input(context.watch[0]), context.watch[1], cat_features=self.categorical
            )
            settings["od_type"] = "Iter"
            settings["od_wait"] = patience(rounds)
        maker = CatBoostClassifier if context.classes else CatBoostRegressor
        self.model: Any = maker(**settings)
        self.model.fit(data, eval_set=watched, use_best_model=False)

    def _settings(self, context: FitContext, rounds: int) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "iterations": rounds,
            "learning_rate": float(self.parameters["learning_rate"]),
            "depth": int(self.parameters["depth"]),
            "l2_leaf_reg": float(self.parameters["l2"]),
            "random_strength": float(self.parameters.get("noise", 1.0)),
            "rsm": float(self.parameters.get("features", 1.0)),
            "thread_count": context.threads,
            "random_seed": context.seed,
            "allow_writing_files": False,
            "logging_level": "Silent",
        }
        if context.classes == 2:
            settings["loss_function"] = "Logloss"
        elif context.classes:
            settings["loss_function"] = "MultiClass"
        else:
            settings["loss_function"] = "MAE" if context.absolute else "RMSE"
        return settings

    @property
    def rounds(self) -> int:
        """Boosting rounds fitted."""
        return int(self.model.tree_count_)

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        return self._until(matrix, 0)

    def stages(self, matrix: Matrix) -> dict[int, Floats]:
        """Return predictions at the checkpoints."""
        return {point: self._until(matrix, point) for point in reached(self.rounds)}

    def _until(self, matrix: Matrix, rounds: int) -> Floats:
        kind = "Probability" if self.classes else "RawFormulaVal"
        threads = 1 if matrix.shape[0] <= FEW_ROWS else -1
        values = self.model.predict(
            self._input(matrix), prediction_type=kind, ntree_end=rounds, thread_count=threads
        )
        return np.asarray(values, dtype=np.float64)

    def _input(self, matrix: Matrix) -> Any:
        if not self.categorical:
            return matrix
        mixed = np.asarray(matrix, dtype=np.float64).astype(object)
        for index in self.categorical:
            codes = np.nan_to_num(np.asarray(matrix[:, index], dtype=np.float64), nan=-1.0)
            mixed[:, index] = codes.astype(np.int64)
        return mixed
