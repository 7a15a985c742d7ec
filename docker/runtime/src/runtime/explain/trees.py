"""Exact contributions of one tree model (TreeSHAP), summed over the features of each raw column."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from runtime.explain.method import CannotExplain, Contributions, Method
from runtime.training.arrays import Floats, Frame, Matrix
from runtime.training.boosters import CatBoost, LightGbm, XgBoost
from runtime.training.forests import Forest
from runtime.training.hist_gradient import HistGradientBoosting
from runtime.training.learner import Learner
from runtime.training.model import FittedPipeline

SOURCE = "Lundberg et al. 2020, From local explanations to global understanding with explainable AI"
MAX_CELLS = 40_000_000
"""Cells of one block of encoded rows or contributions: 320 MB."""

_BY = {
    LightGbm: "LightGBM",
    XgBoost: "XGBoost",
    CatBoost: "CatBoost",
    Forest: "shap",
    HistGradientBoosting: "shap",
}


class TreeExplainer:
    """TreeSHAP of a single pipeline, along the paths of the training rows.

    Boosters are explained in the space of their raw score, forests in that of their prediction.
    """

    def __init__(self, pipeline: FittedPipeline, columns: list[str]) -> None:
        self._pipeline = pipeline
        self._learner = pipeline.learner
        self._classes = pipeline.settings.classes
        if type(self._learner) not in _BY:
            raise CannotExplain("The model is not made of trees.")
        if self._classes and len(pipeline.present) < self._classes:
            raise CannotExplain("A class was absent when the trees were fitted.")
        if self._classes == 1:
            raise CannotExplain("The model knows a single class.")
        self._sources = np.array([columns.index(s) for s in pipeline.encoder.sources_])
        self._columns = len(columns)
        self._shap: Any = None
        self.method = Method(
            "tree_shap", f"TreeSHAP ({_BY[type(self._learner)]}), exact, path-dependent", SOURCE
        )
        self.space, self.link = self._output()
        self.tolerance = 1e-3 if isinstance(self._learner, XgBoost) else 1e-5
        self.notes = [
            "Contributions of the features that a column is encoded into are summed. What absent "
            "columns would be follows the paths of the training rows through the trees."
        ]

    def explain(self, frame: Frame) -> Contributions:
        """Explain raw rows."""
        matrix = self._pipeline.encoder.transform(frame)
        per_row = matrix.shape[1] * max(1, self._classes)
        step = max(1, MAX_CELLS // max(1, per_row))
        parts = [self._block(matrix[s : s + step]) for s in range(0, matrix.shape[0], step)]
        base = parts[0][1]
        return Contributions(np.concatenate([values for values, _ in parts]), base)

    def _output(self) -> tuple[str, str]:
        if self._classes == 0:
            log_target = self._pipeline.settings.log_target
            return ("log_number", "expm1") if log_target else ("number", "identity")
        if isinstance(self._learner, Forest):
            return "probability", "identity"
        return ("log_odds", "logistic") if self._classes == 2 else ("margin", "softmax")

    def _block(self, matrix: Matrix) -> tuple[Floats, Floats]:
        """Return contributions `(n_rows, n_outputs, n_columns)` and base `(n_outputs,)`."""
        raw = _raw_contributions(self._learner, matrix, self)
        values, base = raw[:, :, :-1], raw[0, :, -1]
        if self._classes == 2 and values.shape[1] == 1:
            values = np.concatenate([-values, values], axis=1)
            base = np.array([-base[0], base[0]])
        summed = np.zeros((values.shape[0], values.shape[1], self._columns))
        order = np.argsort(self._sources, kind="stable")
        present, starts = np.unique(self._sources[order], return_index=True)
        summed[:, :, present] = np.add.reduceat(values[:, :, order], starts, axis=2)
        return summed, base

    def shap_values(self, matrix: Any) -> Floats:
        """Return what the shap library says of a scikit-learn model, base in the last place."""
        if self._shap is None:
            with warnings.catch_warnings():
                # The library warns of things in its own dependencies when it is imported.
                warnings.simplefilter("ignore")
                import shap

                model = self._learner.model  # type: ignore[attr-defined]
                self._shap = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
        values = np.asarray(self._shap.shap_values(matrix, check_additivity=False), np.float64)
        base = np.atleast_1d(np.asarray(self._shap.expected_value, dtype=np.float64))
        if values.ndim == 2:
            values = values[:, :, None]
        values = np.moveaxis(values, 2, 1)
        last = np.broadcast_to(base[None, :, None], (*values.shape[:2], 1))
        return np.concatenate([values, last], axis=2)


def _raw_contributions(learner: Learner, matrix: Matrix, explainer: TreeExplainer) -> Floats:
    """Return `(n_rows, n_outputs, n_features + 1)` with the base in the last place."""
    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    rows, features = dense.shape
    if isinstance(learner, LightGbm):
        raw = learner.model.predict(dense, pred_contrib=True, num_threads=1 if rows < 50 else 0)
        return np.asarray(raw, dtype=np.float64).reshape(rows, -1, features + 1)
    if isinstance(learner, XgBoost):
        import xgboost

        data = xgboost.DMatrix(dense)
        raw = learner.model.predict(data, pred_contribs=True, validate_features=False)
        return np.asarray(raw, dtype=np.float64).reshape(rows, -1, features + 1)
    if isinstance(learner, CatBoost):
        from catboost import Pool

        data = Pool(learner._input(dense), cat_features=learner.categorical)  # noqa: SLF001
        raw = learner.model.get_feature_importance(data, type="ShapValues")
        return np.asarray(raw, dtype=np.float64).reshape(rows, -1, features + 1)
    if isinstance(learner, Forest):
        dense = np.ascontiguousarray(dense, dtype=np.float32)
    return explainer.shap_values(dense)
