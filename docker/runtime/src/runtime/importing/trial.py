"""`python -m runtime.importing.trial <folder>`: loads the model and tries it.

Runs code that came with the model, so it is a process of its own: whatever that code does ends
here. What it needs is in `trial.json`; what it found goes to `trial-result.json`.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from runtime.contract import ModelContract
from runtime.errors import PredictionError, RowsRejectedError, RuntimeFault
from runtime.importing.adapter import ImportedModel, label_text
from runtime.importing.loaders import read_description
from runtime.importing.tables import (
    InputColumn,
    Table,
    example_frame,
    input_columns,
    signature_inputs,
    table_of_frame,
)
from runtime.serving.predictor import Predictor
from runtime.training.contract import build_contract, choose_example
from runtime.training.data import TrainingData
from runtime.training.evaluation import Opened, build_evaluation
from runtime.training.events import plain
from runtime.training.metrics import metric_for
from runtime.training.spec import DEFAULT_METRICS, ColumnSpec, RunSpec
from runtime.training.spec_file import parse_spec

MAX_SCORED_ROWS = 100_000
SHOWN_ROWS = 5
SEED = 42
SINGLE_ROWS = 20


class Trial:
    """One try of one model."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: dict[str, Any] = json.loads((folder / "trial.json").read_text("utf-8"))
        self.classes_used: set[str] = set()
        self.warnings: list[str] = []

    def run(self) -> dict[str, Any]:
        """Load, predict, judge and save; return what was found."""
        sys.addaudithook(self._listen)
        content = Path(self.asked["content"]).read_bytes()
        model = ImportedModel(self.asked["form"], content, (), [])
        started = time.perf_counter()
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            inner = model.inner
        load_seconds = time.perf_counter() - started
        self.warnings += sorted({str(one.message)[:300] for one in raised})[:10]
        found: dict[str, Any] = {
            "estimator": f"{type(inner.model).__module__}.{type(inner.model).__qualname__}",
            "steps": _steps(inner.model),
            "classesUsed": sorted(self.classes_used),
            "loadSeconds": round(load_seconds, 3),
            "hasProbabilities": inner.predict_proba is not None,
            "warnings": self.warnings,
        }
        return found | self._try(model)

    def _listen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "pickle.find_class" and len(self.classes_used) < 500:
            self.classes_used.add(".".join(str(part)[:100] for part in arguments[:2]))

    def _try(self, model: ImportedModel) -> dict[str, Any]:
        table, signature = self._table(), self._signature()
        target = self._target(table)
        columns = input_columns(model.inner.model, signature, table, target)
        model.columns = tuple((column.name, column.type, column.dtype) for column in columns)
        found: dict[str, Any] = {"inputs": [asdict(column) for column in columns], "target": target}
        if table is None:
            return found | {
                "missing": "There are no rows to try it on: add a sample table or choose a dataset."
            }
        data, rows = self._typed(table, columns)
        if target is None or target not in table.names:
            return found | self._without_target(model, data, target)
        return found | self._judge(model, table, columns, target, data, rows)

    def _without_target(
        self, model: ImportedModel, data: dict[str, Any], target: str | None
    ) -> dict[str, Any]:
        frame = model.frame({name: values[:SHOWN_ROWS] for name, values in data.items()})
        answers = np.asarray(model.inner.predict(frame)).reshape(-1)
        which = f"no column {target!r}" if target else "no target column that is known"
        return {
            "sample": [{"index": i, "prediction": label_text(v)} for i, v in enumerate(answers)],
            "missing": f"It predicts, but the table has {which}, so nothing says how well. "
            "Name the target, or choose a dataset that has it.",
        }

    def _judge(
        self,
        model: ImportedModel,
        table: Table,
        columns: list[InputColumn],
        target: str,
        data: dict[str, Any],
        rows: Any,
    ) -> dict[str, Any]:
        classes = self._classes(model, table, target)
        kind = table.types.get(target, "category")
        shape = ("boolean" if kind == "boolean" else "category") if classes else "number"
        actual = table.read([ColumnSpec(target, shape, "target")])[target][rows]
        known = np.array([value is not None for value in actual]) if classes else ~np.isnan(actual)
        if int(known.sum()) < 2:
            raise RuntimeFault(f"The table has fewer than two rows with a value of {target!r}.")
        actual = actual[known]
        data = {name: values[known] for name, values in data.items()}
        unknown = sorted({str(value) for value in actual} - set(classes)) if classes else []
        if unknown:
            raise RuntimeFault(
                f"The column {target!r} has the class {unknown[0]!r}, which the model does not "
                f"know. It knows {', '.join(classes[:10])}. Is this the right target?"
            )
        model.labels = classes
        codes = {label: code for code, label in enumerate(classes)}
        coded = np.array([codes[str(v)] for v in actual], np.int64) if classes else actual
        task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
        spec = _spec(task, target, kind, columns)
        positive = len(classes) - 1 if len(classes) == 2 else 0
        typed = _training_data(spec, data, coded, classes, positive, np.flatnonzero(known))
        every = np.arange(len(coded))
        contract = plain(build_contract(spec, typed, every, choose_example(typed, every), {}))
        predictor = Predictor(model, ModelContract.from_json(contract))
        predictor.warm_up()
        started = time.perf_counter()
        values = model.predict_proba(data) if classes else model.predict(data)
        seconds = time.perf_counter() - started
        if not np.isfinite(values).all():
            raise PredictionError("The model answers some rows with no number.")
        evaluation = _evaluate(spec, coded, values, classes, positive, self.asked.get("scoredOn"))
        example = dict(contract["example"])
        out = self.folder / "model"
        out.mkdir()
        joblib.dump(model, out / "model.joblib")
        for name, document in (("contract", contract), ("evaluation", evaluation)):
            text = json.dumps(plain(document), allow_nan=False)
            (out / f"{name}.json").write_text(text, encoding="utf-8")
        return {
            "task": task,
            "classes": classes,
            "scoredRows": len(coded),
            "rowsPerSecond": round(len(coded) / max(seconds, 1e-6)),
            "msPerRow": _single_row_ms(predictor, example),
            "sample": predictor.predict([example]),
            "sentence": evaluation["sentence"],
        }

    def _table(self) -> Table | None:
        about = self.asked.get("table")
        if about is not None:
            return Table(Path(about["path"]), about["types"])
        if self.asked["form"] != "mlflow":
            return None
        folder = Path(self.asked["folder"])
        frame = example_frame(folder, read_description(folder))
        return None if frame is None or frame.empty else table_of_frame(frame, self.folder)

    def _signature(self) -> list[InputColumn]:
        if self.asked["form"] != "mlflow":
            return []
        return signature_inputs(read_description(Path(self.asked["folder"])))

    def _target(self, table: Table | None) -> str | None:
        given: str | None = self.asked.get("target")
        if given is not None or self.asked["form"] != "mlflow":
            return given
        metadata = read_description(Path(self.asked["folder"])).get("metadata") or {}
        own = (metadata.get("modelwright") or {}).get("target")
        known = table is not None and own in table.names
        return str(own) if own is not None and known else None

    def _typed(self, table: Table, columns: list[InputColumn]) -> tuple[dict[str, Any], Any]:
        arrays = table.read([ColumnSpec(c.name, c.type, "feature") for c in columns])
        rows = np.arange(len(next(iter(arrays.values()))))
        if rows.size > MAX_SCORED_ROWS:
            rows = np.sort(np.random.default_rng(SEED).permutation(rows)[:MAX_SCORED_ROWS])
        return {name: values[rows] for name, values in arrays.items()}, rows

    def _classes(self, model: ImportedModel, table: Table, target: str) -> list[str]:
        own = model.inner.classes
        if own is not None:
            labels = [label_text(label) for label in own]
            if len(labels) < 2 or len(set(labels)) != len(labels):
                raise RuntimeFault("The model has fewer than two classes.")
            return labels
        if getattr(model.inner.model, "_estimator_type", None) == "classifier":
            raise RuntimeFault("The model is a classifier but does not tell its classes.")
        if table.types.get(target) in ("number", "integer"):
            return []
        kind = "boolean" if table.types.get(target) == "boolean" else "category"
        values = table.read([ColumnSpec(target, kind, "target")])[target]
        return sorted({str(value) for value in values if value is not None})


