"""The clock of a run: counted from the start of the process, imports included."""

from __future__ import annotations

import os
import threading
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
    """Elapsed and remaining seconds of a run. Its clock stands still while the run is paused."""

    def __init__(self, seconds: float, already_spent: float | None = None) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._paused_at: float | None = None
        self._stood = 0.0
        spent = process_age_seconds() if already_spent is None else already_spent
        self._zero = self.now() - spent

    def now(self) -> float:
        """Return the instant of the run's clock; every deadline of the run is one of these."""
        with self._lock:
            real = time.monotonic() if self._paused_at is None else self._paused_at
            return real - self._stood

    def pause(self) -> None:
        """Let the clock stand still."""
        with self._lock:
            if self._paused_at is None:
                self._paused_at = time.monotonic()

    def resume(self) -> None:
        """Let the clock go on from where it stood."""
        with self._lock:
            if self._paused_at is not None:
                self._stood += time.monotonic() - self._paused_at
                self._paused_at = None

    @property
    def elapsed(self) -> float:
        """Seconds since the process started, without the pauses."""
        return self.now() - self._zero

    @property
    def remaining(self) -> float:
        """Seconds left; negative once the budget is overrun."""
        return self.seconds - self.elapsed

    def deadline(self, keep_seconds: float = 0.0) -> float:
        """Return the instant of `now` at which only `keep_seconds` are left."""
        return self._zero + self.seconds - keep_seconds
