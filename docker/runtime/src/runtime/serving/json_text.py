"""JSON of requests and answers: orjson where the image has it, the standard library otherwise.

Both refuse NaN and Infinity, which are not JSON, and texts that nest without end.
"""

from __future__ import annotations

import json
from typing import Any

try:
    import orjson
except ImportError:
    _has_orjson = False
else:
    _has_orjson = True


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")


def _parse_float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large for a number")
    return number


def loads_plain(text: bytes) -> Any:
    """Parse JSON with the standard library.

    Raises:
        ValueError: The text is not JSON.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_parse_float)
    except RecursionError:
        raise ValueError("the text nests too deeply") from None


def loads(text: bytes) -> Any:
    """Parse JSON.

    Raises:
        ValueError: The text is not JSON.
    """
    return orjson.loads(text) if _has_orjson else loads_plain(text)


def dumps(value: Any) -> bytes:
    """Write JSON in UTF-8, without spaces."""
    if _has_orjson:
        return orjson.dumps(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
