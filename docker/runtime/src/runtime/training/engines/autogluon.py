"""AutoGluon (Erickson et al., 2020) as an engine: a whole predictor is one candidate."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Matrix
from runtime.training.learner import FitContext, Learner

LABEL = "target"


class AutoGluonLearner(Learner):
    """A predictor with a preset, fitted for `seconds`.

    A predictor is a folder; it travels with the model as an archive and is unpacked, once, where it
    predicts. Serving needs AutoGluon itself.
    """

    archive: bytes
    classes: int
    _predictor: Any = None

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:
        """Fit a predictor in a folder of its own and pack it up."""
        from autogluon.tabular import TabularPredictor

        table = _frame(matrix)
        table[LABEL] = target
        if context.weights is not None:
            table["weight"] = context.weights
        kind = "regression"
        if context.classes:
            kind = "binary" if context.classes == 2 else "multiclass"
        folder = Path(tempfile.mkdtemp(prefix="autogluon-"))
        try:
            predictor = TabularPredictor(
                LABEL,
                kind,
                "mean_absolute_error" if context.absolute else None,
                path=str(folder / "fit"),
                verbosity=0,
                sample_weight=None if context.weights is None else "weight",
            ).fit(
                table,
                time_limit=float(self.parameters["seconds"]),
                presets=str(self.parameters["preset"]),
                num_cpus=context.threads,
                num_gpus=0,
            )
            predictor.clone_for_deployment(str(folder / "deploy"))
            self.archive = _pack(folder / "deploy")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.classes = context.classes

    def predict(self, matrix: Matrix) -> Floats:
        """Predict encoded rows."""
        predictor = self._unpacked()
        if self.classes:
            return np.asarray(predictor.predict_proba(_frame(matrix)), dtype=np.float64)
        return np.asarray(predictor.predict(_frame(matrix)), dtype=np.float64)

    def _unpacked(self) -> Any:
        if self._predictor is None:
            from autogluon.tabular import TabularPredictor

            folder = tempfile.mkdtemp(prefix="autogluon-")
            with tarfile.open(fileobj=io.BytesIO(self.archive)) as archive:
                archive.extractall(folder, filter="data")
            self._predictor = TabularPredictor.load(folder, require_py_version_match=False)
            self._predictor.persist()
        return self._predictor

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_predictor"}


def _pack(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        archive.add(folder, arcname=".")
    return buffer.getvalue()


def _frame(matrix: Matrix) -> Any:
    import pandas as pd

    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return pd.DataFrame(dense, columns=[f"f{index}" for index in range(dense.shape[1])])


def recipes(seconds: float) -> list[dict[str, Any]]:
    """Return the predictors to judge, each fit of which takes `seconds`."""
    return [
        {"style": "tree", "category": "ordinal", "preset": preset, "seconds": round(seconds, 1)}
        for preset in ("medium_quality", "good_quality")
    ]
