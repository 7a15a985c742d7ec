"""The model server that stands alone on a port: MLflow's routes and Open Inference v2."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models import AgeModel, fitted_classifier
from support import contract, save_model, wait_until

ROWS: list[dict[str, Any]] = [
    {"age": 20, "plan": "basic"},
    {"age": 70.5, "plan": "gold"},
    {"age": None, "plan": None},
]


class PortServer:
    """`python -m runtime.serving` on a port of this machine."""

    def __init__(self, model_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime.serving", "serve"],
            env={
                **os.environ,
                "PYTHONPATH": path,
                "MW_MODEL_DIR": str(model_dir),
                "MW_HTTP_PORT": str(self.port),
                "MW_MODEL_NAME": "churn",
                "MW_MODEL_VERSION": "3",
            },
        )
        wait_until(self._is_ready)

    def _is_ready(self) -> bool:
        try:
            return self.call("GET", "/health/ready")[0] == 200
        except OSError:
            return False

    def raw(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, str, bytes]:
        """Send a request; return status, content type and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"content-type": kind})
            response = connection.getresponse()
            return response.status, response.headers["content-type"], response.read()
        finally:
            connection.close()

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send JSON; return the status and the parsed answer."""
        data = None if body is None else json.dumps(body).encode()
        status, _, answer = self.raw(method, path, data)
        return status, json.loads(answer) if answer.strip() else None

    def stop(self) -> None:
        """End the server."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortServer]:
    folder = tmp_path_factory.mktemp("standard")
    served = PortServer(save_model(folder / "model", fitted_classifier(), contract("class")))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortServer]:
    folder = tmp_path_factory.mktemp("numbers")
    served = PortServer(save_model(folder / "model", AgeModel(), contract()))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def native(server: PortServer) -> list[dict[str, Any]]:
    status, answer = server.call("POST", "/predict", {"rows": ROWS})
    assert status == 200
    found: list[dict[str, Any]] = answer["predictions"]
    return found


COLUMNS = {"age": [row["age"] for row in ROWS], "plan": [row["plan"] for row in ROWS]}
LISTS = [[row["age"], row["plan"]] for row in ROWS]
MLFLOW_BODIES: dict[str, Any] = {
    "dataframe_split": {"columns": ["plan", "age"], "data": [row[::-1] for row in LISTS]},
    "dataframe_records": ROWS,
    "instances": ROWS,
    "inputs": COLUMNS,
}


@pytest.mark.parametrize("kind", MLFLOW_BODIES)
def test_every_body_of_mlflow_gives_the_native_numbers(
    server: PortServer, native: list[dict[str, Any]], kind: str
) -> None:
    status, answer = server.call("POST", "/invocations", {kind: MLFLOW_BODIES[kind]})
    assert (status, answer["predictions"]) == (200, [row["prediction"] for row in native])
    params = {"predict_method": "predict_proba"}
    body = {kind: MLFLOW_BODIES[kind], "params": params}
    _, answer = server.call("POST", "/invocations", body)
    assert answer["predictions"] == [row["probabilities"] for row in native]


@pytest.mark.parametrize("kind", ["instances", "inputs"])
def test_lists_are_read_in_the_order_of_the_contract(
    server: PortServer, native: list[dict[str, Any]], kind: str
) -> None:
    _, answer = server.call("POST", "/invocations", {kind: LISTS})
    assert answer["predictions"] == [row["prediction"] for row in native]


def test_csv_is_read_by_its_header(server: PortServer, native: list[dict[str, Any]]) -> None:
    body = b"\xef\xbb\xbfplan,age,more\nbasic,20,x\ngold,70.5,y\n,,z\n"
    status, kind, answer = server.raw("POST", "/invocations", body, "text/csv; charset=utf-8")
    assert (status, kind) == (200, "application/json")
    assert json.loads(answer)["predictions"] == [row["prediction"] for row in native]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "an object with one of"),
        (b"{}", "exactly one of"),
        (b'{"instances": [], "inputs": []}', "this one has 2"),
        (b'{"instances": []}', "no row"),
        (b'{"instances": [[1]]}', "a list of 2 values"),
        (b'{"dataframe_split": {"columns": ["age"]}}', "columns"),
        (b'{"dataframe_records": {"age": 1}}', "a list with one object"),
        (b'{"inputs": {"age": [1, 2], "plan": ["gold"]}}', "lengths differ"),
        (b'{"inputs": 3}', "a list of rows"),
        (b'{"instances": [{"age": "old"}]}', "expected a number"),
        (b'{"instances": [{"age": 1}], "params": {"predict_method": "x"}}', "one of predict"),
        (b'{"instances": [{"age": 1}], "params": 3}', "params is an object"),
    ],
)
def test_what_mlflow_would_refuse_is_a_bad_request(
    server: PortServer, body: bytes, says: str
) -> None:
    status, _, answer = server.raw("POST", "/invocations", body)
    document = json.loads(answer)
    assert (status, document["error_code"]) == (400, "BAD_REQUEST")
    assert says in document["message"]


@pytest.mark.parametrize("body", [b"", b"age,plan\n1\n", b'age\n"1\n', b"\xff\xfe"])
def test_csv_that_cannot_be_read_is_a_bad_request(server: PortServer, body: bytes) -> None:
    assert server.raw("POST", "/invocations", body, "text/csv")[0] == 400


def test_another_content_type_is_refused(server: PortServer) -> None:
    assert server.raw("POST", "/invocations", b"x", "application/x-parquet")[0] == 415


