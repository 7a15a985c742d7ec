"""The server dials the sockets that the API side listens on."""

from __future__ import annotations

import json
from pathlib import Path

from models import SLOW_AGE
from support import ServerProcess, wait_until


def test_the_server_dials_a_small_pool_to_each_socket(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run", MW_CONNECTIONS="3") as server:
        first, second = server.listen("first.sock"), server.listen("second.sock")
        wait_until(lambda: first.dialled >= 3 and second.dialled >= 3)
        server.ready(first)
        assert (first.dialled, second.dialled) == (3, 3)


def test_a_listener_that_appears_later_is_dialled(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        server.ready(server.listen("first.sock"))
        status, _ = server.listen("second.sock").connection().predict({"age": 3})
        assert status == 200


def test_a_killed_listener_is_dialled_again_when_it_returns(
    age_model_dir: Path, tmp_path: Path
) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        listener = server.listen()
        server.ready(listener)
        for _ in range(3):
            server.kill_listener(listener)
            listener.path.unlink()
            listener = server.listen()
            _, answer = listener.connection().predict({"age": 5})
            assert answer["predictions"][0]["prediction"] == 5
        assert server.process.poll() is None


def test_a_connection_that_closes_is_replaced(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run", MW_CONNECTIONS="1") as server:
        listener = server.listen()
        server.ready(listener).close()
        assert listener.connection().predict({"age": 5})[0] == 200


def test_a_socket_nobody_listens_on_does_not_disturb_the_others(
    age_model_dir: Path, tmp_path: Path
) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        server.kill_listener(server.listen("dead.sock"))
        (server.socket_dir / "file.sock").write_text("not a socket")
        assert server.ready(server.listen()).predict({"age": 5})[0] == 200


def test_nothing_is_sent_before_the_first_request(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        listener = server.listen()
        quiet = listener.connection()
        server.ready(listener)
        assert quiet.sock is not None
        quiet.sock.setblocking(False)
        try:
            received = quiet.sock.recv(1)
        except BlockingIOError:
            received = None
        assert received is None


def test_pipelined_requests_are_answered_in_order(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        connection = server.ready(server.listen())
        assert connection.sock is not None
        for age in range(40):
            body = json.dumps({"rows": [{"age": age + 1}]}).encode()
            connection.sock.sendall(
                b"POST /predict HTTP/1.1\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
            )
        received = b""
        while received.count(b'"modelMs"') < 40:
            received += connection.sock.recv(65536)
        answers = [line for line in received.split(b"\r\n") if b'"predictions"' in line]
        ages = [
            json.loads(a[: a.rindex(b"}") + 1])["predictions"][0]["prediction"] for a in answers
        ]
        assert ages == list(range(1, 41))


def test_sigterm_answers_what_was_asked_and_exits_with_0(
    age_model_dir: Path, tmp_path: Path
) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        listener = server.listen()
        busy, watcher = server.ready(listener), listener.connection()
        busy.request("POST", "/predict", json.dumps({"rows": [{"age": SLOW_AGE}]}))
        # What was sent later is answered, so the slow request is in the model's hands by now.
        assert watcher.call("GET", "/health/live")[0] == 200
        assert server.stop() == 0
        assert busy.getresponse().status == 200


def test_sigterm_while_idle_exits_with_0(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        server.ready(server.listen())
        assert server.stop() == 0


def test_the_process_is_live_while_a_prediction_runs(age_model_dir: Path, tmp_path: Path) -> None:
    with ServerProcess(age_model_dir, tmp_path / "run") as server:
        listener = server.listen()
        busy, watcher = server.ready(listener), listener.connection()
        busy.request("POST", "/predict", json.dumps({"rows": [{"age": SLOW_AGE}]}))
        assert watcher.call("GET", "/health/live") == (200, {"status": "live"})
        assert busy.getresponse().status == 200
