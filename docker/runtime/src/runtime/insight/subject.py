"""The thing that is analysed: a checked model, its contract, and the rows it was judged on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from runtime.explain.explainer import ModelExplainer
from runtime.explain.method import CannotExplain
from runtime.explain.outputs import ModelOutputs
from runtime.insight.errors import InsightError
from runtime.insight.progress import Progress
from runtime.insight.spec import InsightSpec
from runtime.serving.artifact import load_artifact
from runtime.tables import read_rows
from runtime.training.arrays import Floats, Ints
from runtime.training.errors import TrainingError
from runtime.training.metrics import Metric, decide, decided_by, metric_for
from runtime.training.reader import check_hash, read_columns
from runtime.training.spec import ColumnSpec

BACKGROUND_ROWS = 100
MAX_HOLDOUT_ROWS = 100_000


class Rows:
    """Typed columns of some rows: `index` are their positions in the dataset."""

    def __init__(self, index: Ints, columns: dict[str, Any]) -> None:
        self.index = index
        self.columns = columns

    def __len__(self) -> int:
        return len(self.index)

    def take(self, positions: Any) -> Rows:
        """Return the rows at `positions`."""
        return Rows(self.index[positions], {n: v[positions] for n, v in self.columns.items()})


class Subject:
    """Loads what an analysis needs, when it needs it.

    Raises InsightError when the model or the data is not what it was.
    """

    def __init__(self, spec: InsightSpec, progress: Progress) -> None:
        self.spec = spec
        self.progress = progress
        self.notes: list[str] = []
        artifact = load_artifact(spec.model_dir, spec.manifest_sha256)
        self.model = artifact.model
        self.contract: Mapping[str, Any] = json.loads(artifact.contract_json)
        self._outputs = ModelOutputs(self.model, self.contract)
        self.inputs, self.labels = self._outputs.columns, self._outputs.labels
        self.task = str(self.contract["task"])
        self._types = {**dict(spec.columns), **dict(self.inputs)}

    # -- rows ---------------------------------------------------------------------------------

    @cached_property
    def _judged(self) -> tuple[Ints, Any]:
        """Positions of the held-out rows and their actual targets (labels or numbers)."""
        path = self.spec.holdout_path
        if path is None:
            raise InsightError(
                "No held-out rows are stored with this model version, so it cannot be judged."
            )
        _check_file(path, self.spec.holdout_sha256, "held-out rows")
        table = pq.read_table(path, columns=["row", "actual"], use_threads=False)
        rows = np.asarray(table.column("row").to_numpy(), dtype=np.int64)
        return rows, np.asarray(table.column("actual").to_pandas())

    @property
    def holdout_size(self) -> int:
        """Number of held-out rows."""
        return int(self._judged[0].size)

    def holdout_positions(self, most: int) -> Ints:
        """Return positions among the held-out rows, at most so many, in order."""
        size = self.holdout_size
        if size <= most:
            return np.arange(size)
        rng = np.random.default_rng([self.spec.seed, 11])
        return np.asarray(np.sort(rng.choice(size, most, replace=False)), dtype=np.int64)

    def holdout(self, most: int = MAX_HOLDOUT_ROWS, extra: tuple[str, ...] = ()) -> Rows:
        """Return (a sample of) the held-out rows with the model's columns and `extra` ones."""
        rows = self._judged[0][self.holdout_positions(most)]
        if self.holdout_size > most:
            self.note(f"A sample of {most:,} of {self.holdout_size:,} held-out rows was looked at.")
        return self.read(rows, [name for name, _ in self.inputs] + list(extra))

    def actual(self, most: int = MAX_HOLDOUT_ROWS) -> Any:
        """Return what was true for `holdout(most)`: class codes, or numbers."""
        return self.coded(self._judged[1][self.holdout_positions(most)])

    def coded(self, values: Any) -> Any:
        """Return labels as class codes int64, numbers as float64."""
        if not self.labels:
            return np.asarray(values, dtype=np.float64)
        code_of = {label: code for code, label in enumerate(self.labels)}
        return np.array([code_of[str(value)] for value in values], dtype=np.int64)

    def holdout_row(self, index: int) -> tuple[Rows, Any]:
        """Return one held-out row by its position in the dataset, and what was true."""
        rows, actual = self._judged
        found = np.flatnonzero(rows == index)
        if not found.size:
            raise InsightError(f"Row {index} was not held out; choose one of the held-out rows.")
        names = [name for name, _ in self.inputs]
        return self.read(rows[found[:1]], names), actual[found[0]]

    def training(self, most: int, target: bool = False) -> tuple[Rows, Any]:
        """Return (a sample of) the rows the model was fitted on, and their targets if asked."""
        rows = self._training_rows()
        if rows.size > most:
            rng = np.random.default_rng([self.spec.seed, 12])
            rows = np.sort(rng.choice(rows, most, replace=False))
        names = [name for name, _ in self.inputs]
        if not target:
            return self.read(rows, names), None
        name, kind = self._target()
        found = self.read(rows, names)
        values = self._read_columns(rows, [ColumnSpec(name, kind, "target")])[name]
        return found, self.coded(values)

    def _training_rows(self) -> Ints:
        known = self._known_target()
        known[self._judged[0]] = False
        return np.flatnonzero(known)

    def _known_target(self) -> Any:
        name, kind = self._target()
        values = read_columns(self._dataset, [ColumnSpec(name, kind, "target")], [])[name]
        if values.dtype == object:
            return np.array([value is not None for value in values], dtype=bool)
        return np.isfinite(values)

    def _target(self) -> tuple[str, str]:
        if self.spec.target is None:
            raise InsightError("The model has no target, so there is nothing to compare with.")
        name, kind = self.spec.target
        if not self.labels:
            return name, "integer" if kind == "integer" else "number"
        return name, "boolean" if kind == "boolean" else "category"

    def read(self, rows: Ints, names: list[str]) -> Rows:
        """Read columns of the dataset at some rows, typed as the model takes them."""
        wanted = list(dict.fromkeys(names))
        unknown = [name for name in wanted if name not in self._types]
        if unknown:
            raise InsightError(f"The dataset has no column {unknown[0]!r}.")
        specs = [ColumnSpec(name, self._types[name], "feature") for name in wanted]
        return Rows(rows, self._read_columns(rows, specs))

    def _read_columns(self, rows: Ints, specs: list[ColumnSpec]) -> dict[str, Any]:
        self.progress.checkpoint()
        return read_rows(self._dataset, rows, specs)

    @cached_property
    def _dataset(self) -> Path:
        try:
            check_hash(self.spec.dataset_path, self.spec.data_sha256)
        except FileNotFoundError as error:
            raise InsightError("The dataset of this model version is gone.") from error
        except TrainingError as error:
            raise InsightError(
                "The dataset file is not the one this model was trained on (its SHA-256 differs)."
            ) from error
        return self.spec.dataset_path

    # -- the model ----------------------------------------------------------------------------

    @cached_property
    def background(self) -> dict[str, Any]:
        """Rows that explanations compare with: training rows."""
        rows, _ = self.training(BACKGROUND_ROWS)
        if len(rows):
            return rows.columns
        self.note("Rows are compared with held-out ones, because none were left to train on.")
        return self.holdout(BACKGROUND_ROWS).columns

    def explainer(self, method: str = "auto", orders: int = 4) -> ModelExplainer:
        """Return what explains the model; InsightError if the method does not fit."""
        try:
            return ModelExplainer(self.model, self.contract, self.background, method, orders)
        except CannotExplain as error:
            raise InsightError(str(error)) from error

    def predict(self, rows: Rows) -> Floats:
        """Return probabilities `(n_rows, n_classes)`, or numbers `(n_rows, 1)`."""
        return self._outputs.predict(rows.columns)

    def predict_columns(self, columns: Mapping[str, Any]) -> Floats:
        """Return probabilities `(n_rows, n_classes)`, or numbers `(n_rows, 1)`."""
        return self._outputs.predict(columns)

    def scored(self, predictions: Floats) -> Floats:
        """Return predictions in the shape that metrics take."""
        return predictions if self.labels else predictions[:, 0]

    @property
    def positive(self) -> int:
        """Code of the class of interest; 0 without one."""
        wanted = self.contract["output"].get("positiveClass")
        return self.labels.index(str(wanted)) if wanted in self.labels else 0

    @property
    def threshold(self) -> float | None:
        """Probability of the positive class from which the model says so; None: most probable."""
        value = self.contract["output"].get("threshold")
        return None if value is None or len(self.labels) != 2 else float(value)

    @property
    def costs(self) -> Floats | None:
        """What a row costs by actual and predicted class, where the model decides by that."""
        value = self.contract["output"].get("costs")
        return None if value is None else np.array(value, dtype=np.float64)

    def decided(self, predictions: Floats) -> Ints:
        """Return the class code that the model answers with."""
        if self.costs is not None:
            return decide(predictions, self.positive, None, self.costs)
        if self.threshold is None:
            return np.asarray(np.argmax(predictions, axis=1), dtype=np.int64)
        chosen = predictions[:, self.positive] >= self.threshold
        return np.where(chosen, self.positive, 1 - self.positive).astype(np.int64)

    def answers(self, predictions: Floats) -> list[dict[str, Any]]:
        """Return predictions as the model server answers them."""
        if not self.labels:
            return [{"prediction": float(v) if np.isfinite(v) else None} for v in predictions[:, 0]]
        return [
            {
                "prediction": self.labels[code],
                "probabilities": dict(zip(self.labels, row, strict=True)),
            }
            for code, row in zip(self.decided(predictions), predictions.tolist(), strict=True)
        ]

    def metric(self, name: str | None) -> Metric:
        """Return a metric of the task; InsightError names the choices for an unknown one."""
        try:
            metric = metric_for(self.task, name or self.spec.metric, self._judging_costs())
            return decided_by(metric, self.costs)
        except TrainingError as error:
            raise InsightError(str(error)) from error

    def _judging_costs(self) -> Floats | None:
        """What the metric `cost` counts. A model of two classes decides by a threshold, so that its
        contract has none: they are those of its run."""
        given = self.spec.cost_matrix
        if self.costs is not None or given is None or len(self.labels) != 2:
            return self.costs
        labels, costs = given
        if sorted(labels) != sorted(self.labels):
            raise InsightError("The classes of the cost matrix are not those of the model.")
        order = [labels.index(label) for label in self.labels]
        return np.array(costs, dtype=np.float64)[np.ix_(order, order)]

    def frame(self, rows: Rows) -> pd.DataFrame:
        """Return the model's columns as the DataFrame that models are fitted on."""
        return pd.DataFrame(
            {
                name: pd.Series(values, dtype=object) if values.dtype == object else values
                for name, values in ((name, rows.columns[name]) for name, _ in self.inputs)
            },
            copy=False,
        )

    def type_of(self, name: str) -> str:
        """Return the type of a column of the dataset."""
        return self._types[name]

    def note(self, sentence: str) -> None:
        """Remember a sentence for the reader of the result, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def _check_file(path: Path, expected: str | None, what: str) -> None:
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InsightError(f"The {what} cannot be read: {error.strerror}.") from error
    if expected and actual != expected.lower():
        raise InsightError(f"The {what} are not the ones that were stored (the SHA-256 differs).")
