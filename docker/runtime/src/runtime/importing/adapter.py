"""A model from outside, saved and served as one of our own.

It keeps the files as they came. They are loaded when the first rows arrive, in the container that
serves them, and get their rows in the types they were made for.
"""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from runtime.errors import PredictionError
from runtime.importing.loaders import Inner, load_file, load_folder


@dataclass
class ImportedModel:
    """Rows of a contract in, probabilities or numbers out, by a model that was made elsewhere.

    Attributes:
        form: One of `runtime.importing.loaders.FORMS`.
        content: The file; for a folder, a zip of it that has been looked through.
        columns: Name, contract type and original pandas dtype of each input.
        labels: Classes as texts, in the order of the probabilities; empty for numbers.
    """

    form: str
    content: bytes = field(repr=False)
    columns: tuple[tuple[str, str, str], ...]
    labels: list[str]

    def __post_init__(self) -> None:
        self._inner: Inner | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_inner": None, "_folder": None}

    @property
    def classes_(self) -> Any:
        """Class names, in the order of `predict_proba`'s columns."""
        return np.array(self.labels, dtype=object)

    @property
    def inner(self) -> Inner:
        """The loaded model."""
        if self._inner is None:
            self._inner = self._load()
        return self._inner

    def predict(self, data: Any) -> Any:
        """Return class names or numbers `(n_rows,)`."""
        if self.labels:
            return self.classes_[np.argmax(self.predict_proba(data), axis=1)]
        return np.asarray(self.inner.predict(self.frame(data)), dtype=np.float64).reshape(-1)

    def predict_proba(self, data: Any) -> Any:
        """Return probabilities `(n_rows, n_classes)`; certainty where the model has none."""
        frame = self.frame(data)
        inner = self.inner
        if inner.predict_proba is not None and inner.classes is not None:
            values = np.asarray(inner.predict_proba(frame), dtype=np.float64)
            places = [label_text(label) for label in inner.classes]
            return values[:, [places.index(label) for label in self.labels]]
        chosen = [label_text(label) for label in np.asarray(inner.predict(frame)).reshape(-1)]
        unknown = sorted(set(chosen) - set(self.labels))
        if unknown:
            raise PredictionError(f"The model answered with {unknown[0]!r}, which is no class.")
        return np.array([[float(label == one) for label in self.labels] for one in chosen])

    def frame(self, data: Any) -> Any:
        """Return rows in the types of the contract as the DataFrame that the model was made for."""
        return pd.DataFrame(
            {name: as_made(data[name], kind, dtype) for name, kind, dtype in self.columns}
        )

    def _load(self) -> Inner:
        if self.form != "mlflow":
            return load_file(self.form, self.content)
        self._folder = tempfile.TemporaryDirectory(prefix="model-")
        with zipfile.ZipFile(BytesIO(self.content)) as archive:
            archive.extractall(self._folder.name)
        return load_folder(Path(self._folder.name))


def as_made(values: Any, kind: str, dtype: str) -> Any:
    """Turn a column of the contract into the pandas type it had where the model was made."""
    column: Any = pd.Series(np.asarray(values))
    if kind == "datetime" or column.dtype.kind == "M":
        return column
    if kind in ("number", "integer"):
        whole = dtype.startswith(("int", "uint")) and not column.isna().any()
        return column.astype(dtype) if whole else column.astype(np.float64)
    known = column.map(lambda value: np.nan if value is None else value)
    if kind == "boolean":
        known = known.map({"true": True, "false": False})
        return known.astype(bool) if dtype == "bool" and not known.isna().any() else known
    if dtype.startswith(("int", "uint", "float")):
        numbers = pd.to_numeric(known, errors="coerce")
        return numbers.astype(dtype) if not numbers.isna().any() else numbers
    return known.astype(object)


def label_text(label: Any) -> str:
    """Write a class as the contract does: true, 3, 3.5, a text."""
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, bool):
        return "true" if label else "false"
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)
