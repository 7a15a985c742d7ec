"""Builds the folders of a run for tests: a Parquet table and a specification; and runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SOURCE = Path(__file__).resolve().parents[2] / "src"
ALL = [
    "baseline",
    "linear",
    "random_forest",
    "extra_trees",
    "hist_gradient_boosting",
    "lightgbm",
    "xgboost",
    "catboost",
]


@dataclass
class Run:
    """The folders of one run and, once it has ended, what it said."""

    root: Path
    code: int | None = None
    errors: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def control(self) -> Path:
        return self.root / "control"

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def budget_seconds(self) -> float:
        return float(json.loads((self.control / "spec.json").read_text())["budgetSeconds"])

    @property
    def finished(self) -> dict[str, Any]:
        return self.events[-1]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def candidates(self) -> dict[str, dict[str, Any]]:
        return {event["candidateId"]: event for event in self.of_type("candidate")}

    def model_file(self, name: str) -> Any:
        return json.loads((self.workspace / "model" / name).read_text())

    def read_events(self) -> None:
        lines = (self.workspace / "events.jsonl").read_text().splitlines()
        self.events = [json.loads(line) for line in lines]


def guess_type(series: Any) -> str:
    if pd.api.types.is_bool_dtype(series):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(series):
        return "datetime"
    if pd.api.types.is_integer_dtype(series):
        return "integer"
    if pd.api.types.is_float_dtype(series):
        return "number"
    return "category"


def prepare(
    root: Path,
    frame: pd.DataFrame,
    target: str,
    task: str,
    *,
    exclude: tuple[str, ...] = (),
    types: dict[str, str] | None = None,
    roles: dict[str, str] | None = None,
    **changes: Any,
) -> Run:
    """Write the table and the specification of a run."""
    run = Run(root)
    run.control.mkdir(parents=True)
    run.workspace.mkdir()
    path = root / "dataset.parquet"
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    columns = []
    for name in frame.columns:
        role = "target" if name == target else "ignore" if name in exclude else "feature"
        kind = (types or {}).get(name, guess_type(frame[name]))
        columns.append({"name": name, "type": kind, "role": (roles or {}).get(name, role)})
    spec = {
        "schemaVersion": 1,
        "runId": "0192a000-0000-7000-8000-000000000001",
        "datasetPath": str(path),
        "dataSha256": "",
        "target": target or None,
        "task": task,
        "budgetSeconds": 8,
        "seed": 42,
        "validation": {"strategy": "random" if task == "regression" else "stratified", "folds": 5},
        "holdoutFraction": 0.2,
        "columns": columns,
        "excludedColumns": [{"name": name, "reason": "identifier"} for name in exclude],
        "families": ALL,
        "limits": {"memoryMb": 4096, "cpus": 2},
        **changes,
    }
    (run.control / "spec.json").write_text(json.dumps(spec))
    return run


def start(run: Run) -> subprocess.Popen[str]:
    """Start the trainer as the container does."""
    command = [sys.executable, "-m", "runtime.training"]
    command += ["--control", str(run.control), "--workspace", str(run.workspace)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def train(run: Run, timeout: float = 120) -> Run:
    """Run the trainer to its end."""
    process = start(run)
    _, run.errors = process.communicate(timeout=timeout)
    run.code = process.returncode
    run.read_events()
    return run


def command(run: Run, word: str) -> None:
    """Give the trainer a command as the host does."""
    temporary = run.control / "command.tmp"
    temporary.write_text(json.dumps({"command": word}))
    temporary.rename(run.control / "command.json")


def train_until(run: Run, matches: Callable[[dict[str, Any]], bool]) -> Run:
    """Run the trainer until an event matches, then stop it, keeping the best."""
    process = start(run)
    assert process.stdout is not None
    for line in process.stdout:
        if matches(json.loads(line)):
            command(run, "stop")
            break
    _, run.errors = process.communicate(timeout=120)
    run.code = process.returncode
    run.read_events()
    return run


def train_here(run: Run) -> Run:
    """Run the trainer inside the test's process: quicker, and families can be replaced."""
    from runtime.training.runner import run as run_training

    run.code = run_training(run.control, run.workspace, spent_seconds=0.0)
    run.read_events()
    return run


def shared_datasets() -> Path | None:
    """Return the folder of real tables beside the repository, if it is there."""
    for parent in Path(__file__).resolve().parents:
        folder = parent / "shared" / "datasets"
        if folder.is_dir():
            return folder
    return None
