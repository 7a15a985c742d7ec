"""A model's predictions in one shape, whoever made the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from runtime.frames import data_frame
from runtime.training.arrays import Floats
from runtime.training.model import TabularModel

SLICE_ROWS = 50_000


def is_class(contract: Mapping[str, Any]) -> bool:
    """Whether the model of a parsed contract answers with a class."""
    return bool(contract["output"]["kind"] == "class")


class ModelOutputs:
    """What a model says of typed columns.

    Attributes:
        columns: Name and type of each input.
        labels: Class names in the order of the probabilities; empty for numbers.
    """

    def __init__(self, model: Any, contract: Mapping[str, Any]) -> None:
        self.model = model
        self.columns = [(str(c["name"]), str(c["type"])) for c in contract["inputs"]]
        classes = contract["output"].get("classes") or ()
        self.labels = [str(c) for c in classes] if is_class(contract) else []
        self._order = self._class_order()

    def predict(self, columns: Mapping[str, Any]) -> Floats:
        """Return probabilities in the contract's order, or numbers, `(n_rows, n_outputs)`."""
        rows = len(columns[self.columns[0][0]])
        names = [name for name, _ in self.columns]
        parts = [
            self._slice({name: columns[name][s : s + SLICE_ROWS] for name in names})
            for s in range(0, max(rows, 1), SLICE_ROWS)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _slice(self, columns: Mapping[str, Any]) -> Floats:
        data = columns if isinstance(self.model, TabularModel) else data_frame(columns)
        if not self.labels:
            return np.asarray(self.model.predict(data), dtype=np.float64).reshape(-1, 1)
        values = np.asarray(self.model.predict_proba(data), dtype=np.float64)
        return values if self._order is None else values[:, self._order]

    def _class_order(self) -> list[int] | None:
        if not self.labels:
            return None
        known = [str(label) for label in self.model.classes_]
        order = [known.index(label) for label in self.labels]
        return None if order == list(range(len(order))) else order
