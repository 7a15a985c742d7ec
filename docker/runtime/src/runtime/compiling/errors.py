"""Why a model has no compiled form."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.errors import RuntimeFault


@dataclass(frozen=True)
class Refusal:
    """A model, or a compiled model, cannot be translated; `reason` is one sentence for a person."""

    reason: str


class CannotCompileError(RuntimeFault):
    """Some part of a model has no exact translation; the message is the reason."""


class CompiledFileError(RuntimeFault):
    """Bytes are not a compiled model, or a damaged one."""
