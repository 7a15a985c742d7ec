"""Keeps connections open to every Unix socket in a folder.

The API side listens and this process dials out, so code in the container can neither be reached
over a network nor put another socket in the way. Whoever listens later, or listens again after a
restart, is found by looking into the folder.
"""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runtime.serving.protocol import HttpServerProtocol

SCAN_SECONDS = 0.25
FIRST_DELAY_SECONDS = 0.05
LAST_DELAY_SECONDS = 2.0

STABLE_SECONDS = 1.0
"""A connection that lasted this long was a good one: the next delay is the first again."""

MAX_SOCKETS = 32
"""More sockets than this are ignored; each is a replica of the API."""

_logger = logging.getLogger("runtime.serving")


@dataclass(frozen=True)
class _Listener:
    """A socket file. A restarted listener makes a new file under the same name."""

    path: Path
    inode: int
    made_at_ns: int


def find_listeners(folder: Path) -> set[_Listener]:
    """Return the socket files `*.sock` in a folder; none if the folder cannot be read."""
    found = set()
    try:
        for path in sorted(folder.glob("*.sock"))[:MAX_SOCKETS]:
            about = path.stat()
            if stat.S_ISSOCK(about.st_mode):
                found.add(_Listener(path, about.st_ino, about.st_mtime_ns))
    except OSError:
        # A file may vanish between two looks; the next scan is soon.
        return found
    return found


class Dialer:
    """Dials each listener with a small pool of connections, and dials again when one closes."""

    def __init__(
        self, folder: Path, connections: int, make_protocol: Callable[[], HttpServerProtocol]
    ) -> None:
        self._folder = folder
        self._connections = connections
        self._make_protocol = make_protocol
        self._listeners: set[_Listener] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Scan the folder until cancelled."""
        try:
            while True:
                self._update(find_listeners(self._folder))
                await asyncio.sleep(SCAN_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()

    def _update(self, found: set[_Listener]) -> None:
        for listener in found - self._listeners:
            _logger.info("Reporting to the API.")
            _logger.debug("Dialing %s.", listener.path.name)
            for _ in range(self._connections):
                task = asyncio.create_task(self._hold(listener))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._listeners = found

    async def _hold(self, listener: _Listener) -> None:
        """Keep one connection to a listener until its file is gone."""
        loop = asyncio.get_running_loop()
        delay = FIRST_DELAY_SECONDS
        while listener in self._listeners:
            started = loop.time()
            try:
                _, protocol = await loop.create_unix_connection(
                    self._make_protocol, str(listener.path)
                )
            except OSError:
                pass
            else:
                await asyncio.shield(protocol.closed)
            lasted = loop.time() - started
            delay = FIRST_DELAY_SECONDS if lasted >= STABLE_SECONDS else delay
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_DELAY_SECONDS)