def _spec(task: str, target: str, kind: str, columns: list[InputColumn]) -> RunSpec:
    described = [ColumnSpec(column.name, column.type, "feature") for column in columns]
    raw = {
        "task": task,
        "target": target,
        "metric": DEFAULT_METRICS[task],
        "datasetPath": "",
        "budgetSeconds": 1,
        "seed": SEED,
        "columns": [asdict(c) for c in (*described, ColumnSpec(target, kind, "target"))],
    }
    return parse_spec(raw)


def _training_data(
    spec: RunSpec, data: Mapping[str, Any], coded: Any, classes: list[str], positive: int, rows: Any
) -> TrainingData:
    frame = pd.DataFrame(
        {
            name: pd.Series(values, dtype=object) if values.dtype == object else values
            for name, values in data.items()
        }
    )
    return TrainingData(
        frame=frame,
        features=spec.features,
        target=coded,
        classes=classes,
        positive=positive,
        rows=rows,
        groups=None,
        times=None,
    )


def _evaluate(
    spec: RunSpec,
    actual: Any,
    predicted: Any,
    classes: list[str],
    positive: int,
    scored_on: str | None,
) -> dict[str, Any]:
    metric = metric_for(spec.task, spec.metric)
    opened = Opened(spec.task, spec.target, actual, predicted, classes, positive)
    evaluation = build_evaluation(opened, metric, None, SEED)
    score = metric.score(actual, predicted, positive)
    if classes:
        shares = np.bincount(actual, minlength=len(classes)) / actual.size
        guess = np.tile(shares, (actual.size, 1))
    else:
        guess = np.full(actual.size, float(np.mean(actual)))
    constant = metric.score(actual, guess, positive)
    words = str(evaluation["sentence"]).replace("held-out rows", f"rows of {scored_on}")
    return {
        **evaluation,
        "sentence": f"{words} The model may have learned from some of them.",
        "crossValidation": {
            "folds": 0,
            "scores": [],
            "mean": score if np.isfinite(score) else 0.0,
            "std": 0.0,
        },
        "baseline": {"score": None, "holdoutScore": constant if np.isfinite(constant) else None},
    }


