"""Readiness of a server whose prediction does not come to an end."""

from __future__ import annotations

import json
from typing import Any, cast

from runtime.serving.application import STUCK_SECONDS, ModelApplication
from runtime.serving.explaining import ExplainingWorker
from runtime.serving.status import Status
from runtime.serving.worker import PredictionWorker


class BusyWorker:
    """A worker whose present prediction has been running for a while."""

    def __init__(self, busy_seconds: float) -> None:
        self.busy_seconds = busy_seconds


def readiness(busy_seconds: float) -> tuple[int, dict[str, Any]]:
    application = ModelApplication(Status(phase="ready"))
    worker = cast(PredictionWorker, BusyWorker(busy_seconds))
    application.serve(worker, cast(ExplainingWorker, None), b"{}")
    answers: list[tuple[int, dict[str, Any]]] = []
    application.handle(
        "GET",
        "/health/ready",
        b"",
        lambda status, body, *_: answers.append((status, json.loads(body))),
    )
    return answers[0]


def test_a_long_prediction_leaves_the_server_ready() -> None:
    assert readiness(STUCK_SECONDS - 1)[0] == 200


def test_a_prediction_without_end_makes_the_server_say_that_it_is_stuck() -> None:
    status, answer = readiness(STUCK_SECONDS + 1)
    assert status == 503
    assert answer == {"status": "stuck", "step": "a prediction that has been running for 31 s"}
