"""What a finished run leaves behind in `/workspace/model`."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import runtime
from runtime.training.arrays import Floats, Ints
from runtime.training.events import plain
from runtime.training.metrics import decide
from runtime.training.spec import RunSpec

PACKAGES = (
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "scikit-learn",
    "lightgbm",
    "xgboost",
    "xgboost-cpu",
    "catboost",
    "joblib",
)


def write_json(path: Path, value: Any) -> None:
    """Write plain JSON (NaN as null)."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def environment(spec: RunSpec) -> dict[str, Any]:
    """Return the versions and the hardware that the model was made with."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "packages": packages,
        "imageVersion": runtime_version(),
        "seed": spec.seed,
        "hardware": {"cpus": spec.cpus, "memoryMb": spec.memory_mb, "machine": platform.machine()},
    }


def runtime_version() -> str:
    """Return the version of this package."""
    return str(getattr(runtime, "__version__", "0.0.0"))


def write_holdout(
    path: Path,
    rows: Ints,
    actual: Any,
    predictions: Floats,
    labels: list[str],
    positive: int = 0,
    threshold: float | None = None,
    costs: Floats | None = None,
) -> None:
    """Write row index, actual, prediction and probabilities, so that metrics can be recomputed.

    `actual` is None where there is no target.
    """
    columns: dict[str, Any] = {"row": rows}
    if labels:
        names = np.array(labels, dtype=object)
        if actual is not None:
            columns["actual"] = pa.array(names[actual].tolist(), pa.string())
        chosen = decide(predictions, positive, threshold, costs)
        columns["prediction"] = pa.array(names[chosen].tolist(), pa.string())
        for code, label in enumerate(labels):
            columns[f"probability:{label}"] = predictions[:, code]
    else:
        columns |= {"actual": actual, "prediction": predictions}
    pq.write_table(pa.table(columns), path)


def write_manifest(directory: Path, spec: RunSpec) -> None:
    """Seal the files of the model with their SHA-256."""
    files = []
    for path in sorted(directory.iterdir()):
        if path.name == "manifest.json":
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files.append({"name": path.name, "sha256": digest, "sizeBytes": path.stat().st_size})
    write_json(
        directory / "manifest.json",
        {
            "files": files,
            "runId": spec.run_id,
            "dataSha256": spec.data_sha256,
            "seed": spec.seed,
            "runtimeVersion": runtime_version(),
        },
    )
