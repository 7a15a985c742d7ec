"""What an analysis tells while it runs, and what it is told: progress, time left, cancel."""

from __future__ import annotations

import json
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from runtime.insight.errors import InsightCancelled
from runtime.training.events import EventWriter

POLL_SECONDS = 0.25
TELL_SECONDS = 0.5


class Progress:
    """The line to the outside of one analysis. `seconds` is the time it may take."""

    def __init__(self, control: Path, events: EventWriter, seconds: float) -> None:
        self._path = control / "command.json"
        self._events = events
        self._cancel = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="control", daemon=True)
        self._told = -TELL_SECONDS
        self._share = 0.0
        self._step = ""
        self.started = time.monotonic()
        self.deadline = self.started + seconds

    def start(self) -> None:
        """Begin to look for commands; SIGTERM means cancel."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._on_signal)
        self._thread.start()

    def end(self) -> None:
        """Stop looking for commands."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds until the analysis has to end."""
        return self.deadline - time.monotonic()

    def tell(self, share: float, step: str | None = None) -> None:
        """Say how far the work is, 0 to 1, at most twice a second; raise if it was cancelled."""
        self.checkpoint()
        now = time.monotonic()
        self._share = max(self._share, min(1.0, share))
        if step is not None and step != self._step:
            self._step = step
        elif now - self._told < TELL_SECONDS:
            return
        self._told = now
        self._events.emit("progress", share=round(self._share, 4), step=self._step)

    def checkpoint(self) -> None:
        """Raise InsightCancelled if somebody asked to end."""
        if self._cancel.is_set():
            raise InsightCancelled

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._cancel.set()

    def _watch(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            try:
                command = json.loads(self._path.read_text(encoding="utf-8")).get("command")
            except (OSError, ValueError, AttributeError):
                # Not there, or caught while it is written: the next look comes at once.
                continue
            if command == "cancel":
                self._cancel.set()
