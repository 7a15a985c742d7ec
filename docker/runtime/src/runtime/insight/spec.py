"""What an analysis was asked for (`/control/spec.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.insight.errors import InsightError


@dataclass(frozen=True)
class InsightSpec:
    """The parsed specification. `columns` are (name, type) of the whole dataset.

    `cost_matrix` are the class labels and what a row costs by actual (row) and predicted class
    (column), where the run was given costs.
    """

    analysis_id: str
    kind: str
    options: dict[str, Any]
    metric: str
    seed: int
    target: tuple[str, str] | None
    columns: tuple[tuple[str, str], ...]
    dataset_path: Path
    data_sha256: str
    holdout_path: Path | None
    holdout_sha256: str | None
    manifest_sha256: str | None
    memory_mb: int = 2048
    cpus: int = 1
    seconds: float = 600.0
    model_dir: Path = field(default=Path("/model"))
    cost_matrix: tuple[tuple[str, ...], tuple[tuple[float, ...], ...]] | None = None


def read_spec(path: Path) -> InsightSpec:
    """Read the specification.

    Raises InsightError when it is missing or incomplete.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _parse(raw)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InsightError(f"The specification of the analysis is unusable: {error!r}.") from error


def _parse(raw: dict[str, Any]) -> InsightSpec:
    target = raw.get("target")
    limits = raw.get("limits") or {}
    holdout = raw.get("holdoutPath")
    return InsightSpec(
        analysis_id=str(raw["analysisId"]),
        kind=str(raw["kind"]),
        options=dict(raw["options"]),
        metric=str(raw["metric"]),
        seed=int(raw.get("seed", 42)),
        target=None if target is None else (str(target["name"]), str(target["type"])),
        columns=tuple((str(c["name"]), str(c["type"])) for c in raw["columns"]),
        dataset_path=Path(str(raw["datasetPath"])),
        data_sha256=str(raw.get("dataSha256") or ""),
        holdout_path=None if holdout is None else Path(str(holdout)),
        holdout_sha256=raw.get("holdoutSha256"),
        manifest_sha256=raw.get("modelManifestSha256"),
        memory_mb=int(limits.get("memoryMb") or 2048),
        cpus=max(1, int(limits.get("cpus") or 1)),
        seconds=float(limits.get("seconds") or 600),
        model_dir=Path(str(raw.get("modelDir") or "/model")),
        cost_matrix=_cost_matrix(raw.get("costMatrix")),
    )


def _cost_matrix(raw: Any) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...]] | None:
    if raw is None:
        return None
    costs = tuple(tuple(float(cost) for cost in row) for row in raw["costs"])
    return tuple(str(label) for label in raw["labels"]), costs
