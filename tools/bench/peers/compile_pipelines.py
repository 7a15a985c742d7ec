"""Fits Modelwright's own pipelines on the bench table, compiles them, and times them in Python."""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from runtime.compiling.saving import write_compiled
from runtime.contract import ModelContract
from runtime.frames import RowReader, data_frame
from runtime.serving.predictor import Predictor
from runtime.training.families import FAMILY_BY_NAME
from runtime.training.model import TabularModel
from runtime.training.recipes import Problem, Recipe
from runtime.training.tasks import fit_on

TREES, LEAVES = 100, 31
TIMED_ROWS = 400


def main() -> None:
    """Read rows from the first folder, write models and timings to the second."""
    warnings.simplefilter("ignore")
    rows = json.loads((Path(sys.argv[1]) / "rows.json").read_text())
    output = Path(sys.argv[2])
    target = np.array([row.pop("outcome") == "yes" for row in rows], dtype=np.int64)
    columns = tuple(
        (name, "number" if name.startswith("number") else "category") for name in rows[0]
    )
    contract = {
        "schemaVersion": 1,
        "task": "binary",
        "output": {"kind": "class", "classes": ["no", "yes"], "positiveClass": "yes"},
        "inputs": [{"name": name, "type": kind, "nullable": True} for name, kind in columns],
        "example": rows[0],
    }
    frame = data_frame(RowReader(ModelContract.from_json(contract)).read(rows))
    problem = Problem(columns, 2, False, False, False, 1, len(rows))
    timings = {}
    for name, family, changes in (
        ("lightgbm", "lightgbm", {"rounds": TREES, "leaves": LEAVES}),
        ("hist_gradient_boosting", "hist_gradient_boosting", {"rounds": TREES, "leaves": LEAVES}),
        ("xgboost", "xgboost", {"rounds": TREES, "depth": 5}),
        ("catboost", "catboost", {"rounds": TREES, "depth": 5}),
        ("random_forest", "random_forest", {"trees": TREES}),
        ("linear", "linear", {}),
    ):
        recipe = {**FAMILY_BY_NAME[family].portfolio(problem)[0], **changes}
        everything = np.arange(len(rows))
        pipeline = fit_on(Recipe.of(family, recipe), problem, frame, target, everything, 1)
        model = TabularModel(columns, ["no", "yes"], [(1.0, pipeline)])
        folder = output / name
        folder.mkdir()
        report = write_compiled(folder, model, contract, frame.iloc[-1000:])
        predictor = Predictor(model, ModelContract.from_json(contract))
        predictor.warm_up()
        timings[name] = {
            "pythonRowUs": single_row_us(predictor, rows),
            "maxDifference": report.max_difference,
            "sizeBytes": report.size_bytes,
            "status": report.status,
        }
    (output / "timings.json").write_text(json.dumps(timings))


def single_row_us(predictor: Predictor, rows: list[dict[str, object]]) -> float:
    """Return the median microseconds of predicting one row, JSON already parsed."""
    times = []
    for row in rows[:TIMED_ROWS]:
        started = time.perf_counter()
        predictor.predict([row])
        times.append(time.perf_counter() - started)
    return float(np.median(times)) * 1e6


main()
