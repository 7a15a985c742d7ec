"""The file of a compiled model: a header, a JSON description, and typed arrays.

The layout is described byte by byte in `docs/compiled-model.md`.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.compiling.errors import CompiledFileError

MAGIC = b"MWC1\r\n\x1a\n"
VERSION = 1
HEADER_BYTES = 16
MAX_BYTES = 64 * 1024 * 1024
"""A larger compiled model is refused: it would no longer be light to hold in memory."""

TYPES: dict[str, npt.DTypeLike] = {"f64": "<f8", "f32": "<f4", "i32": "<i4", "u8": "u1"}
_NAMES = {"f8": "f64", "f4": "f32", "i4": "i32", "u1": "u8"}

Array = npt.NDArray[Any]


class ArrayPool:
    """Collects the arrays of a compiled model; equal ones are stored once."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._known: dict[tuple[str, bytes], int] = {}

    def add(self, values: Any, kind: str) -> int:
        """Store `values` flat as `kind` (a key of TYPES); return the number of the array."""
        flat = np.ascontiguousarray(np.asarray(values).ravel(), dtype=TYPES[kind])
        key = (kind, flat.tobytes())
        if key not in self._known:
            self._known[key] = len(self.arrays)
            self.arrays.append(flat)
        return self._known[key]

    def f64(self, values: Any) -> int:
        """Store float64 numbers."""
        return self.add(values, "f64")

    def i32(self, values: Any) -> int:
        """Store 32-bit integers."""
        return self.add(values, "i32")

    def u8(self, values: Any) -> int:
        """Store bytes."""
        return self.add(values, "u8")


@dataclass(frozen=True)
class CompiledModel:
    """A compiled model: its description (without the places of the arrays) and the arrays."""

    description: dict[str, Any]
    arrays: list[Array]

    def to_bytes(self) -> bytes:
        """Return the file."""
        places = []
        offset = 0
        for array in self.arrays:
            places.append([_NAMES[array.dtype.str[1:]], offset, int(array.size)])
            offset += _padded(array.nbytes)
        text = json.dumps(
            {**self.description, "arrays": places},
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
        ).encode("utf-8", "surrogatepass")
        text += b" " * (_padded(HEADER_BYTES + len(text)) - HEADER_BYTES - len(text))
        parts = [struct.pack("<8sII", MAGIC, len(text), offset), text]
        for array in self.arrays:
            parts.append(array.tobytes())
            parts.append(bytes(_padded(array.nbytes) - array.nbytes))
        return b"".join(parts)

    @staticmethod
    def from_bytes(data: bytes) -> CompiledModel:
        """Read a file as `to_bytes` writes it.

        The TypeScript loader checks every index as well; here only the frame is checked, because
        this side reads what it has written itself.

        Raises:
            CompiledFileError: The bytes are something else.
        """
        if len(data) < HEADER_BYTES:
            raise CompiledFileError("The file is shorter than its header.")
        magic, text_bytes, data_bytes = struct.unpack_from("<8sII", data)
        if magic != MAGIC:
            raise CompiledFileError("This is not a compiled model.")
        start = HEADER_BYTES + text_bytes
        if start % 8 or len(data) != start + data_bytes:
            raise CompiledFileError("The file is cut short or has something behind its end.")
        try:
            description = json.loads(data[HEADER_BYTES:start])
            places = description.pop("arrays")
            arrays = [
                np.frombuffer(data, TYPES[kind], length, start + offset)
                for kind, offset, length in places
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CompiledFileError("The description cannot be read.") from error
        return CompiledModel(description, arrays)


def _padded(size: int) -> int:
    return -(-size // 8) * 8
