"""Engines of others behind the same specification: they propose, the run judges.

What an engine finds becomes candidates like any other: fitted again on the run's own folds, so
that its scores mean the same, refitted, evaluated and saved by the same code.
"""

from __future__ import annotations

import importlib.util

from runtime.training.errors import TrainingError

MODULES = {"flaml": "flaml", "autogluon": "autogluon.tabular"}
"""Importable module by the name of an engine; the built-in one needs none."""

PACKAGES = {"flaml": "flaml", "autogluon": "autogluon.tabular"}


def has_engine(name: str) -> bool:
    """Return whether an engine can be used here; nothing is imported but parent packages."""
    module = MODULES.get(name)
    if module is None:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def require_engine(name: str, task: str) -> None:
    """Raise TrainingError, with what to install, if an engine cannot be used here."""
    if name == "builtin":
        return
    if task == "clustering":
        raise TrainingError(
            f"The engine {name} does not look for groups; choose the built-in engine."
        )
    if not has_engine(name):
        raise TrainingError(
            f"The engine {name} is not in this runtime image. Add {PACKAGES[name]} to "
            "docker/runtime/requirements.in, write the lock anew with lock-requirements.sh and "
            "build the image again; or choose the built-in engine."
        )
