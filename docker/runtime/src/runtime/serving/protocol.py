"""HTTP/1.1, spoken as the server over a connection that this process has dialled."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, cast

import httptools

MAX_WAITING_REQUESTS = 16
"""Pipelined requests that are kept before reading pauses."""

DRAIN_SECONDS = 5.0
"""How long the rest of a body that is too big may take to arrive before the connection closes."""

JSON = "application/json"


def _head(status: HTTPStatus, content_type: str) -> bytes:
    return f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {content_type}\r\n".encode()


_HEADS = {status: _head(status, JSON) for status in HTTPStatus}


class Respond(Protocol):
    """Sends an answer; may be called from any thread."""

    def __call__(self, status: int, body: bytes, content_type: str = JSON, /) -> None:
        """Send `body` with a status and a content type."""


class Application(Protocol):
    """What answers the requests."""

    def handle(
        self, method: str, path: str, body: bytes, respond: Respond, content_type: str = JSON
    ) -> None:
        """Answer a request by calling `respond` once; `content_type` is that of `body`."""


@dataclass
class _Request:
    method: str
    path: str
    body: bytes
    keep_alive: bool
    content_type: str


class ConnectionSet:
    """The open connections of this process, and whether it is stopping."""

    def __init__(self) -> None:
        self.open: set[HttpServerProtocol] = set()
        self.is_stopping = False

    def stop(self) -> None:
        """Close idle connections now and busy ones when they have answered."""
        self.is_stopping = True
        for connection in tuple(self.open):
            connection.close_when_idle()


class HttpServerProtocol(asyncio.Protocol):
    """One connection: requests are answered in order, one at a time."""

    def __init__(
        self,
        application: Application,
        connections: ConnectionSet,
        loop: asyncio.AbstractEventLoop,
        max_body_bytes: int,
    ) -> None:
        self._application = application
        self._connections = connections
        self._loop = loop
        self._max_body_bytes = max_body_bytes
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[_Request] = deque()
        self._current: _Request | None = None
        self._is_refusing = False
        self._url = b""
        self._content_type = JSON
        self._body: list[bytes] = []
        self._body_bytes = 0
        self.closed: asyncio.Future[None] = loop.create_future()

    # -- asyncio.Protocol ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport; nothing is sent before the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.open.add(self)
        if self._connections.is_stopping:
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection; an answer that comes later is dropped."""
        self._transport = None
        self._waiting.clear()
        self._connections.open.discard(self)
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(HTTPStatus.BAD_REQUEST, "Upgrades are not supported.")
            self._close()
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, "The request is not valid HTTP.")
            self._close()

    # -- httptools callbacks ------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start collecting a request."""
        self._url = b""
        self._content_type = JSON
        self._body = []
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Collect the path, which may come in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Look at the headers that matter before the body."""
        lowered = name.lower()
        if lowered == b"content-length" and int(value) > self._max_body_bytes:
            self._refuse_body()
        elif lowered == b"expect" and value.lower() == b"100-continue" and not self._is_refusing:
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif lowered == b"content-type":
            self._content_type = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Collect the body up to the limit."""
        if self._is_refusing:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self._max_body_bytes:
            self._body = []
            self._refuse_body()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer the request, or let it wait for the ones before it."""
        if self._is_refusing:
            self._close()
            return
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        path = self._url.partition(b"?")[0].decode("latin-1")
        request = _Request(
            self._parser.get_method().decode("latin-1"),
            path,
            body,
            self._parser.should_keep_alive(),
            self._content_type,
        )
        if self._current is None:
            self._start(request)
            return
        self._waiting.append(request)
        if len(self._waiting) >= MAX_WAITING_REQUESTS and self._transport is not None:
            self._transport.pause_reading()

    # -- answering ----------------------------------------------------------------------------

    def close_when_idle(self) -> None:
        """Close now, or after the answer that is being made."""
        if self._current is None:
            self._close()

    def _start(self, request: _Request) -> None:
        self._current = request
        self._application.handle(
            request.method, request.path, request.body, self._respond, request.content_type
        )

    def _respond(self, status: int, body: bytes, content_type: str = JSON) -> None:
        """Send the answer; safe to call from the worker's thread."""
        self._loop.call_soon_threadsafe(self._finish, status, body, content_type)

    def _finish(self, status: int, body: bytes, content_type: str) -> None:
        request, self._current = self._current, None
        if request is None or self._transport is None:
            return
        keep_alive = request.keep_alive and not self._connections.is_stopping
        self._send(HTTPStatus(status), body, keep_alive, request.method == "HEAD", content_type)
        if not keep_alive:
            self._close()
        elif self._waiting:
            self._start(self._waiting.popleft())
            self._transport.resume_reading()

    def _refuse_body(self) -> None:
        """Say at once that the body is too big, and swallow the rest of it.

        Closing in the middle of it would give the sender a broken pipe in place of the answer.
        """
        limit = self._max_body_bytes // (1024 * 1024)
        self._refuse(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body is larger than the limit of {limit} MiB.",
        )
        self._loop.call_later(DRAIN_SECONDS, self._close)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if not self._is_refusing:
            self._is_refusing = True
            self._send(status, b'{"error":"' + detail.encode() + b'"}', False, False)

    def _send(
        self,
        status: HTTPStatus,
        body: bytes,
        keep_alive: bool,
        head_only: bool,
        content_type: str = JSON,
    ) -> None:
        closing = b"" if keep_alive else b"connection: close\r\n"
        start = _HEADS[status] if content_type is JSON else _head(status, content_type)
        head = b"%scontent-length: %d\r\n%s\r\n" % (start, len(body), closing)
        self._write(head if head_only else head + body)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
