"""One thread that predicts, so that a slow model never stops the process from answering.

Requests that arrive while a prediction runs are predicted together by the next one: most of the
cost of a call is the same for one row and for a hundred.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime.errors import PredictionError, RowProblem, RowsRejectedError
from runtime.frames import Column
from runtime.serving import json_text
from runtime.serving.predictor import Prediction, Predictor

MAX_MERGED_REQUESTS = 64
"""Requests predicted in one call, so that the first of them does not wait for a crowd."""

MAX_MERGED_ROWS = 2_048
"""Requests with more rows than this are predicted alone."""

_logger = logging.getLogger("runtime.serving")

Respond = Callable[[int, bytes], None]
"""Takes the HTTP status and the JSON body; may be called from any thread."""


@dataclass
class _Job:
    body: bytes
    respond: Respond
    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)


class PredictionWorker:
    """Answers the bodies of predict requests, in order, on a thread of its own."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="predict", daemon=True)

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        self._thread.start()

    def submit(self, body: bytes, respond: Respond) -> None:
        """Answer `body` through `respond`, later and on the worker's thread."""
        self._jobs.put(_Job(body, respond))

    def _run(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while len(jobs) < MAX_MERGED_REQUESTS and not self._jobs.empty():
                jobs.append(self._jobs.get())
            self._answer(jobs)

    def _answer(self, jobs: list[_Job]) -> None:
        readable = [job for job in jobs if self._read(job)]
        small = [job for job in readable if job.rows <= MAX_MERGED_ROWS]
        if len(small) > 1 and self._answer_together(small):
            readable = [job for job in readable if job.rows > MAX_MERGED_ROWS]
        for job in readable:
            self._answer_alone(job)

    def _read(self, job: _Job) -> bool:
        """Parse and type the rows of a request; answer it if they cannot be used."""
        try:
            rows = parse_rows(job.body)
            job.columns = self._predictor.read(rows)
        except RowsRejectedError as rejected:
            job.respond(422, json_text.dumps({"errors": [vars(p) for p in rejected.problems]}))
            return False
        except Exception as error:
            self._fail(job, error)
            return False
        job.rows = len(rows)
        return True

    def _answer_together(self, jobs: list[_Job]) -> bool:
        """Predict several requests in one call. Return whether it worked.

        A row that breaks the model would break its neighbours' answers too, so after a failure
        each request is predicted alone.
        """
        names = list(jobs[0].columns)
        merged = {name: np.concatenate([job.columns[name] for job in jobs]) for name in names}
        started = time.perf_counter()
        try:
            predictions = self._predictor.predict_columns(merged, sum(job.rows for job in jobs))
        except PredictionError:
            return False
        model_ms = elapsed_ms(started)
        first = 0
        for job in jobs:
            own = predictions[first : first + job.rows]
            for index, prediction in enumerate(own):
                prediction["index"] = index
            job.respond(200, _reply(own, model_ms))
            first += job.rows
        return True

    def _answer_alone(self, job: _Job) -> None:
        started = time.perf_counter()
        try:
            predictions = self._predictor.predict_columns(job.columns, job.rows)
            reply = _reply(predictions, elapsed_ms(started))
        except Exception as error:
            self._fail(job, error)
            return
        job.respond(200, reply)

    def _fail(self, job: _Job, error: Exception) -> None:
        _logger.error("A prediction failed.", exc_info=error)
        detail = str(error) if isinstance(error, PredictionError) else type(error).__name__
        job.respond(500, json_text.dumps({"error": f"The model failed on these rows: {detail}"}))


def parse_rows(body: bytes) -> list[Any]:
    """Return the rows of a request body `{"rows": [...]}`.

    Raises:
        RowsRejectedError: The body is not JSON, or has no rows.
    """
    try:
        document = json_text.loads(body)
    except ValueError as error:
        raise rejected("", f"The body is not valid JSON: {error}.") from error
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise rejected("/rows", 'The body is {"rows": [...]} with one object for each row.')
    if not rows:
        raise rejected("/rows", "There is no row to predict.")
    return rows


def rejected(pointer: str, detail: str) -> RowsRejectedError:
    """Return the error that says what is wrong with one part of a body."""
    return RowsRejectedError([RowProblem(pointer, detail)])


def _reply(predictions: list[Prediction], model_ms: float) -> bytes:
    return json_text.dumps({"predictions": predictions, "modelMs": model_ms})


def elapsed_ms(started: float) -> float:
    """Return the milliseconds since `started` of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000, 3)
