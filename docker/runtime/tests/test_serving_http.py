"""Requests and answers of the model server."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from models import BAD_AGE, FrameOnlyModel, fitted_classifier
from support import Connection, ServerProcess, contract, save_model

LIMIT = 10 * 1024 * 1024


def test_a_number_is_predicted_for_each_row(age_server: Connection) -> None:
    status, answer = age_server.predict({"age": 5, "plan": "gold"}, {"age": 7.5, "plan": None})
    assert status == 200
    assert answer["predictions"] == [
        {"index": 0, "prediction": 5.0},
        {"index": 1, "prediction": 7.5},
    ]
    assert answer["modelMs"] > 0


def test_a_class_is_predicted_with_its_probabilities(class_server: Connection) -> None:
    status, answer = class_server.predict({"age": 20, "plan": "basic"}, {"age": 30, "plan": "gold"})
    assert status == 200
    assert [row["prediction"] for row in answer["predictions"]] == ["leaves", "stays"]
    for row in answer["predictions"]:
        assert sum(row["probabilities"].values()) == pytest.approx(1)
        assert row["probabilities"][row["prediction"]] == max(row["probabilities"].values())


def test_the_contract_decides_the_order_of_the_classes(tmp_path: Path) -> None:
    document = contract("class")
    document["output"]["classes"] = ["stays", "leaves"]
    folder = save_model(tmp_path / "model", fitted_classifier(), document)
    with ServerProcess(folder, tmp_path / "run") as server:
        _, answer = server.ready(server.listen()).predict({"age": 30, "plan": "gold"})
    assert answer["predictions"][0]["prediction"] == "stays"
    assert list(answer["predictions"][0]["probabilities"]) == ["stays", "leaves"]


def test_the_schema_is_the_contract(age_server: Connection) -> None:
    assert age_server.call("GET", "/schema") == (200, contract())


def test_ready_tells_how_long_loading_took(age_server: Connection) -> None:
    status, answer = age_server.call("GET", "/health/ready")
    assert status == 200
    assert answer["status"] == "ready"
    assert answer["loadSeconds"] > 0


def test_a_missing_key_counts_as_a_missing_value(class_server: Connection) -> None:
    _, answer = class_server.predict({"plan": "gold"}, {"plan": "gold", "age": None})
    first, second = answer["predictions"]
    assert first["probabilities"] == second["probabilities"]


def test_keys_the_model_does_not_know_are_ignored(age_server: Connection) -> None:
    status, answer = age_server.predict({"age": 5, "customer": "x", "nested": {"a": [1]}})
    assert status == 200
    assert answer["predictions"][0]["prediction"] == 5


def test_a_row_with_none_of_the_columns_is_refused(age_server: Connection) -> None:
    status, answer = age_server.predict({"age": 5}, {"Age": 5})
    assert status == 422
    assert answer["errors"] == [
        {
            "pointer": "/rows/1",
            "detail": "The row has none of the model's columns. It expects age, plan.",
        }
    ]


def test_every_bad_value_is_named_with_what_is_expected(age_server: Connection) -> None:
    status, answer = age_server.predict({"age": "old", "plan": []}, {"age": 5}, {"age": True})
    assert status == 422
    assert answer["errors"] == [
        {"pointer": "/rows/0/age", "detail": 'age: expected a number, got "old".'},
        {"pointer": "/rows/0/plan", "detail": "plan: expected a text, got a list."},
        {"pointer": "/rows/2/age", "detail": "age: expected a number, got true."},
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b'{"rows":[{"age":NaN}]}', ""),
        (b'{"rows":[{"age":Infinity}]}', ""),
        (b"[]", "/rows"),
        (b"{}", "/rows"),
        (b'{"rows":{}}', "/rows"),
        (b'{"rows":[]}', "/rows"),
        (b'{"rows":[5]}', "/rows/0"),
        (b'{"rows":[null]}', "/rows/0"),
        (b'{"rows":[{"age":1e999}]}', ""),
        (b'{"rows":' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
    ],
)
def test_a_body_that_is_no_list_of_rows_is_refused(
    age_server: Connection, body: bytes, pointer: str
) -> None:
    status, answer = age_server.call("POST", "/predict", body)
    assert status == 422
    assert [problem["pointer"] for problem in answer["errors"]] == [pointer]
    assert age_server.predict({"age": 5})[0] == 200


def test_the_list_of_problems_ends_somewhere(age_server: Connection) -> None:
    status, answer = age_server.predict(*[{"age": "x"}] * 1000)
    assert status == 422
    assert len(answer["errors"]) == 50


def test_a_prediction_that_is_no_number_is_null(age_server: Connection) -> None:
    _, answer = age_server.predict({"age": 0}, {"age": None})
    assert [row["prediction"] for row in answer["predictions"]] == [None, None]


def test_a_model_that_fails_is_an_error_of_that_request_only(age_server: Connection) -> None:
    status, answer = age_server.predict({"age": BAD_AGE})
    assert status == 500
    assert "This age is not for me." in answer["error"]
    assert age_server.predict({"age": 5})[0] == 200


def test_a_model_that_wants_a_data_frame_gets_one(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model", FrameOnlyModel(), contract())
    with ServerProcess(folder, tmp_path / "run") as server:
        _, answer = server.ready(server.listen()).predict({"age": 9})
    assert answer["predictions"][0]["prediction"] == 9


def test_requests_at_the_same_time_get_their_own_answers(
    age_model_dir: Path, tmp_path: Path
) -> None:
    answers: dict[int, list[Any]] = {}

    def ask(connection: Connection, first: int) -> None:
        answers[first] = []
        for age in range(first, first + 50):
            # One in ten breaks the model: the requests it was merged with must not notice.
            rows = [{"age": BAD_AGE if age % 10 == 3 else age}, {"age": age + 0.5}]
            answers[first].append((age, connection.predict(*rows)))

    with ServerProcess(age_model_dir, tmp_path / "run", MW_CONNECTIONS="8") as server:
        listener = server.listen()
        connections = [server.ready(listener) for _ in range(8)]
        threads = [
            threading.Thread(target=ask, args=(connection, 1 + 1000 * index))
            for index, connection in enumerate(connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for age, (status, answer) in [pair for pairs in answers.values() for pair in pairs]:
        if age % 10 == 3:
            assert status == 500
        else:
            assert [(row["index"], row["prediction"]) for row in answer["predictions"]] == [
                (0, age),
                (1, age + 0.5),
            ]


def test_a_body_over_the_limit_is_refused_with_an_answer(shared_server: ServerProcess) -> None:
    connection = shared_server.listeners[0].connection()
    status, answer = connection.call("POST", "/predict", b" " * (LIMIT + 1))
    assert status == 413
    assert "10 MiB" in answer["error"]


def test_a_chunked_body_over_the_limit_is_refused(shared_server: ServerProcess) -> None:
    connection = shared_server.listeners[0].connection()
    chunks = (b" " * 65536 for _ in range(LIMIT // 65536 + 1))
    connection.request("POST", "/predict", chunks, encode_chunked=True)
    assert connection.getresponse().status == 413


def test_a_body_at_the_limit_is_read(age_server: Connection) -> None:
    body = json.dumps({"rows": [{"age": 5}]}).encode()
    status, _ = age_server.call("POST", "/predict", body + b" " * (LIMIT - len(body)))
    assert status == 200


def test_other_paths_and_methods_are_refused(age_server: Connection) -> None:
    assert age_server.call("GET", "/")[0] == 404
    assert age_server.call("GET", "/predict")[0] == 405
    assert age_server.call("DELETE", "/schema")[0] == 405
    assert age_server.call("GET", "/health/live?x=1")[0] == 200


def test_what_is_not_http_is_refused_and_the_connection_closed(
    shared_server: ServerProcess,
) -> None:
    connection = shared_server.listeners[0].connection()
    assert connection.sock is not None
    connection.sock.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")
    answer = http.client.HTTPResponse(connection.sock)
    answer.begin()
    assert answer.status == 400
    assert b"not valid HTTP" in answer.read()
    answer.close()
    assert connection.sock.recv(1) == b""


def test_a_client_that_waits_for_100_continue_gets_it(shared_server: ServerProcess) -> None:
    connection = shared_server.listeners[0].connection()
    assert connection.sock is not None
    body = b'{"rows":[{"age":5}]}'
    connection.sock.sendall(
        b"POST /predict HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 20\r\n\r\n"
    )
    assert connection.sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sock.sendall(body)
    assert connection.sock.recv(1000).startswith(b"HTTP/1.1 200 OK")
