"""How long one prediction takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

REPEATS = 15
LIMIT_SECONDS = 0.5
"""A slow model is measured less often: three times at least, whatever it takes."""
LEAST = 3


@dataclass(frozen=True)
class Timing:
    """The median of repeated predictions of one row, and their middle half, milliseconds."""

    median: float
    low: float
    high: float
    repeats: int


def time_one_row(
    predict: Callable[[Any], Any], row: Any, clock: Callable[[], float] = time.perf_counter
) -> Timing:
    """Time the prediction of one raw row: of a fold's pipeline as of a finished model.

    The first call is not counted: it fills caches that the next ones find full.
    """
    predict(row)
    taken: list[float] = []
    while len(taken) < LEAST or (len(taken) < REPEATS and sum(taken) < LIMIT_SECONDS):
        started = clock()
        predict(row)
        taken.append(clock() - started)
    low, median, high = (float(value) * 1000.0 for value in np.percentile(taken, [25, 50, 75]))
    return Timing(median, low, high, len(taken))
