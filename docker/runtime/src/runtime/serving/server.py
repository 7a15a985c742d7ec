"""The life of a model server: dial, load, answer, drain."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.errors import RuntimeFault
from runtime.serving.application import ModelApplication
from runtime.serving.assignment import Assignment, import_libraries
from runtime.serving.dialer import Dialer
from runtime.serving.protocol import ConnectionSet, HttpServerProtocol
from runtime.serving.standard_application import ModelName, StandardApplication
from runtime.serving.status import Status
from runtime.settings import ServingSettings

if TYPE_CHECKING:
    from runtime.serving.explaining import ExplainingWorker
    from runtime.serving.worker import PredictionWorker

EXIT_OK = 0
EXIT_MODEL_REFUSED = 2
"""The model can never be served as it is: starting again would end the same way."""

WAITING = "wait for a model"
"""The step of a server that is not yet told what to serve."""

_LOOK_SECONDS = 1.0

_logger = logging.getLogger("runtime.serving")


@dataclass(frozen=True)
class _Loaded:
    worker: PredictionWorker
    explainer: ExplainingWorker
    contract_json: bytes
    seconds: float


class ModelServer:
    """Serves one model until SIGTERM."""

    def __init__(self, settings: ServingSettings) -> None:
        self._settings = settings
        self._status = Status()
        self._application = (
            ModelApplication(self._status)
            if settings.http_port is None
            else StandardApplication(
                self._status, ModelName(settings.model_name, settings.model_version)
            )
        )
        self._connections = ConnectionSet()
        self._assignment = Assignment() if settings.waits_for_model else None
        if self._assignment is not None:
            self._application.wait_for(self._assignment)

    async def run(self) -> int:
        """Serve. Return the exit code of the process."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)

        # Connecting comes first: callers see the process live, and why it is not ready yet.
        dialling = asyncio.create_task(self._connect())
        stopping = asyncio.create_task(stop.wait())
        loading = asyncio.create_task(asyncio.to_thread(self._load))
        abandoned = asyncio.create_task(self._be_abandoned())
        await asyncio.wait((loading, stopping, abandoned), return_when=asyncio.FIRST_COMPLETED)
        if abandoned.done():
            _logger.info("Nobody has asked for this server; ending.")
            return EXIT_OK
        abandoned.cancel()
        if loading.done() and not self._take_over(loading):
            dialling.cancel()
            stopping.cancel()
            return EXIT_MODEL_REFUSED
        await stopping
        await self._drain(dialling)
        return EXIT_OK

    async def _connect(self) -> None:
        """Hold connections to the sockets of the folder, or listen on a port; until cancelled."""
        if self._settings.http_port is None:
            folder, connections = self._settings.socket_dir, self._settings.connections_per_socket
            await Dialer(folder, connections, self._make_protocol).run()
            return
        loop = asyncio.get_running_loop()
        port = self._settings.http_port
        # In a container of its own, all addresses are the container's.
        server = await loop.create_server(self._make_protocol, "0.0.0.0", port)  # noqa: S104
        _logger.info("Listening on port %d.", port)
        async with server:
            await server.serve_forever()

    def _make_protocol(self) -> HttpServerProtocol:
        return HttpServerProtocol(
            self._application,
            self._connections,
            asyncio.get_running_loop(),
            self._settings.max_body_bytes,
        )

    def _load(self) -> _Loaded:
        """Check, load and try the model; runs on a thread of its own.

        The numeric libraries are imported here, because that takes longer than all the rest.
        """
        manifest_sha256 = self._settings.manifest_sha256
        if self._assignment is not None:
            import_libraries()
            gc.collect()
            gc.freeze()
            self._status.step = WAITING
            _logger.info("Waiting for a model.")
            manifest_sha256 = self._assignment.wait()
        started = time.perf_counter()
        from runtime.serving.artifact import load_artifact
        from runtime.serving.explaining import ExplainingWorker
        from runtime.serving.predictor import Predictor
        from runtime.serving.worker import PredictionWorker

        self._status.step = "load"
        artifact = load_artifact(self._settings.model_dir, manifest_sha256)
        self._status.step = "warm up"
        predictor = Predictor(artifact.model, artifact.contract)
        predictor.warm_up()
        # The model stays for the life of the process: looking through it for garbage is a waste.
        gc.collect()
        gc.freeze()
        explainer = ExplainingWorker(artifact, predictor, self._settings.background)
        seconds = time.perf_counter() - started
        return _Loaded(PredictionWorker(predictor), explainer, artifact.contract_json, seconds)

    async def _be_abandoned(self) -> None:
        """Return when no model was named and nobody was connected for a while."""
        alone = 0.0
        while self._assignment is None or alone < self._settings.abandoned_seconds:
            await asyncio.sleep(_LOOK_SECONDS)
            needed = self._assignment is None or self._assignment.is_given or self._connections.open
            alone = 0.0 if needed else alone + _LOOK_SECONDS

    def _take_over(self, loading: asyncio.Task[_Loaded]) -> bool:
        try:
            loaded = loading.result()
        except RuntimeFault as error:
            _logger.error("The model cannot be served: %s", error)
            return False
        loaded.worker.start()
        loaded.explainer.start()
        self._application.serve(loaded.worker, loaded.explainer, loaded.contract_json)
        self._status.load_seconds = round(loaded.seconds, 3)
        self._status.phase = "ready"
        _logger.info("Ready after %.2f s.", loaded.seconds)
        return True

    async def _drain(self, dialling: asyncio.Task[None]) -> None:
        """Answer what was asked, refuse what comes now, and close."""
        _logger.info("Stopping.")
        self._status.phase = "stopping"
        dialling.cancel()
        self._connections.stop()
        waiting = [connection.closed for connection in self._connections.open]
        if waiting:
            await asyncio.wait(waiting, timeout=self._settings.stop_seconds)


def exit_now(code: int) -> None:
    """End the process without waiting for a prediction that still runs on its thread."""
    logging.shutdown()
    os._exit(code)
