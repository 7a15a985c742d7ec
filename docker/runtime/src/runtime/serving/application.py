"""The routes of the model server. They translate; the predictor decides."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from runtime.serving import json_text
from runtime.serving.assignment import Assignment, manifest_digest
from runtime.serving.protocol import JSON, Respond
from runtime.serving.status import Status

if TYPE_CHECKING:
    from runtime.serving.explaining import ExplainingWorker
    from runtime.serving.worker import PredictionWorker

_METHODS = {
    "/health/live": ("GET", "HEAD"),
    "/health/ready": ("GET", "HEAD"),
    "/schema": ("GET", "HEAD"),
    "/predict": ("POST",),
    "/explain": ("POST",),
    "/model": ("POST",),
}


STUCK_SECONDS = 30.0
"""A prediction that has run for longer is waited for by nobody: the caller has been told so."""


class ModelApplication:
    """Answers requests about one model."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._worker: PredictionWorker | None = None
        self._explainer: ExplainingWorker | None = None
        self._contract_json = b""
        self._assignment: Assignment | None = None

    def wait_for(self, assignment: Assignment) -> None:
        """Take the model to serve from a caller."""
        self._assignment = assignment

    def serve(
        self, worker: PredictionWorker, explainer: ExplainingWorker, contract_json: bytes
    ) -> None:
        """Answer predictions with `worker` and explanations with `explainer` from now on."""
        self._worker = worker
        self._explainer = explainer
        self._contract_json = contract_json

    def handle(
        self,
        method: str,
        path: str,
        body: bytes,
        respond: Respond,
        content_type: str = JSON,  # noqa: ARG002 - every body of these routes is JSON
    ) -> None:
        """Answer one request by calling `respond` once."""
        allowed = _METHODS.get(path)
        if allowed is None:
            _respond_error(respond, HTTPStatus.NOT_FOUND, f"There is nothing at {path}.")
        elif method not in allowed:
            _respond_error(
                respond, HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {' or '.join(allowed)}."
            )
        elif path == "/predict":
            self._hand_over(self._worker, body, respond)
        elif path == "/explain":
            self._hand_over(self._explainer, body, respond)
        elif path == "/model":
            self._assign(body, respond)
        elif path == "/health/live":
            respond(HTTPStatus.OK, b'{"status":"live"}')
        elif path == "/health/ready":
            self._tell_readiness(respond)
        elif self._contract_json:
            respond(HTTPStatus.OK, self._contract_json)
        else:
            self._respond_not_ready(respond)

    def _tell_readiness(self, respond: Respond) -> None:
        busy = 0.0 if self._worker is None else self._worker.busy_seconds
        if self._status.is_ready and busy > STUCK_SECONDS:
            step = f"a prediction that has been running for {busy:.0f} s"
            respond(
                HTTPStatus.SERVICE_UNAVAILABLE, json_text.dumps({"status": "stuck", "step": step})
            )
            return
        status = HTTPStatus.OK if self._status.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        respond(status, json_text.dumps(self._status.as_json()))

    def _hand_over(
        self, worker: PredictionWorker | ExplainingWorker | None, body: bytes, respond: Respond
    ) -> None:
        if worker is None or not self._status.is_ready:
            self._respond_not_ready(respond)
        else:
            worker.submit(body, respond)

    def _assign(self, body: bytes, respond: Respond) -> None:
        """A server serves one model in its life: it is told once which one."""
        if self._assignment is None:
            _respond_error(respond, HTTPStatus.CONFLICT, "This server does not wait for a model.")
            return
        digest = manifest_digest(body)
        if digest is None:
            detail = 'The body is {"manifestSha256": "<64 hexadecimal digits>"}.'
            _respond_error(respond, HTTPStatus.BAD_REQUEST, detail)
        elif self._assignment.give(digest):
            respond(HTTPStatus.OK, b'{"status":"assigned"}')
        else:
            _respond_error(respond, HTTPStatus.CONFLICT, "This server serves another model.")

    def _respond_not_ready(self, respond: Respond) -> None:
        phase = self._status.phase
        # `status` tells it from a server that has too much to do.
        answer = {"error": f"The model server is {phase}.", "status": phase}
        respond(HTTPStatus.SERVICE_UNAVAILABLE, json_text.dumps(answer))


def _respond_error(respond: Respond, status: HTTPStatus, detail: str) -> None:
    respond(status, json_text.dumps({"error": detail}))