def test_the_probes_of_mlflow_and_sagemaker(server: PortServer) -> None:
    for path in ("/ping", "/health"):
        assert server.raw("GET", path) == (200, "text/plain; charset=utf-8", b"\n")
    status, kind, version = server.raw("GET", "/version")
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    assert version.decode().count(".") == 2


def test_kserve_version_one_predicts_instances(
    server: PortServer, native: list[dict[str, Any]]
) -> None:
    _, answer = server.call("POST", "/v1/models/churn:predict", {"instances": ROWS})
    assert answer == {"predictions": [row["prediction"] for row in native]}


def infer(server: PortServer, inputs: list[dict[str, Any]], **more: Any) -> tuple[int, Any]:
    return server.call("POST", "/v2/models/churn/infer", {"inputs": inputs, **more})


TENSORS: list[dict[str, Any]] = [
    {"name": "age", "shape": [3, 1], "datatype": "FP64", "data": COLUMNS["age"]},
    {"name": "plan", "shape": [3], "datatype": "BYTES", "data": COLUMNS["plan"]},
]


def test_a_tensor_for_each_column_gives_the_native_numbers(
    server: PortServer, native: list[dict[str, Any]]
) -> None:
    status, answer = infer(
        server, TENSORS, id="42", outputs=[{"name": "predict_proba"}], parameters={}
    )
    assert status == 200
    assert {name: answer[name] for name in ("model_name", "model_version", "id")} == {
        "model_name": "churn",
        "model_version": "3",
        "id": "42",
    }
    predict, proba = answer["outputs"]
    assert predict == {
        "name": "predict",
        "shape": [3, 1],
        "datatype": "BYTES",
        "data": [row["prediction"] for row in native],
    }
    flat = [value for row in native for value in row["probabilities"].values()]
    assert proba == {"name": "predict_proba", "shape": [3, 2], "datatype": "FP64", "data": flat}


def test_one_tensor_of_all_columns_may_be_nested(numbers: PortServer) -> None:
    tensor = {"name": "x", "shape": [2, 2], "datatype": "FP64", "data": [[5, None], [7, None]]}
    status, answer = infer(numbers, [tensor])
    assert status == 200
    assert answer["outputs"] == [
        {"name": "predict", "shape": [2, 1], "datatype": "FP64", "data": [5.0, 7.0]}
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shape": [2]}, "3 values, the shape 2"),
        ({"shape": [3, 1, 1]}, "[rows]"),
        ({"shape": "3"}, "[rows]"),
        ({"datatype": "FP128"}, "BYTES"),
        ({"data": None}, "a list of values"),
        ({"data": ["a", "b", "c"]}, "expected a number"),
        ({"name": None}, "A tensor has name"),
        ({"parameters": {"binary_data_size": 24}}, "Binary tensor data"),
    ],
)
def test_a_tensor_that_cannot_be_read_is_a_bad_request(
    server: PortServer, change: dict[str, Any], says: str
) -> None:
    status, answer = infer(server, [TENSORS[0] | change, TENSORS[1]])
    assert status == 400
    assert says in answer["error"]


def test_outputs_that_do_not_exist_are_refused(server: PortServer, numbers: PortServer) -> None:
    assert infer(server, TENSORS, outputs=[{"name": "shap"}])[0] == 400
    tensor = {"name": "age", "shape": [1], "datatype": "FP64", "data": [5]}
    assert infer(numbers, [tensor], outputs=[{"name": "predict_proba"}])[0] == 400


def test_the_model_describes_itself(server: PortServer) -> None:
    expected = {
        "name": "churn",
        "versions": ["3"],
        "platform": "modelwright",
        "inputs": [
            {"name": "age", "datatype": "FP64", "shape": [-1, 1]},
            {"name": "plan", "datatype": "BYTES", "shape": [-1, 1]},
        ],
        "outputs": [
            {"name": "predict", "datatype": "BYTES", "shape": [-1, 1]},
            {"name": "predict_proba", "datatype": "FP64", "shape": [-1, 2]},
        ],
    }
    assert server.call("GET", "/v2/models/churn") == (200, expected)
    assert server.call("GET", "/v2/models/churn/versions/3") == (200, expected)
    assert server.call("GET", "/v2/models/churn/ready") == (200, {"name": "churn", "ready": True})
    assert server.call("GET", "/v2/health/live") == (200, {"live": True})
    assert server.call("GET", "/v2/health/ready") == (200, {"ready": True})
    assert server.call("GET", "/v2")[1]["name"] == "modelwright"


@pytest.mark.parametrize(
    "path", ["/v2/models/other", "/v2/models/churn/versions/4", "/v2/models/churn/x", "/nothing"]
)
def test_other_models_are_not_here(server: PortServer, path: str) -> None:
    status, answer = server.call("GET", path)
    assert status == 404
    assert "error" in answer


def test_a_route_says_which_methods_it_takes(server: PortServer) -> None:
    status, answer = server.call("GET", "/v2/models/churn/infer")
    assert (status, answer) == (405, {"error": "/v2/models/churn/infer takes POST."})


def test_requests_and_rows_are_counted(server: PortServer) -> None:
    server.call("POST", "/predict", {"rows": ROWS})
    _, kind, text = server.raw("GET", "/metrics")
    assert kind.startswith("text/plain; version=0.0.4")
    lines = dict(
        line.rsplit(" ", 1) for line in text.decode().splitlines() if not line.startswith("#")
    )
    labels = 'http_route="/predict",http_request_method="POST",http_response_status_code="200"'
    count = int(lines[f"http_server_request_duration_seconds_count{{{labels}}}"])
    assert count >= 1
    last = int(lines[f'http_server_request_duration_seconds_bucket{{{labels},le="+Inf"}}'])
    assert last == count
    assert int(lines["modelwright_predictions_total"]) >= 3
