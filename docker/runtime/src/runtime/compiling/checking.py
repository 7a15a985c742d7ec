"""Parity: a compiled model must answer what the Python model answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from runtime.compiling.binary import ArrayPool, CompiledModel
from runtime.compiling.evaluator import Rows, decide, encode_rows, evaluate
from runtime.compiling.hostile import hostile_rows, plausible_rows
from runtime.contract import ModelContract
from runtime.frames import RowReader, data_frame
from runtime.training.arrays import Floats, Frame
from runtime.training.model import TabularModel

MIN_ROWS = 1000
MAX_ROWS = 2000
HOSTILE_ROWS = 1000
PROBES = 16
"""Rows of each kind that go into the file with Python's answers, to be tried when it is loaded."""


@dataclass(frozen=True)
class Parity:
    """What a comparison found.

    `difference` is the largest one: of probabilities as it is, of numbers relative to their size.
    `classes_equal` is whether every row got the same class.
    """

    rows: int
    difference: float
    classes_equal: bool
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether the compiled model may stand in for the Python model."""
        return self.classes_equal and self.difference <= self.tolerance

    @property
    def reason(self) -> str:
        """What is wrong, as one sentence."""
        if not self.classes_equal:
            return f"On {self.rows:,} rows the translation does not choose the same classes."
        return (
            f"On {self.rows:,} rows the translation differs by up to {self.difference:.3g} "
            f"(allowed: {self.tolerance:.3g})."
        )


def check(
    compiled: CompiledModel,
    model: TabularModel,
    contract: Mapping[str, Any],
    frame: pd.DataFrame | None = None,
    seed: int = 0,
) -> tuple[Parity, CompiledModel]:
    """Compare both on at least 1,000 held-out rows and 1,000 hostile ones.

    `frame` holds raw held-out rows; where there are fewer than 1,000 (or none), rows as the
    contract describes them are added. Returns the finding, and the model with probe rows added.
    """
    usual = _usual_frame(contract, frame, seed)
    hostile = _json_frame(contract, hostile_rows(compiled, contract, HOSTILE_ROWS, seed))
    findings = []
    probes: list[tuple[Rows, Floats]] = []
    for rows in (usual, hostile):
        encoded = encode_rows(compiled, rows)
        expected = model_values(model, rows, contract)
        findings.append(compare(compiled, evaluate(compiled, encoded), expected))
        picked = np.linspace(0, len(encoded) - 1, PROBES).astype(np.int64)
        probes.append((encoded[picked], expected[picked]))
    parity = Parity(
        rows=sum(finding.rows for finding in findings),
        difference=max(finding.difference for finding in findings),
        classes_equal=all(finding.classes_equal for finding in findings),
        tolerance=compiled.description["tolerance"],
    )
    return parity, _with_probes(compiled, probes)


def model_values(model: TabularModel, frame: Frame, contract: Mapping[str, Any]) -> Floats:
    """Return what serving gives: numbers, or probabilities in the contract's order."""
    values = model.predict_values(frame)
    if not model.labels:
        return values
    own = [str(label) for label in model.labels]
    order = [own.index(str(label)) for label in contract["output"]["classes"]]
    return values[:, order]


def compare(compiled: CompiledModel, actual: Floats, expected: Floats) -> Parity:
    """Compare answers for the same rows."""
    tolerance = compiled.description["tolerance"]
    if actual.shape != expected.shape:
        return Parity(len(expected), np.inf, False, tolerance)
    equal = True
    if actual.ndim == 2:
        scale: Any = 1.0
        equal = bool((decide(compiled, actual) == decide(compiled, expected)).all())
    else:
        typical = float(np.nanmedian(np.abs(expected))) if expected.size else 0.0
        scale = np.maximum(np.maximum(np.abs(actual), np.abs(expected)), max(typical, 1e-300))
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        differences = np.where(same, 0.0, np.abs(actual - expected) / scale)
    worst = float(np.nanmax(differences, initial=0.0))
    if np.isnan(differences).any():
        worst = np.inf
    return Parity(len(expected), worst, equal, tolerance)


def _usual_frame(contract: Mapping[str, Any], frame: pd.DataFrame | None, seed: int) -> Any:
    names = [column["name"] for column in contract["inputs"]]
    held = None if frame is None else frame[names].reset_index(drop=True)
    if held is not None and len(held) > MAX_ROWS:
        return held.sample(MAX_ROWS, random_state=seed).reset_index(drop=True)
    if held is not None and len(held) >= MIN_ROWS:
        return held
    count = MIN_ROWS - (0 if held is None else len(held))
    if held is None or len(held) < 2:
        made = data_frame(_json_frame(contract, plausible_rows(contract, count, seed)))
        return made if held is None else pd.concat([held, made], ignore_index=True)
    # Columns drawn apart from each other: every value is a held-out one, the rows are new.
    rng = np.random.default_rng(seed)
    mixed = {
        name: held[name].take(rng.integers(0, len(held), count)).reset_index(drop=True)
        for name in names
    }
    return pd.concat([held, pd.DataFrame(mixed)], ignore_index=True)


def _json_frame(contract: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return RowReader(ModelContract.from_json(dict(contract))).read(rows)


def _with_probes(compiled: CompiledModel, probes: list[tuple[Rows, Floats]]) -> CompiledModel:
    pool = ArrayPool()
    pool.arrays = list(compiled.arrays)
    inputs = np.concatenate([rows for rows, _ in probes])
    outputs = np.concatenate([values for _, values in probes])
    description = {
        **compiled.description,
        "probes": {
            "rows": len(inputs),
            "inputs": pool.f64(inputs),
            "outputs": pool.f64(outputs),
        },
    }
    return replace(compiled, description=description, arrays=pool.arrays)
