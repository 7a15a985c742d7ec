"""Checks that an object is exactly what a translation was written for."""

from __future__ import annotations

from typing import Any

from runtime.compiling.errors import CannotCompileError


def expect_type(value: Any, *types: type) -> None:
    """Refuse anything but these very classes: a subclass may predict differently."""
    if type(value) not in types:
        raise CannotCompileError(f"{type(value).__name__} has no translation.")


def expect_fields(
    value: Any, needed: set[str], optional: frozenset[str] | set[str] = frozenset()
) -> None:
    """Refuse an object with fields that are not known here, or without one that is needed."""
    found = set(vars(value))
    strange = sorted(found - needed - optional) or sorted(needed - found)
    if strange:
        raise CannotCompileError(
            f"{type(value).__name__} differs from what is known here ({strange[0]})."
        )
