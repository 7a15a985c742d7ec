"""Rows in, predictions out. Knows models and contracts, and nothing of HTTP."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.contract import ModelContract
from runtime.errors import ContractError, PredictionError
from runtime.frames import Column, RowReader, data_frame

Prediction = dict[str, Any]
"""`{"index", "prediction"}`, and `probabilities` by class name for a classifier."""

_AGREEMENT = 1e-9
"""How far two answers for the same rows may differ, relative to their size."""


class Predictor:
    """Predicts rows with one model."""

    def __init__(self, model: Any, contract: ModelContract) -> None:
        self._reader = RowReader(contract)
        self._contract = contract
        self._classes = list(contract.classes)
        self._evaluate = model.predict_proba if self._classes else model.predict
        self._order = self._class_order(model) if self._classes else None
        self._takes_columns = False

    def warm_up(self) -> None:
        """Predict the contract's example, so that the first request finds everything loaded.

        Also finds out whether the model answers the same for plain columns as for a DataFrame,
        which takes a few hundred microseconds to make.

        Raises:
            PredictionError: The model fails on the example or answers in the wrong shape.
            RowsRejectedError: The example does not fit the contract.
        """
        columns = self._reader.read([dict(self._contract.example)] * 2)
        reference = self._values(data_frame(columns), 2)
        try:
            direct = self._values(columns, 2)
            self._takes_columns = np.allclose(direct, reference, _AGREEMENT, _AGREEMENT, True)
        except PredictionError:
            self._takes_columns = False
        self.predict([dict(self._contract.example)])

    def read(self, rows: Sequence[Any]) -> dict[str, Column]:
        """Return the rows as typed columns.

        Raises:
            RowsRejectedError: A row does not fit the contract.
        """
        return self._reader.read(rows)

    def predict(self, rows: Sequence[Any]) -> list[Prediction]:
        """Predict rows of JSON.

        Raises:
            RowsRejectedError: A row does not fit the contract.
            PredictionError: The model failed.
        """
        return self.predict_columns(self.read(rows), len(rows))

    def predict_columns(self, columns: Mapping[str, Column], rows: int) -> list[Prediction]:
        """Predict columns as `read` returns them.

        Raises:
            PredictionError: The model failed.
        """
        values = self._values(columns if self._takes_columns else data_frame(columns), rows)
        if self._order is None:
            return [
                {"index": index, "prediction": value if math.isfinite(value) else None}
                for index, value in enumerate(values.tolist())
            ]
        return self._labelled(values)

    def _labelled(self, probabilities: npt.NDArray[np.float64]) -> list[Prediction]:
        """Name the class of each row as the contract decides: the most probable, the positive one
        if its probability reaches the threshold, or the one with the smallest expected cost.
        """
        classes = self._classes
        winners = self._winners(probabilities).tolist()
        return [
            {
                "index": index,
                "prediction": classes[winner],
                "probabilities": dict(zip(classes, row, strict=True)),
            }
            for index, (winner, row) in enumerate(zip(winners, probabilities.tolist(), strict=True))
        ]

    def _winners(self, probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        if self._contract.costs is not None:
            expected = probabilities @ np.array(self._contract.costs, dtype=np.float64)
            return np.asarray(np.argmin(expected, axis=1), dtype=np.int64)
        threshold, positive = self._contract.threshold, self._contract.positive_class
        if threshold is None or positive is None:
            return np.asarray(np.argmax(probabilities, axis=1), dtype=np.int64)
        code = self._classes.index(positive)
        reached = probabilities[:, code] >= threshold
        return np.asarray(np.where(reached, code, 1 - code), dtype=np.int64)

    def _values(self, data: Any, rows: int) -> npt.NDArray[np.float64]:
        """Return numbers `(n_rows,)` or probabilities `(n_rows, n_classes)` in contract order."""
        try:
            values = np.asarray(self._evaluate(data), dtype=np.float64)
        # A model is code from outside: whatever it raises is an answer to the caller, not a crash.
        except Exception as error:
            raise PredictionError(f"{type(error).__name__}: {error}"[:500]) from error
        expected = (rows,) if self._order is None else (rows, len(self._classes))
        if values.shape != expected:
            raise PredictionError(f"The model answered with shape {values.shape}, not {expected}.")
        if self._order is not None:
            if not np.isfinite(values).all():
                raise PredictionError("The model answered with probabilities that are not numbers.")
            if self._order != list(range(len(self._order))):
                values = values[:, self._order]
        return values

    def _class_order(self, model: Any) -> list[int]:
        """Return the positions of the contract's classes among the model's."""
        known = [str(label) for label in model.classes_]
        if sorted(known) != sorted(self._classes):
            raise ContractError(
                f"The contract names the classes {self._classes}, the model has {known}."
            )
        return [known.index(label) for label in self._classes]
