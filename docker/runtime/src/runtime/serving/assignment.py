"""A server that is started before it is known what it will serve, and is then told once."""

from __future__ import annotations

import importlib
import json
import re
import threading
from importlib.util import find_spec

LIBRARIES = (
    "runtime.serving.artifact",
    "runtime.serving.explaining",
    "runtime.serving.predictor",
    "runtime.serving.worker",
    "runtime.importing.adapter",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "lightgbm",
    "xgboost",
    "catboost",
)
"""What models are made of; importing it takes longer than loading most models."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Assignment:
    """The hash of the manifest of the model to serve, given once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given = threading.Event()
        self._digest = ""

    def give(self, digest: str) -> bool:
        """Say which model it is. Return whether it is served: true also for the same one again."""
        with self._lock:
            if not self._given.is_set():
                self._digest = digest
                self._given.set()
            return self._digest == digest

    @property
    def is_given(self) -> bool:
        """Whether the model is known."""
        return self._given.is_set()

    def wait(self) -> str:
        """Return the hash of the manifest, once it is known."""
        self._given.wait()
        return self._digest


def manifest_digest(body: bytes) -> str | None:
    """Return the hash in a body `{"manifestSha256": "…"}`, or None if there is none."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    digest = document.get("manifestSha256") if isinstance(document, dict) else None
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else None


def import_libraries() -> None:
    """Import what models are made of, as far as it is in this image."""
    for name in LIBRARIES:
        if find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)
