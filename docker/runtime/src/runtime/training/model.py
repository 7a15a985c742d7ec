"""The model that is saved and served: raw rows in, predictions out.

A `TabularModel` is one pipeline (encoder and learner) or several with weights. It follows
scikit-learn's protocol: `fit(frame, y)`, `predict(frame)`, `predict_proba(frame)`, `classes_`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from runtime.training.arrays import Floats, Frame, Matrix
from runtime.training.encoder import TableEncoder
from runtime.training.learner import FitContext, Learner
from runtime.training.metrics import decide
from runtime.training.params import Parameters

CLIP_MARGIN = 0.5
"""Predicted numbers stay within the training range widened by this share on both sides."""


@dataclass(frozen=True)
class PipelineSettings:
    """How a pipeline treats its target.

    `classes` is 0 for regression; `absolute` asks for the absolute loss, `log_target` fits the
    logarithm (log1p) of a number, `balanced` weighs every class alike, `class_weights` are the
    weights of a row by its class code. `clusters` says that there is no target: predictions are
    memberships in the groups that were found.
    """

    classes: int
    absolute: bool = False
    log_target: bool = False
    balanced: bool = False
    seed: int = 0
    class_weights: tuple[float, ...] | None = None
    clusters: bool = False


@dataclass
class FittedPipeline:
    """An encoder and a learner fitted together on the same rows."""

    encoder: TableEncoder
    learner: Learner
    settings: PipelineSettings
    present: Any
    low: float
    high: float

    def predict(self, frame: Frame) -> Floats:
        """Predict raw rows: probabilities `(n_rows, classes)` or numbers `(n_rows,)`."""
        return self.finish(self.learner.predict(self.encoder.transform(frame)))

    def finish(self, values: Floats) -> Floats:
        """Undo the target's transformation; give classes that were not seen probability 0."""
        classes = self.settings.classes
        if self.settings.clusters:
            return values
        if classes == 0:
            log_target = self.settings.log_target
            numbers = np.expm1(np.minimum(values, 700.0)) if log_target else values
            return np.clip(numbers, self.low, self.high)
        if values.shape[1] == classes:
            return values
        full = np.zeros((values.shape[0], classes))
        full[:, self.present] = values
        return full


def fit_pipeline(
    encoder: TableEncoder,
    matrix: Matrix,
    learner: Learner,
    target: Any,
    settings: PipelineSettings,
    threads: int = 1,
    watch: tuple[Matrix, Any] | None = None,
) -> FittedPipeline:
    """Fit `learner` on rows that `encoder` was fitted on and has turned into `matrix`.

    `target` are class codes of which some may be absent, or numbers in natural units.
    """
    present: Any = None
    low = high = 0.0
    weights = None
    inner: Any = target
    if settings.clusters:
        inner = None
    elif settings.classes:
        present, inner = np.unique(target, return_inverse=True)
        if settings.balanced:
            counts = np.bincount(inner)
            weights = (inner.size / (counts.size * counts))[inner]
        elif settings.class_weights is not None:
            weights = np.array(settings.class_weights)[target]
    else:
        margin = CLIP_MARGIN * float(target.max() - target.min())
        low, high = float(target.min()) - margin, float(target.max()) + margin
        inner = np.log1p(target) if settings.log_target else target
    context = FitContext(
        classes=0 if present is None else int(present.size),
        absolute=settings.absolute,
        threads=threads,
        seed=settings.seed,
        categorical=tuple(encoder.categorical_),
        weights=weights,
        watch=None if settings.clusters else _watched(watch, present, settings.log_target),
    )
    learner.fit(matrix, inner, context)
    return FittedPipeline(encoder, learner, settings, present, low, high)


def _watched(
    watch: tuple[Matrix, Any] | None, present: Any, log_target: bool
) -> tuple[Matrix, Any] | None:
    if watch is None:
        return None
    matrix, target = watch
    if present is None:
        return matrix, np.log1p(np.maximum(target, 0.0)) if log_target else target
    known = np.isin(target, present)
    if not known.any():
        return None
    return (matrix if known.all() else matrix[known]), np.searchsorted(present, target[known])


@dataclass(repr=False)
class TabularModel(Parameters):
    """Weighted pipelines over raw rows.

    `labels` are the class names in the order of the probabilities (empty for regression). Members
    may share an encoder object; rows are encoded once for all of them. With a `threshold`, the
    class with the code `positive` is predicted where its probability reaches it; with `costs`
    (rows actual, columns predicted) that with the smallest expected cost.
    """

    columns: tuple[tuple[str, str], ...]
    labels: list[str]
    members: list[tuple[float, FittedPipeline]] = field(default_factory=list)
    threshold: float | None = None
    positive: int = 0
    costs: Floats | None = None

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what this is; only scikit-learn asks, so only then is it imported."""
        from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier" if self.labels else "regressor",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if self.labels else None,
            regressor_tags=None if self.labels else RegressorTags(),
            input_tags=InputTags(allow_nan=True, string=True, categorical=True),
        )

    @property
    def classes_(self) -> Any:
        """Class names, in the order of `predict_proba`'s columns."""
        return np.array(self.labels, dtype=object)

    def fit(self, frame: Frame, target: Any = None) -> Self:
        """Fit the same pipelines again on other rows; `target` holds labels or numbers."""
        coded = target
        if self.members and self.members[0][1].settings.clusters:
            coded = None
        elif self.labels:
            code_of = {label: code for code, label in enumerate(self.labels)}
            coded = np.array([code_of[str(label)] for label in target], dtype=np.int64)
        else:
            coded = np.asarray(target, dtype=np.float64)
        self.members = [(weight, _fit_again(old, frame, coded)) for weight, old in self.members]
        return self

    def predict_values(self, frame: Frame) -> Floats:
        """Return probabilities `(n_rows, n_classes)`, or numbers `(n_rows,)`."""
        encoded: dict[int, Matrix] = {}
        total: Any = 0.0
        for weight, member in self.members:
            key = id(member.encoder)
            if key not in encoded:
                encoded[key] = member.encoder.transform(frame)
            values = member.finish(member.learner.predict(encoded[key]))
            total = total + (values if len(self.members) == 1 else weight * values)
        return np.asarray(total, dtype=np.float64)

    def predict_proba(self, frame: Frame) -> Floats:
        """Return class probabilities `(n_rows, n_classes)`; only for classification."""
        if not self.labels:
            raise AttributeError("A regression model has no class probabilities.")
        return self.predict_values(frame)

    def predict(self, frame: Frame) -> Any:
        """Return class names `(n_rows,) object`, or numbers `(n_rows,) float64`."""
        values = self.predict_values(frame)
        if not self.labels:
            return values
        return self.classes_[decide(values, self.positive, self.threshold, self.costs)]


def _fit_again(old: FittedPipeline, frame: Frame, target: Any) -> FittedPipeline:
    encoder = TableEncoder(**old.encoder.get_params())
    inner = np.log1p(target) if old.settings.log_target else target
    matrix = encoder.fit_transform(frame, inner)
    learner = type(old.learner)(old.learner.parameters)
    return fit_pipeline(encoder, matrix, learner, target, old.settings)
