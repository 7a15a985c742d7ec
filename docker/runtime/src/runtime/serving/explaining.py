"""One thread that explains predictions, so that explaining never holds up a prediction.

The explaining libraries take seconds to import and hundreds of megabytes, so they are loaded by
the first request that needs them.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.errors import RowsRejectedError, RuntimeFault
from runtime.serving import json_text
from runtime.serving.artifact import Artifact
from runtime.serving.exchange import parse_rows, rejection
from runtime.serving.predictor import Predictor
from runtime.serving.protocol import Respond
from runtime.serving.worker import elapsed_ms

if TYPE_CHECKING:
    from runtime.explain.explainer import ModelExplainer

MAX_ROWS = 100
MAX_WAITING = 8
SECONDS = 20.0
"""Time for the rows of one request; loading the explainer comes on top, once."""

ORDERS = 16
"""Orders of columns when contributions are sampled: few rows are explained, so each gets many."""

_logger = logging.getLogger("runtime.serving")


class TooSlowError(Exception):
    """The time for explaining was over before the rows were."""


@dataclass(frozen=True)
class _Job:
    body: bytes
    respond: Respond


class ExplainingWorker:
    """Answers the bodies of explain requests, in order, on a thread of its own."""

    def __init__(self, artifact: Artifact, predictor: Predictor, background: Path | None) -> None:
        self._artifact = artifact
        self._predictor = predictor
        self._background = background
        self._explainer: ModelExplainer | None = None
        self._document: dict[str, Any] = {}
        self._jobs: queue.Queue[_Job] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._run, name="explain", daemon=True)

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        self._thread.start()

    def submit(self, body: bytes, respond: Respond) -> None:
        """Answer `body` through `respond`, later and on the worker's thread."""
        try:
            self._jobs.put_nowait(_Job(body, respond))
        except queue.Full:
            respond(503, json_text.dumps({"error": "Too many rows wait to be explained already."}))

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                reply = self._answer(job.body)
            except RowsRejectedError as error:
                problems = {"errors": [vars(p) for p in error.problems]}
                job.respond(422, json_text.dumps(problems))
            except TooSlowError as error:
                job.respond(504, json_text.dumps({"error": str(error)}))
            # Models and explaining libraries raise what they like; the caller gets the sentence.
            except Exception as error:
                _logger.error("An explanation failed.", exc_info=error)
                is_ours = isinstance(error, RuntimeFault)
                detail = str(error) if is_ours else type(error).__name__
                message = f"The prediction cannot be explained: {detail}"
                job.respond(500, json_text.dumps({"error": message}))
            else:
                job.respond(200, reply)

    def _answer(self, body: bytes) -> bytes:
        from runtime.explain.method import CannotExplain, OutOfTime

        started = time.perf_counter()
        rows = parse_rows(body)
        if len(rows) > MAX_ROWS:
            raise rejection("/rows", f"At most {MAX_ROWS} rows can be explained in one call.")
        columns = self._predictor.read(rows)
        wanted = json_text.loads(body).get("class")
        explainer = self._ready_explainer()
        try:
            position = self._position(explainer, wanted)
        except CannotExplain as error:
            raise rejection("/class", str(error)) from error
        answers = self._predictor.predict_columns(columns, len(rows))
        deadline = time.monotonic() + SECONDS
        try:
            found = explainer.explanations(columns, position, answers, deadline)
        except OutOfTime as error:
            raise TooSlowError(str(error)) from error
        except CannotExplain as error:
            raise rejection("/rows", str(error)) from error
        if len(found) < len(rows):
            detail = f"{len(found)} of {len(rows)} rows could be explained within {SECONDS:.0f} s."
            raise TooSlowError(f"{detail} Send fewer rows.")
        return json_text.dumps(
            {
                "method": explainer.method.as_json(),
                "explanations": found,
                "notes": explainer.notes,
                "modelMs": elapsed_ms(started),
            }
        )

    def _position(self, explainer: ModelExplainer, wanted: Any) -> int | None:
        """Return the output to explain; None: of each row the class it is given."""
        if wanted is None and len(explainer.labels) > 2:
            return None
        return explainer.position_of(None if wanted is None else str(wanted), self._document)

    def _ready_explainer(self) -> ModelExplainer:
        if self._explainer is None:
            from runtime.explain.background import from_contract, from_table
            from runtime.explain.explainer import ModelExplainer

            self._document = json.loads(self._artifact.contract_json)
            if self._background is None:
                background, note = from_contract(self._document), _DRAWN
            else:
                background, note = from_table(self._background, self._document), _SAMPLED
            explainer = ModelExplainer(
                self._artifact.model, self._document, background, orders=ORDERS
            )
            if explainer.needs_background:
                explainer.notes.append(note)
            self._explainer = explainer
        return self._explainer


_SAMPLED = "Rows are compared with a sample of the dataset."
_DRAWN = (
    "Rows are compared with values drawn from the distribution of each column, because the data "
    "is not with the model."
)
