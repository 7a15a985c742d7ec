"""scikit-learn's estimator protocol without importing scikit-learn.

A serving process unpickles models; a linear or LightGBM model must not drag scikit-learn in.
"""

from __future__ import annotations

import inspect
from typing import Any, Self


class Parameters:
    """Gives a class `get_params` and `set_params` from the arguments of its constructor."""

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Return the constructor's arguments by name."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **values: Any) -> Self:
        """Set constructor arguments by name; ValueError names one that does not exist."""
        known = self._names()
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}.")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({inside})"
