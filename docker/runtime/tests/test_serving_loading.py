"""What the model server answers before its model is loaded."""

from __future__ import annotations

import json

import pytest

from runtime.serving.application import ModelApplication
from runtime.serving.status import Status


@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_a_call_that_comes_too_early_is_told_what_the_server_does(path: str) -> None:
    answers: list[tuple[int, bytes]] = []
    application = ModelApplication(Status())

    def respond(status: int, body: bytes, _content_type: str = "") -> None:
        answers.append((status, body))

    application.handle("POST", path, b"{}", respond)
    assert [(status, json.loads(body)) for status, body in answers] == [
        (503, {"error": "The model server is loading.", "status": "loading"})
    ]
