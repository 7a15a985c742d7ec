"""Settings read from the environment, once, at the start of a process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BLAS_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


def positive_int(environment: Mapping[str, str], name: str, default: int) -> int:
    """Read a whole number of at least 1; anything else means the default.

    A container that cannot start because of a mistyped limit helps nobody, so a value that is not
    a number is ignored; the limits that protect the host are the engine's, not these.
    """
    try:
        value = int(environment.get(name, ""))
    except ValueError:
        return default
    return value if value >= 1 else default


def limit_numeric_threads(threads: int) -> None:
    """Tell BLAS, OpenMP and Polars how many threads to start.

    They count the host's cores, not the share the container may use. The variables are read when
    the libraries are imported, so this comes before the first import of numpy.
    """
    for name in _BLAS_THREAD_VARIABLES:
        os.environ.setdefault(name, str(threads))


@dataclass(frozen=True)
class ServingSettings:
    """How the model server runs.

    Attributes:
        model_dir: Folder with `model.joblib`, `contract.json` and `manifest.json`, read-only.
        socket_dir: Folder with the Unix sockets that the API side listens on, read-only.
        threads: Threads a prediction may use.
        connections_per_socket: Connections held open to each socket.
        max_body_bytes: Largest request body that is read.
        manifest_sha256: Hash that `manifest.json` must have; None if the host does not say.
        waits_for_model: Whether the model is named later, over a socket.
        abandoned_seconds: A server that waits for a model ends after so long without a connection.
        background: Table whose rows explanations compare with; None: the contract's distributions.
        stop_seconds: How long running requests may take to finish after SIGTERM.
        http_port: TCP port to listen on with the routes of other model servers as well; None to
            dial the sockets instead.
        model_name: Name of the model in Open Inference requests.
        model_version: Its version there.
    """

    model_dir: Path = Path("/model")
    socket_dir: Path = Path("/run/modelwright")
    threads: int = 1
    connections_per_socket: int = 4
    max_body_bytes: int = 10 * 1024 * 1024
    manifest_sha256: str | None = None
    waits_for_model: bool = False
    abandoned_seconds: int = 60
    background: Path | None = None
    stop_seconds: float = 8.0
    http_port: int | None = None
    model_name: str = "model"
    model_version: str = "1"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ServingSettings:
        """Read `MW_MODEL_DIR`, `MW_SOCKET_DIR`, `MW_THREADS`, `MW_CONNECTIONS`; to pin the
        manifest itself, `MW_MANIFEST_SHA256`; to stand alone, `MW_HTTP_PORT`, `MW_MODEL_NAME` and
        `MW_MODEL_VERSION`; `MW_BACKGROUND` names a Parquet file; `MW_WAIT_FOR_MODEL` is 1 for a
        server that is started before it is known what it will serve, and `MW_ABANDONED_SECONDS`
        how long it does so without a connection.
        """
        port = positive_int(environment, "MW_HTTP_PORT", 0) if "MW_HTTP_PORT" in environment else 0
        background = environment.get("MW_BACKGROUND")
        return cls(
            model_dir=Path(environment.get("MW_MODEL_DIR") or "/model"),
            socket_dir=Path(environment.get("MW_SOCKET_DIR") or "/run/modelwright"),
            threads=positive_int(environment, "MW_THREADS", cls.threads),
            connections_per_socket=positive_int(
                environment, "MW_CONNECTIONS", cls.connections_per_socket
            ),
            manifest_sha256=environment.get("MW_MANIFEST_SHA256") or None,
            waits_for_model=environment.get("MW_WAIT_FOR_MODEL") == "1",
            abandoned_seconds=positive_int(
                environment, "MW_ABANDONED_SECONDS", cls.abandoned_seconds
            ),
            http_port=port or None,
            model_name=environment.get("MW_MODEL_NAME") or cls.model_name,
            model_version=environment.get("MW_MODEL_VERSION") or cls.model_version,
            background=Path(background) if background else None,
        )
