"""Writes the compiled form of a model beside it, at the end of a run or later."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.compiling.checking import check
from runtime.compiling.compiler import compile_model
from runtime.compiling.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from runtime.training.candidates import Candidate
    from runtime.training.context import RunContext
    from runtime.training.spec import ColumnSpec
    from runtime.training.tasks import Shared

COMPILED_FILE = "compiled.mwc"
REPORT_FILE = "compiled.json"
SHARE = 0.7
"""Share of the time left before the files are sealed; the rest explains the model."""

MIN_SECONDS, MAX_SECONDS = 0.15, 60.0
MAX_EXAMPLES = 50


@dataclass(frozen=True)
class CompiledReport:
    """What became of a model's translation: the content of `compiled.json`.

    `status` is `compiled` or `refused` (then with the `reason`); `max_difference` is that of
    `checking.Parity`. `passing` is whether a translation with more time or memory may succeed.
    """

    status: str
    reason: str | None = None
    passing: bool = False
    rows_checked: int = 0
    max_difference: float | None = None
    tolerance: float | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the document with the names of the wire."""
        return {_camel(name): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class CompileTask:
    """Translate the saved model of `folder` inside a worker, where its libraries are loaded."""

    folder: Path
    contract: dict[str, Any] = field(hash=False)
    seed: int = 0
    threads: int = 1

    def run(self, shared: Shared) -> CompiledReport:
        """Load, translate, compare on held-out rows, write; return the report."""
        import joblib

        model = joblib.load(self.folder / "model.joblib")
        held_out = shared.frame.iloc[shared.holdout]
        return write_compiled(self.folder, model, self.contract, held_out, self.seed)


def compile_finished(
    context: RunContext, folder: Path, keep_seconds: float, winner: Candidate
) -> None:
    """Translate the model a run has saved, as far as its budget allows, and say what came of it.

    `keep_seconds` of the budget stay for what has to follow.
    """
    seconds = min(SHARE * (context.budget.remaining - keep_seconds), MAX_SECONDS)
    contract = _contract(context, winner.threshold)
    if seconds < MIN_SECONDS:
        reason = "No time was left in the run's budget to translate it."
        report = CompiledReport("refused", reason, passing=True)
    else:
        task = CompileTask(folder, contract, context.spec.seed)
        outcome = context.run_tasks([task], context.budget.now() + seconds)[0]
        report = outcome.result if outcome.failure is None else _failed(outcome.failure, seconds)
    if report.status != "compiled":
        (folder / COMPILED_FILE).unlink(missing_ok=True)
        context.events.log("info", f"The model has no compiled form: {report.reason}")
    _write_report(folder, report)


def write_compiled(
    folder: Path,
    model: Any,
    contract: dict[str, Any],
    held_out: pd.DataFrame | None = None,
    seed: int = 0,
    tell: Callable[[float, str], None] = lambda _share, _step: None,
) -> CompiledReport:
    """Translate `model`, compare, and write `compiled.mwc` and `compiled.json` into `folder`.

    `tell` hears the share of the work that is done, and what is done next.
    """
    started = time.perf_counter()
    tell(0.4, "Translating the model")
    compiled = compile_model(model, contract)
    if isinstance(compiled, Refusal):
        report = CompiledReport("refused", compiled.reason)
    else:
        tell(0.6, "Comparing its answers with Python's")
        parity, compiled = check(compiled, model, contract, held_out, seed)
        data = compiled.to_bytes()
        if parity.holds:
            (folder / COMPILED_FILE).write_bytes(data)
        report = CompiledReport(
            status="compiled" if parity.holds else "refused",
            reason=None if parity.holds else parity.reason,
            rows_checked=parity.rows,
            max_difference=parity.difference if parity.difference < float("inf") else None,
            tolerance=parity.tolerance,
            size_bytes=len(data) if parity.holds else None,
            sha256=hashlib.sha256(data).hexdigest() if parity.holds else None,
            seconds=round(time.perf_counter() - started, 3),
        )
    _write_report(folder, report)
    return report


def _contract(context: RunContext, threshold: float | None) -> dict[str, Any]:
    """Return what a translation needs of the contract, without the cost of describing columns."""
    data = context.data
    output: dict[str, Any] = {"kind": "number"}
    if data.classes:
        positive = data.classes[data.positive] if len(data.classes) == 2 else None
        output = {
            "kind": "class",
            "classes": list(data.classes),
            "positiveClass": positive,
            "threshold": threshold,
        }
    rows = data.frame.iloc[context.plan.holdout.test[:MAX_EXAMPLES]]
    return {
        "task": context.spec.task,
        "output": output,
        "inputs": [_input(column, rows[column.name].to_numpy()) for column in data.features],
        "example": {},
    }


def _input(column: ColumnSpec, values: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"name": column.name, "type": column.type, "nullable": True}
    if column.type in ("number", "integer"):
        known = values[values == values]
        if known.size:
            described |= {"min": float(known.min()), "max": float(known.max())}
    elif column.type == "category":
        known = sorted({str(value) for value in values.tolist() if value is not None})
        described["categories"] = [{"value": value, "count": 1} for value in known] or None
    return described


def _failed(failure: Any, seconds: float) -> CompiledReport:
    if failure.timed_out:
        reason = f"It could not be translated and checked in the {seconds:.1f} s that were left."
    else:
        reason = f"The translation failed: {failure.reason}"
    return CompiledReport("refused", reason, passing=True)


def _write_report(folder: Path, report: CompiledReport) -> None:
    text = json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False)
    (folder / REPORT_FILE).write_text(text + "\n", encoding="utf-8")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
