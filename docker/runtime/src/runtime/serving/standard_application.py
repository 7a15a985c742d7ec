"""The routes of a model server that stands alone: the native ones, MLflow's, and Open Inference v2.

The same image then runs on plain Docker, as a KServe predictor, and on SageMaker.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from runtime import __version__
from runtime.contract import ModelContract
from runtime.serving import json_text
from runtime.serving.application import ModelApplication
from runtime.serving.exchange import NATIVE, Exchange
from runtime.serving.inference_exchange import InferenceExchange, describe_model
from runtime.serving.metrics import CONTENT_TYPE, Metrics
from runtime.serving.mlflow_exchange import MlflowExchange
from runtime.serving.protocol import JSON, Respond
from runtime.serving.status import Status

if TYPE_CHECKING:
    from runtime.serving.explaining import ExplainingWorker
    from runtime.serving.worker import PredictionWorker

TEXT = "text/plain; charset=utf-8"

_READ = ("GET", "HEAD")
_PLAIN_ROUTES = {
    "/health/live": _READ,
    "/health/ready": _READ,
    "/schema": _READ,
    "/predict": ("POST",),
    "/ping": _READ,
    "/health": _READ,
    "/version": _READ,
    "/metrics": _READ,
    "/invocations": ("POST",),
    "/v2": _READ,
    "/v2/health/live": _READ,
    "/v2/health/ready": _READ,
}
_SCORING_TYPES = ("application/json", "text/csv", "")


@dataclass(frozen=True)
class ModelName:
    """What the model is called in Open Inference requests."""

    name: str
    version: str


class StandardApplication(ModelApplication):
    """Answers requests of clients that know other model servers."""

    def __init__(self, status: Status, model: ModelName) -> None:
        super().__init__(status)
        self._model = model
        self._metrics = Metrics()
        self._contract: ModelContract | None = None

    def serve(
        self, worker: PredictionWorker, explainer: ExplainingWorker, contract_json: bytes
    ) -> None:
        """Answer predictions with `worker` from now on."""
        super().serve(worker, explainer, contract_json)
        self._contract = ModelContract.from_json(json_text.loads(contract_json))

    def handle(
        self, method: str, path: str, body: bytes, respond: Respond, content_type: str = JSON
    ) -> None:
        """Answer one request by calling `respond` once, and count it."""
        started = time.perf_counter()
        route = self._route(unquote(path))

        def counted(status: int, answer: bytes, answer_type: str = JSON) -> None:
            self._metrics.request(route or "other", method, status, time.perf_counter() - started)
            respond(status, answer, answer_type)

        if route is None:
            _error(counted, HTTPStatus.NOT_FOUND, f"There is nothing at {path}.")
            return
        allowed = _PLAIN_ROUTES.get(route, ("POST",) if route.endswith(_ASKING) else _READ)
        if method not in allowed:
            _error(counted, HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {' or '.join(allowed)}.")
        elif "POST" in allowed:
            self._ask(route, body, counted, content_type)
        else:
            self._tell(route, method, path, counted)

    def _route(self, path: str) -> str | None:
        """Return the template of a path, with `{name}` and `{version}` for this model's own."""
        if path in _PLAIN_ROUTES:
            return path
        if path == f"/v1/models/{self._model.name}:predict":
            return "/v1/models/{name}:predict"
        start = f"/v2/models/{self._model.name}"
        if path != start and not path.startswith(start + "/"):
            return None
        rest, template = path.removeprefix(start), "/v2/models/{name}"
        versioned = f"/versions/{self._model.version}"
        if rest == versioned or rest.startswith(versioned + "/"):
            rest, template = rest.removeprefix(versioned), template + "/versions/{version}"
        return template + rest if rest in ("", "/ready", "/infer") else None

    def _ask(self, route: str, body: bytes, respond: Respond, content_type: str) -> None:
        if self._worker is None or self._contract is None or not self._status.is_ready:
            self._respond_not_ready(respond)
            return
        exchange: Exchange = NATIVE
        if route.endswith("/infer"):
            exchange = InferenceExchange(self._model.name, self._model.version, self._contract)
        elif route != "/predict":
            if content_type.partition(";")[0].strip().lower() not in _SCORING_TYPES:
                message = "Send application/json or text/csv."
                respond(415, json_text.dumps({"error_code": "BAD_REQUEST", "message": message}))
                return
            exchange = MlflowExchange(self._contract, content_type)
        self._worker.submit(body, respond, _Counting(exchange, self._metrics))

    def _tell(self, route: str, method: str, path: str, respond: Respond) -> None:
        ready = self._status.is_ready
        state = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        if route in ("/ping", "/health"):
            respond(state, b"\n", TEXT)
        elif route == "/version":
            respond(HTTPStatus.OK, __version__.encode(), TEXT)
        elif route == "/metrics":
            respond(HTTPStatus.OK, self._metrics.text(), CONTENT_TYPE)
        elif route == "/v2":
            about = {"name": "modelwright", "version": __version__, "extensions": []}
            respond(HTTPStatus.OK, json_text.dumps(about))
        elif route == "/v2/health/live":
            respond(HTTPStatus.OK, b'{"live":true}')
        elif route == "/v2/health/ready":
            respond(state, json_text.dumps({"ready": ready}))
        elif route.endswith("/ready") and route.startswith("/v2/"):
            respond(state, json_text.dumps({"name": self._model.name, "ready": ready}))
        elif route.startswith("/v2/"):
            self._describe(respond)
        else:
            super().handle(method, path, b"", respond)

    def _describe(self, respond: Respond) -> None:
        if self._contract is None:
            self._respond_not_ready(respond)
        else:
            about = describe_model(self._model.name, self._model.version, self._contract)
            respond(HTTPStatus.OK, json_text.dumps(about))


_ASKING = ("/infer", ":predict")


class _Counting:
    """An exchange that counts the rows it answers."""

    def __init__(self, inner: Exchange, metrics: Metrics) -> None:
        self._inner, self._metrics = inner, metrics
        self.rows, self.rejected, self.failed = inner.rows, inner.rejected, inner.failed

    def reply(self, predictions: list[dict[str, Any]], model_ms: float) -> bytes:
        """Count the rows, then answer."""
        self._metrics.predicted(len(predictions))
        return self._inner.reply(predictions, model_ms)


def _error(respond: Respond, status: HTTPStatus, detail: str) -> None:
    respond(status, json_text.dumps({"error": detail}))
