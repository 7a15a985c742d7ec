"""One thread that predicts, so that a slow model never stops the process from answering.

Requests that arrive while a prediction runs are predicted together by the next one: most of the
cost of a call is the same for one row and for a hundred.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass, field

import numpy as np

from runtime.errors import PredictionError, RowsRejectedError
from runtime.frames import Column
from runtime.serving.exchange import NATIVE, Exchange
from runtime.serving.predictor import Predictor
from runtime.serving.protocol import Respond

MAX_MERGED_REQUESTS = 64
"""Requests predicted in one call, so that the first of them does not wait for a crowd."""

MAX_MERGED_ROWS = 2_048
"""Requests with more rows than this are predicted alone."""

_logger = logging.getLogger("runtime.serving")


@dataclass
class _Job:
    body: bytes
    respond: Respond
    exchange: Exchange
    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)


class PredictionWorker:
    """Answers the bodies of predict requests, in order, on a thread of its own."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="predict", daemon=True)
        self._busy_since: float | None = None

    @property
    def busy_seconds(self) -> float:
        """How long the prediction that runs now has been running; 0 when none does."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        self._thread.start()

    def submit(self, body: bytes, respond: Respond, exchange: Exchange = NATIVE) -> None:
        """Answer `body` through `respond` in the words of `exchange`, later and on the worker's
        thread.
        """
        self._jobs.put(_Job(body, respond, exchange))

    def _run(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while len(jobs) < MAX_MERGED_REQUESTS and not self._jobs.empty():
                jobs.append(self._jobs.get())
            self._answer(jobs)
            self._busy_since = None

    def _answer(self, jobs: list[_Job]) -> None:
        self._busy_since = time.monotonic()
        readable = [job for job in jobs if self._read(job)]
        small = [job for job in readable if job.rows <= MAX_MERGED_ROWS]
        if len(small) > 1 and self._answer_together(small):
            readable = [job for job in readable if job.rows > MAX_MERGED_ROWS]
        for job in readable:
            self._busy_since = time.monotonic()
            self._answer_alone(job)

    def _read(self, job: _Job) -> bool:
        """Parse and type the rows of a request; answer it if they cannot be used."""
        try:
            rows = job.exchange.rows(job.body)
            job.columns = self._predictor.read(rows)
        except RowsRejectedError as rejected:
            job.respond(*job.exchange.rejected(rejected.problems))
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
            job.respond(200, job.exchange.reply(own, model_ms))
            first += job.rows
        return True

    def _answer_alone(self, job: _Job) -> None:
        started = time.perf_counter()
        try:
            predictions = self._predictor.predict_columns(job.columns, job.rows)
            reply = job.exchange.reply(predictions, elapsed_ms(started))
        except Exception as error:
            self._fail(job, error)
            return
        job.respond(200, reply)

    def _fail(self, job: _Job, error: Exception) -> None:
        _logger.error("A prediction failed.", exc_info=error)
        detail = str(error) if isinstance(error, PredictionError) else type(error).__name__
        job.respond(*job.exchange.failed(f"The model failed on these rows: {detail}"))


def elapsed_ms(started: float) -> float:
    """Return the milliseconds since `started` of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000, 3)
