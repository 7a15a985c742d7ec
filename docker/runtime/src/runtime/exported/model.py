"""A saved model in any Python process: rows in, predictions out, as the product's endpoints give.

The predictions are made by the very code that serves the model, so the numbers are the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from runtime.serving.artifact import load_artifact
from runtime.serving.predictor import Prediction, Predictor

PROBABILITY = "probability_"
"""What the probability columns of `predict_frame` begin with; the class follows."""

CHUNK_ROWS = 20_000
"""Rows that are predicted at once."""


class ExportedModel:
    """A model that was exported, loaded and tried on its example."""

    def __init__(self, folder: str | Path) -> None:
        """Load the model in `folder`, after checking every file against its manifest.

        Raises:
            ArtifactError: A file is missing or is not the one that was exported.
        """
        artifact = load_artifact(Path(folder))
        self.contract: dict[str, Any] = json.loads(artifact.contract_json)
        self._inputs = tuple(column.name for column in artifact.contract.inputs)
        self._classes = artifact.contract.classes
        self._predictor = Predictor(artifact.model, artifact.contract)
        self._predictor.warm_up()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the columns that the model reads."""
        return self._inputs

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the probabilities; empty for a model that predicts a number."""
        return self._classes

    @property
    def example(self) -> dict[str, Any]:
        """A row that the model can predict."""
        return dict(self.contract["example"])

    def predict(self, rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> list[Prediction]:
        """Predict rows, given as objects or as a table.

        Returns:
            For each row `{"index", "prediction"}`, and `"probabilities"` by class for a classifier.
            A missing key, None and NaN are missing values; keys the model does not know are
            ignored.

        Raises:
            RowsRejectedError: A value does not fit its column; `problems` says which and why.
        """
        table = rows_of(rows) if isinstance(rows, pd.DataFrame) else [dict(row) for row in rows]
        predictions: list[Prediction] = []
        for start in range(0, len(table), CHUNK_ROWS):
            for prediction in self._predictor.predict(table[start : start + CHUNK_ROWS]):
                prediction["index"] += start
                predictions.append(prediction)
        return predictions

    def predict_frame(self, rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> pd.DataFrame:
        """Predict rows as a table: `prediction`, and `probability_<class>` for a classifier.

        The index is that of `rows` if it is a table.
        """
        predictions = self.predict(rows)
        columns: dict[str, list[Any]] = {"prediction": [row["prediction"] for row in predictions]}
        for label in self._classes:
            columns[PROBABILITY + label] = [row["probabilities"][label] for row in predictions]
        index = rows.index if isinstance(rows, pd.DataFrame) else None
        return pd.DataFrame(columns, index=index)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into rows of plain values: None for missing, ISO 8601 for times."""
    columns = {str(name): _values(frame[name]) for name in frame.columns}
    return [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ] or [{} for _ in range(len(frame))]


def _values(column: Any) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [None if pd.isna(value) else value.isoformat() for value in column]
    return [_plain(value) for value in column.tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and value != value:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
