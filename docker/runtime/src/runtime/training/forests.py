"""Random forests and extremely randomised trees (scikit-learn), with a short way to predict."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Matrix
from runtime.training.learner import FitContext, Learner

FEW_ROWS = 256


class Forest(Learner):
    """Bagged trees; parameter `kind` is `random_forest` or `extra_trees`."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit the trees."""
        from sklearn import ensemble

        extra = self.parameters["kind"] == "extra_trees"
        settings: dict[str, Any] = {
            "n_estimators": int(self.parameters["trees"]),
            "min_samples_leaf": int(self.parameters["min_leaf"]),
            "max_features": float(self.parameters["features"]),
            "max_depth": self.parameters.get("depth"),
            "n_jobs": context.threads,
            "random_state": context.seed,
        }
        sample = float(self.parameters.get("sample", 1.0))
        if sample < 1.0:
            settings |= {"bootstrap": True, "max_samples": sample}
        if context.classes:
            maker = ensemble.ExtraTreesClassifier if extra else ensemble.RandomForestClassifier
            settings["criterion"] = self.parameters.get("criterion", "gini")
        else:
            maker = ensemble.ExtraTreesRegressor if extra else ensemble.RandomForestRegressor
        self.model: Any = maker(**settings)
        self.model.fit(_dense(matrix), target, sample_weight=context.weights)
        self.model.n_jobs = 1
        self.classes = context.classes

    def predict(self, matrix: Matrix) -> Floats:
        """Average the trees."""
        dense = _dense(matrix)
        if dense.shape[0] > FEW_ROWS:
            method = self.model.predict_proba if self.classes else self.model.predict
            return np.asarray(method(dense), dtype=np.float64)
        # For few rows the public method spends ten times longer on checks than on the trees.
        total: Any = 0.0
        for tree in self.model.estimators_:
            values = tree.tree_.predict(dense)
            if self.classes:
                values = values.reshape(dense.shape[0], -1)
                values = values / values.sum(axis=1, keepdims=True)
            else:
                values = values.reshape(dense.shape[0])
            total = total + values
        return np.asarray(total / len(self.model.estimators_), dtype=np.float64)


def _dense(matrix: Matrix) -> Any:
    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return np.ascontiguousarray(dense, dtype=np.float32)
