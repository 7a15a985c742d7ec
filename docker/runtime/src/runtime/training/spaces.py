"""Search spaces: numbers in a range and choices, drawn anywhere or near what worked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Range:
    """A searched number; `log` draws on a logarithmic scale, `integer` rounds."""

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def draw(self, rng: np.random.Generator) -> float | int:
        """Draw anywhere in the range."""
        return self.at(float(rng.random()))

    def near(self, value: float, rng: np.random.Generator, width: float) -> float | int:
        """Draw around `value` with a standard deviation of `width` times the range."""
        return self.at(float(np.clip(self._unit(value) + rng.normal(0.0, width), 0.0, 1.0)))

    def _unit(self, value: float) -> float:
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def at(self, unit: float) -> float | int:
        """Return the value at a place of the range, 0 being its low end and 1 its high end."""
        if self.log:
            value = self.low * (self.high / self.low) ** unit
        else:
            value = self.low + unit * (self.high - self.low)
        return round(value) if self.integer else float(f"{value:.4g}")


@dataclass(frozen=True)
class Choice:
    """A searched choice."""

    values: tuple[Any, ...]

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw any of the values."""
        return self.values[int(rng.integers(len(self.values)))]

    def near(self, value: Any, rng: np.random.Generator, width: float) -> Any:
        """Keep `value`, or now and then draw another."""
        return self.draw(rng) if rng.random() < width else value


Space = dict[str, Range | Choice]
"""Searched hyperparameters by name."""
