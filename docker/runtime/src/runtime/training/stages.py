"""The named stages of a run, told as events with their times."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.training.events import EventWriter


class Stages:
    """Emits `stage` events; `current` is the stage that a failure is reported for."""

    def __init__(self, events: EventWriter) -> None:
        self._events = events
        self.current = "load"

    @contextmanager
    def stage(self, name: str, detail: str | None = None) -> Iterator[None]:
        """Tell the start of a stage and, unless it fails, its end."""
        self.current = name
        extra = {} if detail is None else {"detail": detail}
        self._events.emit("stage", stage=name, status="started", **extra)
        started = time.monotonic()
        yield
        seconds = round(time.monotonic() - started, 3)
        self._events.emit("stage", stage=name, status="finished", seconds=seconds, **extra)
