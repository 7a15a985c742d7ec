"""Whether the hold-out contradicts the cross-validation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runtime.training.sentinel.findings import WARNING, Finding


def holdout_gap(evaluation: dict[str, Any], metric: str) -> Iterator[Finding]:
    """Tell when the hold-out's whole 95 % interval is worse than that of the cross-validation."""
    cross = evaluation["crossValidation"]
    held = next((m for m in evaluation["holdout"]["metrics"] if m["name"] == metric), None)
    ends = [side.get(end) for side in (cross, held or {}) for end in ("low", "high")]
    if held is None or None in ends:
        return
    worse = held["high"] < cross["low"] if held["greaterIsBetter"] else held["low"] > cross["high"]
    if not worse:
        return
    yield Finding(
        "holdout_gap",
        WARNING,
        f"The hold-out ({held['value']:.4g}) is clearly worse than the cross-validation "
        f"({cross['mean']:.4g}): the search may have fitted its folds, or the hold-out is of "
        "another kind.",
        {
            "holdout": held["value"],
            "holdoutLow": held["low"],
            "holdoutHigh": held["high"],
            "crossValidation": cross["mean"],
            "crossValidationLow": cross["low"],
            "crossValidationHigh": cross["high"],
        },
    )
