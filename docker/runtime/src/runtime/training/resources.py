"""What the processes of a run use of the machine, read from /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any


def resident_bytes(pid: str) -> int:
    """Return the resident memory of a process; 0 if it is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def proportional_bytes(pid: str) -> int:
    """Return the memory of a process with its part of the pages that it shares with others."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return resident_bytes(pid)
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return resident_bytes(pid)


class ResourceMeter:
    """Memory and processor time of this process and its children."""

    def __init__(self, limit_mb: int) -> None:
        self._limit_mb = limit_mb
        self._ticks_per_second = os.sysconf("SC_CLK_TCK")
        self._before: dict[str, int] = {}
        self._read_at = time.monotonic()

    def read(self) -> dict[str, Any]:
        """Return the fields of a `resources` event.

        `cpuPercent` is the use since the last reading, in percent of one processor.
        """
        pids = ["self", *_children()]
        now = time.monotonic()
        ticks = {pid: _ticks(pid) for pid in pids}
        # A child that has begun since is counted from zero, one that has ended no longer.
        used = sum(ticks[pid] - self._before.get(pid, 0) for pid in pids)
        seconds = max(now - self._read_at, 1e-3)
        is_first = not self._before
        self._before, self._read_at = ticks, now
        memory = sum(proportional_bytes(pid) for pid in pids)
        percent = 100.0 * used / self._ticks_per_second / seconds
        return {
            "memoryMb": round(memory / 2**20, 1),
            "memoryLimitMb": self._limit_mb,
            "cpuPercent": None if is_first else round(percent, 1),
        }


def _children() -> list[str]:
    found: list[str] = []
    for path in Path("/proc/self/task").glob("*/children"):
        try:
            found.extend(path.read_text(encoding="ascii").split())
        except OSError:
            continue
    return found


def _ticks(pid: str) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    except (OSError, IndexError, ValueError):
        return 0
