"""The event stream of a run: one JSON object per line, numbered, flushed per line."""

from __future__ import annotations

import json
import math
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO


def plain(value: Any) -> Any:
    """Return `value` as plain JSON data: numpy scalars unwrapped, NaN and infinity as None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


class EventWriter:
    """Writes events to the run's file and to standard output, numbering them from 1.

    Safe to use from several threads. `lock` may be held by a caller that forks, so that no other
    thread is in the middle of a line at that moment.
    """

    def __init__(self, path: Path, echo: TextIO | None = None) -> None:
        self.lock = threading.RLock()
        self._sequence = 0
        self._file = path.open("w", encoding="utf-8")
        self._echo: TextIO | None = sys.stdout if echo is None else echo
        self._ended = False

    def emit(self, kind: str, /, **fields: Any) -> None:
        """Append one event. Events after `finished` are dropped: it is always the last."""
        with self.lock:
            if self._ended:
                return
            self._sequence += 1
            at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            event = {"seq": self._sequence, "at": at, "type": kind, **plain(fields)}
            line = json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n"
            self._ended = kind == "finished"
            try:
                self._append(line)
            except OSError:
                # The end is told wherever it can be; anything before it ends the run.
                if not self._ended:
                    raise
            self._repeat(line)

    def log(self, level: str, message: str) -> None:
        """Append a `log` event; `level` is info, warning or error."""
        self.emit("log", level=level, message=message)

    def close(self) -> None:
        """Close the file; standard output stays open."""
        try:
            self._file.close()
        except OSError:
            # A full disk: what could not be written was told on standard output.
            return

    def _append(self, line: str) -> None:
        self._file.write(line)
        self._file.flush()

    def _repeat(self, line: str) -> None:
        if self._echo is None:
            return
        try:
            self._echo.write(line)
            self._echo.flush()
        except (OSError, ValueError):
            # Nobody reads standard output any more; the file is the record.
            self._echo = None
