"""Models for the tests; importable by the server's process as well."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

BAD_AGE = 666.0
SLOW_AGE = 777.0
SLOW_SECONDS = 1.5


class AgeModel:
    """Predicts the age as it is; takes columns or a DataFrame."""

    def predict(self, data: Any) -> Any:
        ages = np.asarray(data["age"], dtype=np.float64)
        if (ages == BAD_AGE).any():
            raise ValueError("This age is not for me.")
        if (ages == SLOW_AGE).any():
            time.sleep(SLOW_SECONDS)
        return np.where(ages == 0, np.nan, ages)


class FrameOnlyModel(AgeModel):
    """Predicts the age, from a DataFrame only."""

    def predict(self, data: Any) -> Any:
        return super().predict(data.loc[:, ["age"]])


class WrongShapeModel:
    """Answers with too few rows."""

    def predict(self, data: Any) -> Any:
        return np.zeros(0)


class Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


def fitted_classifier() -> Pipeline:
    """Fit a pipeline on a small mixed table; the class follows the plan and the age."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 80, 200),
            "plan": rng.choice(np.array(["basic", "gold"], dtype=object), 200),
        }
    )
    target = np.where((frame["plan"] == "gold") | (frame["age"] > 60), "stays", "leaves")
    columns = ColumnTransformer(
        [
            ("numbers", SimpleImputer(), ["age"]),
            ("plans", OneHotEncoder(handle_unknown="ignore"), ["plan"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression()).fit(frame, target)
