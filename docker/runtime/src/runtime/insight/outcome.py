"""The head that every result has: method, rows, time, and notes for the reader."""

from __future__ import annotations

from typing import Any

from runtime.explain.method import Method
from runtime.insight.subject import Subject


def result(
    subject: Subject, kind: str, method: Method, data: str, rows: int, **fields: Any
) -> dict[str, Any]:
    """Return a result; `data` says whose rows were looked at: holdout, training or given."""
    return {
        "kind": kind,
        "method": method.as_json(),
        "data": data,
        "rows": rows,
        "seconds": round(subject.progress.elapsed, 3),
        "notes": list(subject.notes),
        **fields,
    }
