"""Tables, peers and scores of the AutoML bench; every command prints one line of JSON.

    automl.py tables SHARED                          names of the tables that are there
    automl.py prepare TABLE SEED FOLDER SHARED       train.parquet, test.parquet, table.json
    automl.py spec FOLDER SECONDS SEED               control/spec.json of a run of the trainer
    automl.py ours FOLDER                            score of the model that the run has left
    automl.py flaml FOLDER SECONDS SEED              the same for FLAML
    automl.py autogluon FOLDER SECONDS SEED PRESET   the same for AutoGluon

Scores are taken of the same test rows by scikit-learn. A row's time is the median of single raw
rows in Python, for everybody.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

TARGET = "target"
TEST_SHARE = 0.25
SINGLE_ROWS = 30
OWN_HOLDOUT = 0.05
TASKS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
BUILT_IN = {
    "breast-cancer": ("load_breast_cancer", "binary"),
    "wine": ("load_wine", "multiclass"),
    "iris": ("load_iris", "multiclass"),
    "digits": ("load_digits", "multiclass"),
    "diabetes": ("load_diabetes", "regression"),
}
# Target, task, columns left out (identifiers and leaks), columns of dates.
SHARED = {
    "titanic": ("survived", "binary", ["alive"], []),
    "telco-churn": ("Churn", "binary", ["customerID"], []),
    "penguins": ("species", "multiclass", [], []),
    "diamonds": ("price", "regression", [], []),
    "taxis": ("tip", "regression", ["total"], ["pickup", "dropoff"]),
    "mpg": ("mpg", "regression", ["name"], []),
}


def main() -> None:
    """Run one command."""
    warnings.simplefilter("ignore")
    command, *rest = sys.argv[1:]
    if command == "tables":
        shared = [name for name in SHARED if (Path(rest[0]) / f"{name}.csv").exists()]
        print(json.dumps([*BUILT_IN, *shared]))
    elif command == "prepare":
        prepare(rest[0], int(rest[1]), Path(rest[2]), Path(rest[3]))
    elif command == "spec":
        write_spec(Path(rest[0]), float(rest[1]), int(rest[2]))
    elif command == "ours":
        ours(Path(rest[0]))
    elif command == "flaml":
        flaml(Path(rest[0]), float(rest[1]), int(rest[2]))
    else:
        autogluon(Path(rest[0]), float(rest[1]), rest[3])


def load(name: str, shared: Path) -> tuple[pd.DataFrame, str]:
    """Return a table with the column `target`, and its task."""
    if name in BUILT_IN:
        from sklearn import datasets

        loader, task = BUILT_IN[name]
        frame = getattr(datasets, loader)(as_frame=True).frame
        return frame.rename(columns={"target": TARGET}), task
    target, task, left_out, dates = SHARED[name]
    frame = pd.read_csv(shared / f"{name}.csv", parse_dates=dates or False)
    frame = frame.drop(columns=left_out).rename(columns={target: TARGET})
    for column in frame.columns:
        if frame[column].dtype == object and column != TARGET:
            numbers = pd.to_numeric(frame[column], errors="coerce")
            if numbers.notna().mean() > 0.95:
                frame[column] = numbers
    return frame[frame[TARGET].notna()].reset_index(drop=True), task


def prepare(name: str, seed: int, folder: Path, shared: Path) -> None:
    """Split a table into rows to train on and rows to score on."""
    from sklearn.model_selection import train_test_split

    frame, task = load(name, shared)
    if task != "regression":
        frame[TARGET] = frame[TARGET].astype(str)
    stratify = None if task == "regression" else frame[TARGET]
    train, test = train_test_split(
        frame, test_size=TEST_SHARE, random_state=seed, stratify=stratify
    )
    folder.mkdir(parents=True, exist_ok=True)
    train.to_parquet(folder / "train.parquet", index=False)
    test.to_parquet(folder / "test.parquet", index=False)
    about = {"task": task, "metric": TASKS[task], "rows": len(frame), "columns": frame.shape[1] - 1}
    (folder / "table.json").write_text(json.dumps(about))
    print(json.dumps(about))


def kind_of(series: pd.Series) -> str:
    """Return the logical type of a column."""
    if pd.api.types.is_bool_dtype(series):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(series):
        return "datetime"
    if pd.api.types.is_integer_dtype(series):
        return "integer"
    return "number" if pd.api.types.is_float_dtype(series) else "category"


def write_spec(folder: Path, seconds: float, seed: int) -> None:
    """Write the specification of a run on the training rows."""
    about = json.loads((folder / "table.json").read_text())
    train = pd.read_parquet(folder / "train.parquet")
    columns = [
        {
            "name": name,
            "type": kind_of(train[name]),
            "role": "target" if name == TARGET else "feature",
        }
        for name in train.columns
    ]
    is_number = about["task"] == "regression"
    spec = {
        "schemaVersion": 1,
        "runId": "00000000-0000-7000-8000-000000000000",
        "datasetPath": str(folder / "train.parquet"),
        "dataSha256": "",
        "target": TARGET,
        "task": about["task"],
        "metric": about["metric"],
        "budgetSeconds": seconds,
        "seed": seed,
        "validation": {"strategy": "random" if is_number else "stratified", "folds": 5},
        "holdoutFraction": OWN_HOLDOUT,
        "columns": columns,
        "limits": {"memoryMb": 4096, "cpus": 2},
    }
    (folder / "control").mkdir(exist_ok=True)
    (folder / "workspace").mkdir(exist_ok=True)
    (folder / "control" / "spec.json").write_text(json.dumps(spec))
    print(json.dumps({"written": True}))


def test_rows(folder: Path) -> tuple[pd.DataFrame, pd.Series, dict[str, str]]:
    """Return features and targets of the test rows, and what the table is."""
    about = json.loads((folder / "table.json").read_text())
    test = pd.read_parquet(folder / "test.parquet")
    return test.drop(columns=TARGET), test[TARGET], about


def score(task: str, actual: pd.Series, predicted: np.ndarray, classes: list[str]) -> float:
    """Score predictions: probabilities in the order of `classes`, or numbers."""
    from sklearn import metrics

    if task == "regression":
        return float(metrics.root_mean_squared_error(actual, predicted))
    if task == "binary":
        return float(metrics.roc_auc_score(actual == classes[1], predicted[:, 1]))
    return float(metrics.log_loss(actual, predicted, labels=classes))


def row_us(predict: object, rows: pd.DataFrame) -> float:
    """Return the median time of predicting one row, in microseconds."""
    times = []
    for index in range(min(SINGLE_ROWS, len(rows))):
        row = rows.iloc[index : index + 1]
        started = time.perf_counter()
        predict(row)  # type: ignore[operator]
        times.append(time.perf_counter() - started)
    return float(np.median(times)) * 1e6


def tell(folder: Path, predict: object, classes: list[str], extra: dict[str, object]) -> None:
    """Score a model on the test rows and print it."""
    rows, actual, about = test_rows(folder)
    value = score(about["task"], actual, np.asarray(predict(rows)), classes)  # type: ignore[operator]
    print(json.dumps({"score": value, "row_us": row_us(predict, rows), **extra}))


def ours(folder: Path) -> None:
    """Score the model that a run of the trainer has left."""
    import joblib

    model = joblib.load(folder / "workspace" / "model" / "model.joblib")
    contract = json.loads((folder / "workspace" / "model" / "contract.json").read_text())
    kinds = {column["name"]: column["type"] for column in contract["inputs"]}

    def predict(rows: pd.DataFrame) -> np.ndarray:
        columns = {name: _as_served(rows[name], kind) for name, kind in kinds.items()}
        return model.predict_values(columns)

    tell(folder, predict, list(model.labels), {"members": len(model.members)})


def _as_served(series: pd.Series, kind: str) -> np.ndarray:
    if kind in ("number", "integer"):
        return series.to_numpy(dtype=np.float64)
    if kind == "datetime":
        return series.to_numpy().astype("datetime64[ns]")
    if kind == "boolean":
        words = [None if pd.isna(v) else "true" if v else "false" for v in series]
    else:
        words = [None if pd.isna(v) else str(v) for v in series]
    return np.array(words, dtype=object)


def flaml(folder: Path, seconds: float, seed: int) -> None:
    """Train FLAML on the training rows for so many seconds, and score it."""
    from flaml import AutoML

    train = pd.read_parquet(folder / "train.parquet")
    about = json.loads((folder / "table.json").read_text())
    features = _with_categories(train.drop(columns=TARGET))
    model, started = AutoML(), time.perf_counter()
    model.fit(
        features,
        train[TARGET],
        task="regression" if about["task"] == "regression" else "classification",
        metric=about["metric"],
        time_budget=seconds,
        seed=seed,
        n_jobs=2,
        verbose=0,
    )
    took = time.perf_counter() - started
    is_number = about["task"] == "regression"
    method = model.predict if is_number else model.predict_proba
    classes = [] if is_number else [str(name) for name in model.classes_]
    known = {name: column.cat.categories for name, column in features.items() if _is_cat(column)}

    def predict(rows: pd.DataFrame) -> np.ndarray:
        coded = rows.copy()
        for name, categories in known.items():
            coded[name] = pd.Categorical(rows[name].astype("string"), categories=categories)
        return method(coded)

    tell(folder, predict, classes, {"seconds": took})


def _with_categories(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    for name in frame.columns:
        if kind_of(frame[name]) == "category":
            frame[name] = frame[name].astype("string").astype("category")
    return frame


def _is_cat(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def autogluon(folder: Path, seconds: float, preset: str) -> None:
    """Train AutoGluon on the training rows for so many seconds, and score it."""
    from autogluon.tabular import TabularPredictor

    train = pd.read_parquet(folder / "train.parquet")
    about = json.loads((folder / "table.json").read_text())
    metrics = {"roc_auc": "roc_auc", "log_loss": "log_loss", "rmse": "root_mean_squared_error"}
    started = time.perf_counter()
    model = TabularPredictor(
        TARGET,
        about["task"],
        metrics[about["metric"]],
        path=str(folder / f"autogluon-{preset}"),
        verbosity=0,
    ).fit(train, time_limit=seconds, presets=f"{preset}_quality", num_cpus=2, num_gpus=0)
    took = time.perf_counter() - started
    model.persist()
    is_number = about["task"] == "regression"
    method = model.predict if is_number else model.predict_proba
    classes = [] if is_number else [str(name) for name in model.class_labels]
    tell(folder, lambda rows: np.asarray(method(rows)), classes, {"seconds": took})


if __name__ == "__main__":
    main()
    # Libraries with threads of their own may abort while the interpreter ends; the answer is out by now.
    sys.stdout.flush()
    os._exit(0)
