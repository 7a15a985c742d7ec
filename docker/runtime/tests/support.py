"""A saved model on disk, the server as a process, and the side that listens."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import joblib

DEADLINE_SECONDS = 30.0


def contract(kind: str = "number") -> dict[str, Any]:
    """Return a contract of two columns for a regression ("number") or a classifier ("class")."""
    output: dict[str, Any] = {"kind": kind}
    if kind == "class":
        output |= {"classes": ["leaves", "stays"], "positiveClass": "stays"}
    return {
        "schemaVersion": 1,
        "task": "binary" if kind == "class" else "regression",
        "output": output,
        "inputs": [
            {"name": "age", "type": "number", "nullable": True},
            {"name": "plan", "type": "category", "nullable": True},
        ],
        "example": {"age": 42.0, "plan": "basic"},
    }


def save_model(folder: Path, model: Any, document: dict[str, Any]) -> Path:
    """Write a model as the trainer does: model, contract and manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    (folder / "contract.json").write_text(json.dumps(document))
    write_manifest(folder)
    return folder


def write_manifest(folder: Path) -> None:
    """Write a manifest of the two files as they are now."""
    files = [
        {"name": name, "sha256": sha256(folder / name)}
        for name in ("model.joblib", "contract.json")
    ]
    (folder / "manifest.json").write_text(json.dumps({"files": files}))


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wait_until(condition: Callable[[], bool]) -> None:
    """Look until something holds; fail after half a minute."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


class Connection(http.client.HTTPConnection):
    """An HTTP client over a connection that the server dialled."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__("runtime")
        sock.settimeout(DEADLINE_SECONDS)
        self.sock = sock
        self.auto_open = 0

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request; return the status and the parsed answer."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.request(method, path, data)
        response = self.getresponse()
        return response.status, json.loads(response.read())

    def predict(self, *rows: Any) -> tuple[int, Any]:
        """Predict rows."""
        return self.call("POST", "/predict", {"rows": list(rows)})


class Listener:
    """The API's side: listens on a socket in the folder and collects what dials in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen(16)
        self._accepted: queue.Queue[socket.socket] = queue.Queue()
        self._all: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._socket.accept()
            except OSError:
                return
            self._all.append(accepted)
            self._accepted.put(accepted)

    def connection(self) -> Connection:
        """Return the next connection that was dialled."""
        return Connection(self._accepted.get(timeout=DEADLINE_SECONDS))

    @property
    def dialled(self) -> int:
        """How many connections there have been."""
        return len(self._all)

    def kill(self) -> None:
        """Vanish as a killed process does: everything closes, the file stays."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for accepted in self._all:
            accepted.close()


class ServerProcess:
    """`python -m runtime.serving` with a folder of sockets of its own."""

    def __init__(self, model_dir: Path, socket_dir: Path, **environment: str) -> None:
        socket_dir.mkdir(exist_ok=True)
        self.socket_dir = socket_dir
        self.listeners: list[Listener] = []
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime.serving"],
            env={
                **os.environ,
                "MW_MODEL_DIR": str(model_dir),
                "MW_SOCKET_DIR": str(socket_dir),
                "PYTHONPATH": path,
                **environment,
            },
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        for listener in self.listeners:
            listener.kill()

    def listen(self, name: str = "api.sock") -> Listener:
        """Start listening in the folder."""
        listener = Listener(self.socket_dir / name)
        self.listeners.append(listener)
        return listener

    def kill_listener(self, listener: Listener) -> None:
        """Kill one listener."""
        self.listeners.remove(listener)
        listener.kill()

    def ready(self, listener: Listener) -> Connection:
        """Return a connection to the server once it is ready."""
        connection = listener.connection()
        wait_until(lambda: connection.call("GET", "/health/ready")[0] == 200)
        return connection

    def stop(self) -> int:
        """Send SIGTERM; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_SECONDS)

    def ended(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was written to standard error."""
        _, errors = self.process.communicate(timeout=DEADLINE_SECONDS)
        return self.process.returncode, errors
