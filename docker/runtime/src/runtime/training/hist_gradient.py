"""Histogram gradient boosting of scikit-learn."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Matrix
from runtime.training.learner import FitContext, Learner, reached


class HistGradientBoosting(Learner):
    """scikit-learn's HistGradientBoosting with a fixed number of rounds."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit all rounds; the search judges earlier ones through `stages`."""
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        settings: dict[str, Any] = {
            "learning_rate": float(self.parameters["learning_rate"]),
            "max_iter": int(self.parameters["rounds"]),
            "max_leaf_nodes": int(self.parameters["leaves"]),
            "min_samples_leaf": int(self.parameters["min_leaf"]),
            "l2_regularization": float(self.parameters["l2"]),
            "early_stopping": False,
            "random_state": context.seed,
            "categorical_features": list(context.categorical) or None,
        }
        if context.classes:
            self.model: Any = HistGradientBoostingClassifier(**settings)
        else:
            loss = "absolute_error" if context.absolute else "squared_error"
            self.model = HistGradientBoostingRegressor(loss=loss, **settings)
        self.model.fit(_dense(matrix), target, sample_weight=context.weights)
        self.classes = context.classes

    @property
    def rounds(self) -> int:
        """Boosting rounds fitted."""
        return int(self.model.n_iter_)

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        method = self.model.predict_proba if self.classes else self.model.predict
        return np.asarray(method(_dense(matrix)), dtype=np.float64)

    def stages(self, matrix: Matrix) -> dict[int, Floats]:
        """Return predictions at the checkpoints."""
        dense = _dense(matrix)
        staged = (
            self.model.staged_predict_proba(dense)
            if self.classes
            else self.model.staged_predict(dense)
        )
        points = set(reached(self.rounds))
        return {
            index: np.asarray(values, dtype=np.float64)
            for index, values in enumerate(islice(staged, self.rounds), start=1)
            if index in points
        }


def _dense(matrix: Matrix) -> Any:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
