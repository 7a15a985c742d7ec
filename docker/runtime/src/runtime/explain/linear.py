"""Exact contributions of one linear model."""

from __future__ import annotations

import numpy as np

from runtime.explain.method import CannotExplain, Contributions, Method
from runtime.training.arrays import Frame
from runtime.training.learner import Linear
from runtime.training.model import FittedPipeline

SOURCE = "Štrumbelj and Kononenko 2014, Explaining prediction models and individual predictions"


class LinearExplainer:
    """Weight times distance from the background's mean, summed over the features of a column.

    These are the Shapley values of the raw score when columns are drawn independently. Products
    of two columns belong to neither, so a model with pairs is not explained this way.
    """

    def __init__(self, pipeline: FittedPipeline, columns: list[str], background: Frame) -> None:
        learner = pipeline.learner
        if not isinstance(learner, Linear):
            raise CannotExplain("The model is not linear.")
        if getattr(pipeline.encoder, "pairs", False):
            raise CannotExplain("The linear model has products of two columns.")
        classes = pipeline.settings.classes
        if classes and len(pipeline.present) < classes:
            raise CannotExplain("A class was absent when the model was fitted.")
        self._encoder = pipeline.encoder
        weights = np.asarray(learner.weights, dtype=np.float64)
        weights = weights[:, None] if weights.ndim == 1 else weights
        intercept = np.atleast_1d(np.asarray(learner.intercept, dtype=np.float64))
        if classes == 2 and weights.shape[1] == 1:
            weights, intercept = np.hstack([-weights, weights]), np.r_[-intercept, intercept]
        self._weights = weights
        encoded = self._encoder.transform(background)
        self._mean = np.asarray(encoded.mean(axis=0), dtype=np.float64).ravel()
        self._base = self._mean @ weights + intercept
        self._groups = np.zeros((len(pipeline.encoder.sources_), len(columns)))
        for index, source in enumerate(pipeline.encoder.sources_):
            self._groups[index, columns.index(source)] = 1.0
        self.method = Method("linear_shap", "Linear SHAP, exact", SOURCE)
        self.tolerance = 1e-6
        self.notes = ["Columns are treated as if they varied independently of each other."]
        if classes == 0:
            log_target = pipeline.settings.log_target
            self.space = "log_number" if log_target else "number"
            self.link = "expm1" if log_target else "identity"
        elif classes == 2:
            self.space, self.link = "log_odds", "logistic"
        else:
            self.space, self.link = "margin", "softmax"

    def explain(self, frame: Frame) -> Contributions:
        """Explain raw rows."""
        encoded = self._encoder.transform(frame)
        outputs = []
        for output in range(self._weights.shape[1]):
            weights = self._weights[:, output]
            grouped = self._groups * weights[:, None]
            outputs.append(np.asarray(encoded @ grouped) - self._mean @ grouped)
        return Contributions(np.stack(outputs, axis=1), self._base)