def _single_row_ms(predictor: Predictor, row: dict[str, Any]) -> float:
    times = []
    for _ in range(SINGLE_ROWS):
        started = time.perf_counter()
        predictor.predict([row])
        times.append(time.perf_counter() - started)
    return round(float(np.median(times)) * 1000, 3)


def _steps(model: Any) -> list[str]:
    steps = getattr(model, "steps", None)
    if not isinstance(steps, list):
        return [type(model).__name__]
    return [f"{name}: {type(step).__name__}"[:120] for name, step in steps][:30]


def main(folder: Path) -> int:
    """Try the model; write what was found, or why it cannot be used."""
    trial = Trial(folder)
    try:
        result = {"ok": True, **trial.run()}
    except RowsRejectedError as rejected:
        result = {"ok": False, "reason": f"Its own example does not fit: {rejected}"}
    except RuntimeFault as fault:
        result = {"ok": False, "reason": str(fault)}
    except ModuleNotFoundError as error:
        result = {
            "ok": False,
            "reason": f"It needs the Python module {error.name!r}, which the runtime image does "
            "not have.",
            "missingModule": error.name,
        }
    except Exception as error:
        result = {"ok": False, "reason": f"{type(error).__name__}: {error}"[:500]}
    result.setdefault("classesUsed", sorted(trial.classes_used))
    result.setdefault("warnings", trial.warnings)
    text = json.dumps(plain(result), allow_nan=False)
    (folder / "trial-result.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
