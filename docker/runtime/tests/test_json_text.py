"""Both ways to read JSON refuse the same texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.serving.json_text import dumps, loads, loads_plain

both = pytest.mark.parametrize("read", [loads, loads_plain])


@both
@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe", b"NaN", b"[Infinity]", b"[1e999]", b"[" * 100_000 + b"]" * 100_000],
)
def test_what_is_not_json_is_refused(read: Callable[[bytes], Any], text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(text)


@both
def test_what_is_written_is_read_again(read: Callable[[bytes], Any]) -> None:
    value = {"a": [1, 2.5, None, True, "\u00e9"]}
    assert read(dumps(value)) == value
