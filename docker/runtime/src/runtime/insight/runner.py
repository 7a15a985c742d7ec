"""One analysis from its specification to `result.json`, told as events."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime.errors import RuntimeFault
from runtime.insight import (
    dependence,
    fairness,
    importance,
    learning,
    residuals,
    segments,
    shap,
)
from runtime.insight.errors import InsightCancelled, InsightError
from runtime.insight.progress import Progress
from runtime.insight.spec import read_spec
from runtime.insight.subject import Subject
from runtime.training.artifacts import write_json
from runtime.training.errors import TrainingError
from runtime.training.events import EventWriter

SUCCEEDED, FAILED, CANCELLED = 0, 1, 3
DEFAULT_SECONDS = 600.0

KINDS: dict[str, Callable[[Subject], dict[str, Any]]] = {
    "shap_global": shap.shap_global,
    "shap_row": shap.shap_row,
    "what_if": shap.what_if,
    "permutation_importance": importance.permutation_importance,
    "partial_dependence": dependence.partial_dependence,
    "interactions": dependence.interactions,
    "segments": segments.segments,
    "fairness": fairness.fairness,
    "learning_curve": learning.learning_curve,
    "residuals": residuals.residuals,
}


def run(control: Path, workspace: Path) -> int:
    """Carry out the analysis of `control/spec.json`; return the exit code."""
    events = EventWriter(workspace / "events.jsonl")
    progress = Progress(control, events, DEFAULT_SECONDS)
    progress.start()
    code, outcome, reason = FAILED, "failed", None
    try:
        _analyse(control, workspace, progress)
        code, outcome = SUCCEEDED, "succeeded"
    except InsightCancelled:
        code, outcome, reason = CANCELLED, "cancelled", "The analysis was cancelled."
    except (RuntimeFault, TrainingError) as error:
        reason = str(error)
    except MemoryError:
        reason = "The analysis does not fit into the memory limit; look at fewer rows or columns."
    except OSError as error:
        events.log("error", traceback.format_exc())
        reason = f"A file could not be read or written: {error.strerror or type(error).__name__}."
    except Exception as error:
        events.log("error", traceback.format_exc())
        reason = f"The model failed while it was analysed: {type(error).__name__}: {error}"[:500]
    progress.end()
    events.emit(
        "finished", outcome=outcome, reason=reason, elapsedSeconds=round(progress.elapsed, 2)
    )
    events.close()
    return code


def _analyse(control: Path, workspace: Path, progress: Progress) -> None:
    spec = read_spec(control / "spec.json")
    progress.deadline = progress.started + spec.seconds
    analyse = KINDS.get(spec.kind)
    if analyse is None:
        raise InsightError(f"There is no analysis {spec.kind!r}; choose one of {', '.join(KINDS)}.")
    progress.tell(0.0, "Loading the model")
    found = analyse(Subject(spec, progress))
    progress.tell(1.0, "Writing the result")
    # Renamed last, so that a result is whole or absent.
    unfinished = workspace / "result.json.part"
    write_json(unfinished, found)
    unfinished.rename(workspace / "result.json")
