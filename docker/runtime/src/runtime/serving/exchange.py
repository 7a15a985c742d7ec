"""How a request and its answer are written: the product's own form, and those of other servers.

An exchange turns a body into rows and predictions into a body. It knows neither sockets nor models.
"""

from __future__ import annotations

from typing import Any, Protocol

from runtime.errors import RowProblem, RowsRejectedError
from runtime.serving import json_text
from runtime.serving.predictor import Prediction


class Exchange(Protocol):
    """One way to ask for predictions. An object serves one request, unless it keeps nothing."""

    def rows(self, body: bytes) -> list[Any]:
        """Return the rows of a body as JSON objects.

        Raises:
            RowsRejectedError: The body is not what this exchange takes.
        """

    def reply(self, predictions: list[Prediction], model_ms: float) -> bytes:
        """Write the answer."""

    def rejected(self, problems: list[RowProblem]) -> tuple[int, bytes]:
        """Write the answer to rows that cannot be used: status and body."""

    def failed(self, detail: str) -> tuple[int, bytes]:
        """Write the answer when the model itself failed: status and body."""


class NativeExchange:
    """`{"rows": [...]}` in, `{"predictions": [...], "modelMs": ...}` out."""

    def rows(self, body: bytes) -> list[Any]:
        """Return the rows of a body `{"rows": [...]}`."""
        return parse_rows(body)

    def reply(self, predictions: list[Prediction], model_ms: float) -> bytes:
        """Write the predictions as they are."""
        return json_text.dumps({"predictions": predictions, "modelMs": model_ms})

    def rejected(self, problems: list[RowProblem]) -> tuple[int, bytes]:
        """Write every problem with its place in the body."""
        return 422, json_text.dumps({"errors": [vars(problem) for problem in problems]})

    def failed(self, detail: str) -> tuple[int, bytes]:
        """Write what happened."""
        return 500, json_text.dumps({"error": detail})


NATIVE = NativeExchange()


def parse_rows(body: bytes) -> list[Any]:
    """Return the rows of a request body `{"rows": [...]}`.

    Raises:
        RowsRejectedError: The body is not JSON, or has no rows.
    """
    document = parse_json(body)
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise rejection("/rows", 'The body is {"rows": [...]} with one object for each row.')
    if not rows:
        raise rejection("/rows", "There is no row to predict.")
    return rows


def parse_json(body: bytes) -> Any:
    """Parse a body.

    Raises:
        RowsRejectedError: It is not JSON.
    """
    try:
        return json_text.loads(body)
    except ValueError as error:
        raise rejection("", f"The body is not valid JSON: {error}.") from error


def rejection(pointer: str, detail: str) -> RowsRejectedError:
    """Return the error that says one thing is wrong with a body."""
    return RowsRejectedError([RowProblem(pointer, detail)])


def in_words(problems: list[RowProblem]) -> str:
    """Return problems as one text, for answers that have room for one message only."""
    shown = [f"{problem.pointer}: {problem.detail}".removeprefix(": ") for problem in problems[:5]]
    more = f" And {len(problems) - 5} more." if len(problems) > 5 else ""
    return " ".join(shown) + more
