"""One job from its specification to its result."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from runtime.errors import RowsRejectedError, RuntimeFault
from runtime.rescoring.curves import curves_of
from runtime.rescoring.rows import CommonRows, common_rows, json_rows
from runtime.rescoring.scoring import Decision, Predicted, differences, estimates, score_all
from runtime.rescoring.segments import segments
from runtime.rescoring.spec import ModelSpec, RescoringError, RescoringSpec, read_spec
from runtime.serving.artifact import Artifact, load_artifact
from runtime.serving.predictor import Predictor
from runtime.training.metrics import METRICS

SUCCEEDED, FAILED, CANCELLED = 0, 1, 3
BATCH = 2_000


class _CancelledError(Exception):
    """Somebody asked for the end."""


def run(control: Path, workspace: Path) -> int:
    """Score the models and write `result.json`, or `failure.json` with the reason.

    Returns:
        0 when the result is written, 3 when it was cancelled, else 1.
    """
    tell = _Teller(control, workspace)
    try:
        result = _score(read_spec(control / "spec.json"), tell)
    except _CancelledError:
        return CANCELLED
    except RuntimeFault as error:
        _write(workspace / "failure.json", {"reason": str(error)})
        return FAILED
    except MemoryError:
        _write(workspace / "failure.json", {"reason": "The rows do not fit into the memory limit."})
        return FAILED
    _write(workspace / "result.json", result)
    return SUCCEEDED


class _Teller:
    """Says how far it is, and looks whether it shall end."""

    def __init__(self, control: Path, workspace: Path) -> None:
        self._command = control / "command.json"
        self._progress = workspace / "progress.json"

    def __call__(self, stage: str, fraction: float) -> None:
        if self._command.exists():
            raise _CancelledError
        _write(self._progress, {"stage": stage, "progress": round(fraction, 4)})
        sys.stdout.write(f"{stage} {fraction:.0%}\n")
        sys.stdout.flush()


@dataclass(frozen=True)
class _Part:
    """Tells how far a part of the whole is."""

    tell: Callable[[str, float], None]
    stage: str
    start: float
    share: float

    def __call__(self, fraction: float) -> None:
        self.tell(self.stage, self.start + self.share * fraction)


def _score(spec: RescoringSpec, tell: Callable[[str, float], None]) -> dict[str, Any]:
    tell("Loading the models", 0.0)
    artifacts = [_load(model) for model in spec.models]
    labels = _common_labels(spec, artifacts)
    tell("Choosing the rows", 0.1)
    rows = common_rows(spec, labels)
    predictions: list[Predicted] = []
    share = 0.6 / len(spec.models)
    for index, (model, artifact) in enumerate(zip(spec.models, artifacts, strict=True)):
        within = _Part(tell, f"Predicting with {model.name}", 0.15 + share * index, share)
        predictions.append(_predict(model, artifact, rows, labels, within))
    positive = _positive_code(artifacts[0], labels)
    # The costs of a run are not those of other rows: its models are compared by a known metric.
    known = METRICS[spec.task]
    metric = spec.metric if spec.metric in known else next(iter(known))
    decisions = [_decision(artifact, labels) for artifact in artifacts]
    tell("Measuring", 0.8)
    scores = score_all(rows, predictions, spec.task, positive, decisions, spec.resamples, spec.seed)
    tell("Looking at segments", 0.95)
    inputs = [column.name for column in artifacts[0].contract.inputs]
    ids = [model.id for model in spec.models]
    return {
        "rows": int(rows.actual.shape[0]),
        "totalRows": rows.total,
        "candidateRows": rows.candidates,
        "unansweredRows": rows.unanswered,
        "resamples": spec.resamples,
        "metric": metric,
        "models": [
            {
                "id": model.id,
                "sawData": model.saw_data,
                "metrics": estimates(scores, index, spec.task),
                "curves": curves_of(spec.task, rows.actual, predictions[index], positive),
            }
            for index, model in enumerate(spec.models)
        ],
        "differences": differences(scores, ids, spec.task),
        "segments": segments(rows, inputs, predictions, spec.task, metric, positive, decisions),
    }


def _load(model: ModelSpec) -> Artifact:
    try:
        return load_artifact(model.folder)
    except RuntimeFault as error:
        raise RescoringError(f"{model.name} cannot be loaded. {error}") from error


def _common_labels(spec: RescoringSpec, artifacts: list[Artifact]) -> list[str]:
    labels = list(artifacts[0].contract.classes)
    for model, artifact in zip(spec.models, artifacts, strict=True):
        if sorted(artifact.contract.classes) != sorted(labels):
            raise RescoringError(
                f"{model.name} knows other classes than {spec.models[0].name}: "
                f"{', '.join(artifact.contract.classes) or 'none'}."
            )
    return labels


def _decision(artifact: Artifact, labels: list[str]) -> Decision:
    """Return how a model decides, its costs in the order of `labels`."""
    contract = artifact.contract
    if contract.costs is None:
        return Decision(contract.threshold)
    order = [contract.classes.index(label) for label in labels]
    return Decision(costs=np.array(contract.costs, dtype=np.float64)[np.ix_(order, order)])


def _positive_code(artifact: Artifact, labels: list[str]) -> int:
    positive = json.loads(artifact.contract_json)["output"].get("positiveClass")
    return labels.index(positive) if positive in labels else max(0, len(labels) - 1)


def _predict(
    model: ModelSpec,
    artifact: Artifact,
    rows: CommonRows,
    labels: list[str],
    tell: Callable[[float], None],
) -> Predicted:
    """Predict as the model server does, batch by batch."""
    predictor = Predictor(artifact.model, artifact.contract)
    names = [column.name for column in artifact.contract.inputs]
    absent = [name for name in names if name not in rows.table.column_names]
    if absent:
        raise RescoringError(f'{model.name} reads the column "{absent[0]}", which the table lacks.')
    table = rows.table.select(names)
    parts: list[list[Any]] = []
    for start in range(0, table.num_rows, BATCH):
        tell(start / table.num_rows)
        try:
            batch = predictor.predict(json_rows(table.slice(start, BATCH)))
        except RowsRejectedError as error:
            raise RescoringError(f"The rows do not fit {model.name}. {error}") from error
        if labels:
            parts.extend([[row["probabilities"][label] for label in labels] for row in batch])
        else:
            parts.extend([row["prediction"] for row in batch])
    values = np.array(parts, dtype=np.float64)
    if not np.isfinite(values).all():
        raise RescoringError(f"{model.name} gives no number for some of the rows.")
    return values


def _write(path: Path, document: dict[str, Any]) -> None:
    """Write at once, so that a reader finds all or nothing."""
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")
    temporary.replace(path)
