"""A model as ONNX, compared with the stored model before it is given out."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from runtime.exporting.package import ExportError
from runtime.frames import frame_from_rows
from runtime.serving.artifact import load_artifact
from runtime.serving.predictor import Predictor

PARITY_ROWS = 2_000
MIN_ROWS = 1_000

_COMPILING = "runtime.compiling"


def can_export() -> bool:
    """Whether this image has what ONNX takes."""
    return all(
        importlib.util.find_spec(name) is not None for name in (_COMPILING, "onnx", "onnxruntime")
    )


def write_onnx(
    model_dir: Path, target: Path, contract: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Write the ONNX file; return how far its numbers are from those of the stored model.

    Raises:
        ExportError: The model has a part that ONNX cannot express, or the numbers differ.
    """
    # The translator is another part of this package, with libraries that an image may lack.
    compiling = importlib.import_module(_COMPILING)
    exporting = importlib.import_module(f"{_COMPILING}.onnx_export")
    evaluator = importlib.import_module(f"{_COMPILING}.evaluator")
    artifact = load_artifact(model_dir)
    compiled = compiling.compile_model(artifact.model, dict(contract))
    if isinstance(compiled, compiling.Refusal):
        raise ExportError(f"This model cannot be written as ONNX. {compiled.reason}")
    data = exporting.to_onnx(compiled)
    if isinstance(data, compiling.Refusal):
        raise ExportError(f"This model cannot be written as ONNX. {data.reason}")
    if len(rows) < MIN_ROWS:
        raise ExportError(f"Only {len(rows)} rows to compare on; {MIN_ROWS} are needed.")
    encoded = evaluator.encode_rows(compiled, frame_from_rows(contract, list(rows)))
    parity = exporting.check_onnx(data, compiled, encoded)
    stored = Predictor(artifact.model, artifact.contract)
    stored.warm_up()
    feeds = exporting.onnx_inputs(compiled, encoded)
    difference, other_classes = _compared(data, feeds, stored.predict(rows))
    worst = max(difference, parity.difference)
    # Not within the tolerance is also what is not a number.
    if not worst <= parity.tolerance:
        raise ExportError(
            f"On {len(rows):,} rows the ONNX model differs from the stored one by up to "
            f"{worst:.3g} (allowed: {parity.tolerance:.3g})."
        )
    target.write_bytes(data)
    return {
        "rows": len(rows),
        "largestDifference": worst,
        "allowedDifference": parity.tolerance,
        "otherClasses": other_classes,
    }


def _compared(
    data: bytes, feeds: Mapping[str, Any], expected: Sequence[Mapping[str, Any]]
) -> tuple[float, int]:
    """Return the largest difference, and how many rows got another class.

    Probabilities differ as they are, numbers by their size. A row whose probability lies on the
    threshold may fall on its other side by the last digit; more than that shows as a difference.
    """
    library = importlib.import_module("onnxruntime")
    options = library.SessionOptions()
    options.intra_op_num_threads = 1
    session = library.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    if "probabilities" in expected[0]:
        labels, values = session.run(["label", "probabilities"], dict(feeds))
        wanted = np.array([list(row["probabilities"].values()) for row in expected])
        others = [row["prediction"] != label for row, label in zip(expected, labels, strict=True)]
        return float(np.abs(values - wanted).max()), sum(others)
    values = session.run(["prediction"], dict(feeds))[0].reshape(-1)
    wanted = np.array([row["prediction"] for row in expected], dtype=np.float64)
    return float((np.abs(values - wanted) / np.maximum(np.abs(wanted), 1.0)).max()), 0
