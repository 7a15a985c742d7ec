"""The entry point that MLflow calls for a model folder: `mlflow.pyfunc.load_model(folder)`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from runtime.exported.model import PROBABILITY, ExportedModel


class PyFuncModel:
    """Predicts tables, as MLflow expects.

    `predict` gives a class or a number for each row; with `params={"predict_method":
    "predict_proba"}` a table with the probability of each class.
    """

    def __init__(self, model: ExportedModel) -> None:
        self.model = model

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Predict a table or a list of rows."""
        rows = model_input
        if not isinstance(rows, pd.DataFrame):
            rows = pd.DataFrame(rows)
        predictions = self.model.predict_frame(rows)
        if (params or {}).get("predict_method", "predict") != "predict_proba":
            return predictions["prediction"].to_numpy()
        if not self.model.classes:
            raise ValueError("A model that predicts a number has no probabilities.")
        return predictions.drop(columns="prediction").rename(
            columns=lambda name: str(name).removeprefix(PROBABILITY)
        )


def _load_pyfunc(data_path: str) -> PyFuncModel:
    """Load the model in `data_path`; called by MLflow."""
    return PyFuncModel(ExportedModel(Path(data_path)))
