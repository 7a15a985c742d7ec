"""How an analysis ends without a result."""

from __future__ import annotations

from runtime.errors import RuntimeFault


class InsightError(RuntimeFault):
    """The analysis cannot be made; the message says why and what to do, in plain words."""


class InsightCancelled(Exception):
    """The analysis was cancelled from outside."""
