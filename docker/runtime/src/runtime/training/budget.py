"""The clock of a run: counted from the start of the process, imports included."""

from __future__ import annotations

import os
import time
from pathlib import Path


def process_age_seconds() -> float:
    """Return the seconds since this process was created (0 where /proc is not available)."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, IndexError, ValueError, AttributeError):
        return 0.0


class Budget:
    """Elapsed and remaining seconds of a run."""

    def __init__(self, seconds: float, already_spent: float | None = None) -> None:
        self.seconds = seconds
        spent = process_age_seconds() if already_spent is None else already_spent
        self._zero = time.monotonic() - spent

    @property
    def elapsed(self) -> float:
        """Seconds since the process started."""
        return time.monotonic() - self._zero

    @property
    def remaining(self) -> float:
        """Seconds left; negative once the budget is overrun."""
        return self.seconds - self.elapsed

    def deadline(self, keep_seconds: float = 0.0) -> float:
        """Return the `time.monotonic()` instant at which only `keep_seconds` are left."""
        return self._zero + self.seconds - keep_seconds
