"""What two runs must have in common for the scores of one to mean the same in the other."""

from __future__ import annotations

import hashlib
import json

from runtime.training.spec import RunSpec


def fingerprint(spec: RunSpec) -> str:
    """Return a hash of everything that decides the rows, the folds and the metric of a run.

    The budget, the families and the limits may differ: they decide what is tried, not how it is
    judged.
    """
    weights = spec.class_weights
    decisive = {
        "data": spec.data_sha256,
        "target": spec.target,
        "task": spec.task,
        "metric": spec.metric,
        "seed": spec.seed,
        "strategy": spec.strategy,
        "folds": spec.folds,
        "repeats": spec.repeats,
        "splitColumn": spec.split_column,
        "holdoutFraction": spec.holdout_fraction,
        "columns": [(column.name, column.type, column.role) for column in spec.columns],
        "classWeights": weights if weights is None or isinstance(weights, str) else dict(weights),
        "costs": None if spec.costs is None else [spec.costs.labels, spec.costs.costs],
    }
    text = json.dumps(decisive, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
