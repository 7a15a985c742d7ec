"""A server that is started before it is known what it will serve."""

from __future__ import annotations

import hashlib
from pathlib import Path

from support import Connection, ServerProcess, wait_until

WAITING = {"MW_WAIT_FOR_MODEL": "1"}


def digest_of(folder: Path) -> str:
    return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def waiting(server: ServerProcess) -> Connection:
    """Return a connection to the server once it waits for a model."""
    connection = server.listen().connection()
    expected = (503, {"status": "loading", "step": "wait for a model"})
    wait_until(lambda: connection.call("GET", "/health/ready") == expected)
    return connection


def assign(connection: Connection, digest: str) -> int:
    return connection.call("POST", "/model", {"manifestSha256": digest})[0]


def test_a_model_that_is_named_later_is_served(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run", **WAITING) as server:
        connection = waiting(server)
        assert connection.predict({"age": 5})[0] == 503
        assert assign(connection, digest_of(age_model_dir)) == 200
        wait_until(lambda: connection.call("GET", "/health/ready")[0] == 200)
        assert connection.predict({"age": 5})[0] == 200


def test_a_server_serves_one_model_in_its_life(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run", **WAITING) as server:
        connection = waiting(server)
        digest = digest_of(age_model_dir)
        assert assign(connection, digest) == 200
        assert assign(connection, "0" * 64) == 409
        assert assign(connection, digest) == 200


def test_a_server_with_a_model_takes_no_other(age_server: Connection) -> None:
    assert assign(age_server, "0" * 64) == 409


def test_what_is_no_hash_is_refused(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run", **WAITING) as server:
        connection = waiting(server)
        assert assign(connection, "somewhere else") == 400
        assert connection.call("POST", "/model", ["x"])[0] == 400


def test_files_that_are_not_the_named_ones_are_refused(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run", **WAITING) as server:
        assert assign(waiting(server), "0" * 64) == 200
        code, errors = server.ended()
    assert code == 2
    assert "manifest.json is not the file that was saved" in errors


def test_a_server_that_nobody_asks_for_ends(age_model_dir: Path, tmp_path: Path) -> None:
    environment = WAITING | {"MW_ABANDONED_SECONDS": "1"}
    with ServerProcess(age_model_dir, tmp_path / "run", **environment) as server:
        assert server.ended()[0] == 0
