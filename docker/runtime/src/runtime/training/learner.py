"""What every learner offers, and the context in which it is fitted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Matrix

CHECKPOINTS = (
    1,
    2,
    3,
    5,
    7,
    10,
    15,
    20,
    30,
    45,
    65,
    100,
    140,
    200,
    280,
    400,
    560,
    800,
    1130,
    1600,
    2260,
    3200,
)
"""Numbers of boosting rounds at which a fit is judged; the search keeps the best one."""


@dataclass(frozen=True)
class FitContext:
    """How a learner is fitted.

    `classes` is 0 for regression; `absolute` asks for the absolute instead of the squared loss;
    `categorical` are the columns of the matrix that hold category codes; `watch` (matrix, target)
    are rows on which a boosting fit may notice that more rounds no longer help.
    """

    classes: int
    absolute: bool
    threads: int
    seed: int
    categorical: tuple[int, ...] = ()
    weights: Floats | None = None
    watch: tuple[Matrix, Any] | None = None


class Learner:
    """A model of encoded features.

    Predictions are probabilities `(n_rows, n_classes)` or numbers `(n_rows,)`.
    """

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit on encoded rows; class targets are codes 0 … classes-1, all present."""
        raise NotImplementedError

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        raise NotImplementedError

    def stages(self, matrix: Matrix) -> dict[int, Floats]:  # noqa: ARG002
        """Return predictions by number of boosting rounds; empty if there are no rounds."""
        return {}

    @property
    def rounds(self) -> int:
        """Boosting rounds fitted; 0 if there are none."""
        return 0


def reached(rounds: int) -> list[int]:
    """Return the checkpoints up to `rounds`, and `rounds` itself."""
    return [*(point for point in CHECKPOINTS if point < rounds), rounds]


def from_margin(margin: Floats, classes: int) -> Floats:
    """Turn raw scores into probabilities (logistic or soft-max); numbers stay as they are."""
    if classes == 0:
        return margin
    if classes == 2:
        positive = 1.0 / (1.0 + np.exp(-np.clip(margin, -500, 500)))
        return np.stack([1.0 - positive, positive], axis=1)
    shifted = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def two_columns(positive: Floats) -> Floats:
    """Turn the probability of class 1 into `(n_rows, 2)`."""
    return np.stack([1.0 - positive, positive], axis=1)


class Baseline(Learner):
    """Class shares, or the mean (median for the absolute loss): what knowing nothing gives."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:  # noqa: ARG002
        """Remember the constant."""
        self.value: Any
        if context.classes:
            self.value = np.bincount(target, context.weights, context.classes) / (
                target.size if context.weights is None else context.weights.sum()
            )
        else:
            self.value = float(np.median(target) if context.absolute else np.mean(target))

    def predict(self, matrix: Matrix) -> Floats:
        """Repeat the constant."""
        rows = matrix.shape[0]
        if isinstance(self.value, float):
            return np.full(rows, self.value)
        return np.tile(self.value, (rows, 1))


PENALISED, DISCRIMINANT = "penalised", "discriminant"
"""How a linear model of classes is fitted."""


class Linear(Learner):
    """Logistic or ridge regression; keeps only the coefficients, so predicting is one product.

    With the `solver` "discriminant" classes are told apart by linear discriminant analysis, which
    is as linear: classes are taken for normal with one covariance, shrunk by Ledoit and Wolf (2004,
    A well-conditioned estimator for large-dimensional covariance matrices). On few rows that says
    more than a logistic fit does.
    """

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit with the L2 penalty given by `strength` (larger = less penalty).

        The discriminant has no use for it: its shrinkage follows from the rows.
        """
        from sklearn.linear_model import LogisticRegression, Ridge

        self.classes = context.classes
        if context.classes and self.parameters.get("solver") == DISCRIMINANT:
            self._keep(_discriminant(matrix, target, context))
            return
        strength = float(self.parameters.get("strength", 1.0))
        model: Any
        if context.classes:
            model = LogisticRegression(C=strength, max_iter=300, random_state=context.seed)
        else:
            model = Ridge(alpha=1.0 / strength, random_state=context.seed)
        self._keep(model.fit(matrix, target, sample_weight=context.weights))

    def _keep(self, model: Any) -> None:
        weights = np.asarray(model.coef_, dtype=np.float64)
        self.weights = weights.T if weights.ndim == 2 and weights.shape[0] > 1 else weights.ravel()
        intercept = np.asarray(model.intercept_, dtype=np.float64)
        self.intercept: Any = intercept if self.weights.ndim == 2 else float(intercept.ravel()[0])

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        return from_margin(np.asarray(matrix @ self.weights) + self.intercept, self.classes)


def _discriminant(matrix: Matrix, target: Any, context: FitContext) -> Any:
    """Return a fitted discriminant; weights of rows are those of their classes, so its priors."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    counts = np.bincount(target, context.weights, context.classes)
    shares = counts / counts.sum()
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=shares)
    dense: Any = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    with warnings.catch_warnings():
        # A class of one row has no spread of its own and adds none.
        warnings.simplefilter("ignore", UserWarning)
        return model.fit(dense, target)
