"""How contributions were computed, what they add up to, and what they look like for one row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from runtime.training.arrays import Floats


@dataclass(frozen=True)
class Method:
    """A way to compute something: short name, name for people, publication."""

    name: str
    label: str
    source: str

    def as_json(self) -> dict[str, str]:
        """Return the method as results tell it."""
        return asdict(self)


UNITS = {
    "number": "{target}",
    "log_number": "log(1 + {target})",
    "probability": "probability of {label}",
    "log_odds": "log-odds of {label}",
    "margin": "score of {label}",
}


@dataclass(frozen=True)
class Output:
    """What is explained: one class or the number, and the space in which contributions add up.

    `link` leads from the sum to the prediction: `identity`, `logistic`, `softmax` (over all
    classes) or `expm1`.
    """

    label: str | None
    space: str
    link: str
    target: str = "the target"

    def as_json(self) -> dict[str, str | None]:
        """Return the output as results tell it."""
        unit = UNITS[self.space].format(label=self.label, target=self.target)
        return {"label": self.label, "space": self.space, "link": self.link, "unit": unit}


@dataclass(frozen=True)
class Contributions:
    """Contributions of raw columns for all outputs.

    `values` is `(n_rows, n_outputs, n_columns)`, `base` `(n_outputs,)`; `outputs` are the classes
    in the model's order, or one number. Binary models that have a single score have it for both
    classes, with opposite signs.
    """

    values: Floats
    base: Floats

    @property
    def sums(self) -> Floats:
        """Return base plus contributions `(n_rows, n_outputs)`."""
        return np.asarray(self.base + self.values.sum(axis=2), dtype=np.float64)


def apply_link(sums: Floats, link: str) -> Floats:
    """Turn sums `(n_rows, n_outputs)` into predictions of the same shape."""
    if link == "logistic":
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(sums, -500, 500))))
    if link == "softmax":
        shifted = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
    if link == "expm1":
        return np.asarray(np.expm1(np.minimum(sums, 700.0)))
    return sums


class CannotExplain(Exception):
    """Contributions cannot be computed this way; the message says why."""


class OutOfTime(CannotExplain):
    """There was not even time for a first estimate of the first row."""


Row = dict[str, Any]
"""A raw row as JSON."""
