"""A model for the tests; importable when it is loaded again."""

from __future__ import annotations

from typing import Any

import numpy as np


class StepModel:
    """Says the second class the more, the further `age` is above a cut."""

    def __init__(self, cut: float, classes: tuple[str, str]) -> None:
        self.cut = cut
        self.classes_ = np.array(classes)

    def predict_proba(self, data: Any) -> Any:
        positive = 1 / (1 + np.exp(-(np.asarray(data["age"], dtype=np.float64) - self.cut) / 8))
        return np.column_stack([1 - positive, positive])
