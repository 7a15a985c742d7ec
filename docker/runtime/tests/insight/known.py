"""Models whose explanations are known, and the folders an analysis of them needs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from runtime.insight.runner import run
from runtime.training.families import FAMILY_BY_NAME
from runtime.training.model import TabularModel
from runtime.training.recipes import Problem, Recipe
from runtime.training.tasks import fit_on


class Sum:
    """2a - 3b + 5."""

    def predict(self, frame: Any) -> Any:
        return 2 * np.asarray(frame["a"]) - 3 * np.asarray(frame["b"]) + 5


class Product:
    """a · b + c."""

    def predict(self, frame: Any) -> Any:
        return np.asarray(frame["a"]) * np.asarray(frame["b"]) + np.asarray(frame["c"])


class Curve:
    """2a + b²: nothing that a and b do together."""

    def predict(self, frame: Any) -> Any:
        return 2 * np.asarray(frame["a"]) + np.asarray(frame["b"]) ** 2


class Tangle:
    """A product of all columns: interactions of every order."""

    def predict(self, frame: Any) -> Any:
        return np.prod([1 + np.asarray(frame[name]) for name in "abcd"], axis=0)


class Chance:
    """Says the probability that a column holds."""

    classes_ = np.array(["no", "yes"], dtype=object)

    def predict_proba(self, frame: Any) -> Any:
        chance = np.clip(np.asarray(frame["chance"], dtype=np.float64), 0, 1)
        return np.stack([1 - chance, chance], axis=1)


class Slow(Sum):
    """Takes its time."""

    def predict(self, frame: Any) -> Any:
        import time

        time.sleep(0.05)
        return super().predict(frame)


def numbers(rows: int, names: str = "ab", seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.normal(size=rows) for name in names})


def contract(columns: list[tuple[str, str]], classes: list[str] | None = None) -> dict[str, Any]:
    example = {name: "x" if kind == "category" else 0.5 for name, kind in columns}
    output: dict[str, Any] = {"kind": "number"}
    task = "regression"
    if classes:
        output = {"kind": "class", "classes": classes, "positiveClass": None}
        task = "multiclass"
        if len(classes) == 2:
            task, output["positiveClass"] = "binary", classes[-1]
    return {
        "schemaVersion": 1,
        "task": task,
        "target": {"name": "y", "type": "category" if classes else "number"},
        "output": output,
        "inputs": [{"name": n, "type": k, "nullable": True} for n, k in columns],
        "example": example,
    }


def kinds(frame: pd.DataFrame) -> list[tuple[str, str]]:
    numeric = pd.api.types.is_numeric_dtype
    return [(n, "number" if numeric(frame[n]) else "category") for n in frame.columns]


class World:
    """A saved model, its data and its held-out rows; `ask` analyses it as the container does."""

    def __init__(
        self,
        root: Path,
        model: Any,
        frame: pd.DataFrame,
        target: Any,
        *,
        inputs: list[str] | None = None,
        classes: list[str] | None = None,
        holdout: Any = None,
        metric: str | None = None,
    ) -> None:
        self.root = root
        self.columns = kinds(frame)
        used = [(n, k) for n, k in self.columns if inputs is None or n in inputs]
        self.contract = contract(used, classes)
        self.folder = root / "model"
        self.folder.mkdir(parents=True)
        joblib.dump(model, self.folder / "model.joblib")
        (self.folder / "contract.json").write_text(json.dumps(self.contract))
        files = [
            {"name": n, "sha256": sha256(self.folder / n)}
            for n in ("model.joblib", "contract.json")
        ]
        (self.folder / "manifest.json").write_text(json.dumps({"files": files}))
        self.dataset = root / "dataset.parquet"
        whole = frame.assign(y=target)
        table = pa.Table.from_pandas(whole, preserve_index=False)
        pq.write_table(table, self.dataset, row_group_size=400)
        held = np.arange(len(frame)) if holdout is None else np.asarray(holdout)
        self.holdout = root / "holdout.parquet"
        actual = np.asarray(target)[held]
        pq.write_table(pa.table({"row": held, "actual": pa.array(actual.tolist())}), self.holdout)
        self.metric = metric or {"regression": "rmse", "binary": "roc_auc"}.get(
            self.contract["task"], "accuracy"
        )

    def spec(self, kind: str, options: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
        return {
            "schemaVersion": 1,
            "analysisId": "a",
            "kind": kind,
            "options": DEFAULTS[kind] | options,
            "metric": self.metric,
            "seed": 1,
            "target": self.contract["target"],
            "columns": [{"name": n, "type": k} for n, k in self.columns],
            "datasetPath": str(self.dataset),
            "dataSha256": sha256(self.dataset),
            "holdoutPath": str(self.holdout),
            "holdoutSha256": sha256(self.holdout),
            "modelManifestSha256": sha256(self.folder / "manifest.json"),
            "modelDir": str(self.folder),
            "limits": {"memoryMb": 1024, "cpus": 1, "seconds": seconds},
        }

    def prepare(self, spec: dict[str, Any]) -> tuple[Path, Path]:
        number = len(list(self.root.glob("ask-*")))
        control = self.root / f"ask-{number}" / "control"
        workspace = self.root / f"ask-{number}" / "workspace"
        control.mkdir(parents=True)
        workspace.mkdir()
        (control / "spec.json").write_text(json.dumps(spec))
        return control, workspace

    def run(self, spec: dict[str, Any]) -> tuple[int, list[dict[str, Any]], Any]:
        control, workspace = self.prepare(spec)
        code = run(control, workspace)
        lines = (workspace / "events.jsonl").read_text().splitlines()
        result = workspace / "result.json"
        found = json.loads(result.read_text()) if result.exists() else None
        return code, [json.loads(line) for line in lines], found

    def ask(self, kind: str, **options: Any) -> Any:
        code, events, found = self.run(self.spec(kind, options))
        assert code == 0, events
        assert found["kind"] == kind
        assert found["method"]["source"]
        return found

    def refused(self, kind: str, **options: Any) -> str:
        code, events, found = self.run(self.spec(kind, options))
        assert code == 1
        assert found is None
        reason = events[-1]["reason"]
        assert isinstance(reason, str)
        return reason


DEFAULTS: dict[str, dict[str, Any]] = {
    "shap_global": {"rows": 100, "method": "auto", "class": None},
    "shap_row": {"row": None, "rowIndex": None, "method": "auto", "class": None},
    "what_if": {"rows": [], "method": "auto", "class": None},
    "permutation_importance": {"metric": None, "repeats": 5, "rows": 2000},
    "partial_dependence": {"columns": [], "class": None, "points": 10, "curves": 10, "rows": 200},
    "interactions": {"columns": None, "class": None, "rows": 60},
    "segments": {"columns": None, "conditions": 2, "minRows": 30, "count": 10},
    "fairness": {
        "column": "",
        "positiveClass": None,
        "threshold": None,
        "minGroupSize": 30,
        "reference": None,
        "bins": 4,
    },
    "learning_curve": {"budgetSeconds": 60, "points": 4, "metric": None},
    "residuals": {"bins": 10},
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mixed(rows: int = 600, seed: int = 3, classes: int = 0) -> tuple[pd.DataFrame, Any]:
    """A table with gaps, categories and numbers, and a target: numbers, or class codes."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=rows), rng.normal(size=rows)
    plan = rng.choice(["basic", "plus", "pro"], rows)
    score = a - 0.5 * b * (plan == "pro") + 0.3 * rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "a": np.where(rng.random(rows) < 0.1, np.nan, a),
            "b": b,
            "plan": pd.Series(np.where(rng.random(rows) < 0.05, None, plan), dtype=object),
        }
    )
    if not classes:
        return frame, score + 10
    edges = np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1])
    return frame, np.searchsorted(edges, score).astype(np.int64)


MIXED_COLUMNS = (("a", "number"), ("b", "number"), ("plan", "category"))


def fitted(family: str, classes: int, **changes: Any) -> TabularModel:
    """Fit one pipeline of a family as the trainer does, on the table of `mixed`."""
    frame, target = mixed(classes=classes)
    problem = Problem(MIXED_COLUMNS, classes, False, True, False, 0, len(frame))
    first = FAMILY_BY_NAME[family].portfolio(problem)[0]
    recipe = Recipe.of(family, {**first, **changes})
    pipeline = fit_on(recipe, problem, frame, target, np.arange(len(frame)), 1)
    labels = [f"class {code}" for code in range(classes)]
    return TabularModel(MIXED_COLUMNS, labels, [(1.0, pipeline)])
