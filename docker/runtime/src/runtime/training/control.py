"""Commands from outside: a polled file and SIGTERM; and the run's clock and resources events."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from runtime.training.budget import Budget
from runtime.training.errors import Cancelled
from runtime.training.events import EventWriter
from runtime.training.resources import ResourceMeter

POLL_SECONDS = 0.25
CLOCK_SECONDS = 2.0


class Control:
    """Watches `command.json` in a thread of its own and keeps what was asked for."""

    def __init__(
        self, directory: Path, events: EventWriter, budget: Budget, memory_mb: int
    ) -> None:
        self._path = directory / "command.json"
        self._events = events
        self._budget = budget
        self._meter = ResourceMeter(memory_mb)
        self._stop = threading.Event()
        self._cancel = threading.Event()
        self._paused = threading.Event()
        self._ended = threading.Event()
        self._before: Any = None
        self._thread = threading.Thread(target=self._watch, name="control", daemon=True)

    def start(self) -> None:
        """Begin to poll and to tell the clock; SIGTERM means cancel from now on."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._on_signal)
        self._thread.start()

    def end(self) -> None:
        """Stop the thread and give SIGTERM back."""
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
            self._before = None
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def stop_requested(self) -> bool:
        """Whether the search must end now, keeping the best."""
        return self._stop.is_set()

    @property
    def cancel_requested(self) -> bool:
        """Whether the whole run must end."""
        return self._cancel.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether nothing new may begin until the run is told to go on."""
        return self._paused.is_set()

    def checkpoint(self) -> None:
        """Raise Cancelled if the run was cancelled."""
        if self._cancel.is_set():
            raise Cancelled

    def hold(self) -> None:
        """Wait here while the run is paused. Raises Cancelled."""
        while self.is_paused and not self._cancel.is_set():
            time.sleep(POLL_SECONDS / 5)
        self.checkpoint()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._cancel.set()

    def _watch(self) -> None:
        since_clock = CLOCK_SECONDS
        while not self._ended.wait(POLL_SECONDS):
            self._read_command()
            since_clock += POLL_SECONDS
            if since_clock >= CLOCK_SECONDS:
                since_clock = 0.0
                # A disk that is full ends the run where it is next written to, not here.
                with suppress(OSError):
                    self._tell()

    def _tell(self) -> None:
        self._events.emit(
            "clock", elapsedSeconds=self._elapsed(), budgetSeconds=self._budget.seconds
        )
        self._events.emit("resources", **self._meter.read())

    def _elapsed(self) -> float:
        return round(self._budget.elapsed, 2)

    def _read_command(self) -> None:
        try:
            command = json.loads(self._path.read_text(encoding="utf-8")).get("command")
        except FileNotFoundError:
            return
        except (OSError, ValueError, AttributeError):
            # A file caught in the middle of being written is read again at the next poll.
            return
        if command == "pause":
            self._pause()
        elif command in ("continue", "stop", "cancel"):
            if command == "stop":
                self._stop.set()
            elif command == "cancel":
                self._cancel.set()
            self._resume()

    def _pause(self) -> None:
        if self._paused.is_set() or self._stop.is_set() or self._cancel.is_set():
            return
        self._budget.pause()
        self._paused.set()
        self._events.emit("paused", elapsedSeconds=self._elapsed())

    def _resume(self) -> None:
        if not self._paused.is_set():
            return
        self._budget.resume()
        self._paused.clear()
        self._events.emit("resumed", elapsedSeconds=self._elapsed())
