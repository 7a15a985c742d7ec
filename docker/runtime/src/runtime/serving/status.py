"""Where the server stands between its start and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Phase = Literal["loading", "ready", "stopping"]


@dataclass
class Status:
    """What `/health/ready` tells.

    Attributes:
        phase: `ready` once the model is loaded and has predicted once.
        step: What loading does now: `import`, `wait for a model`, `load` or `warm up`.
        load_seconds: How long it took from the start of the process's work to ready.
    """

    phase: Phase = "loading"
    step: str = "import"
    load_seconds: float = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether predictions are answered."""
        return self.phase == "ready"

    def as_json(self) -> dict[str, Any]:
        """Return the body of `/health/ready`."""
        if self.phase == "ready":
            return {"status": "ready", "loadSeconds": self.load_seconds}
        if self.phase == "loading":
            return {"status": "loading", "step": self.step}
        return {"status": "stopping"}
