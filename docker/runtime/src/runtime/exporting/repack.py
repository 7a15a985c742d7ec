"""Saves a model again in terms of its own package, in a process of its own.

Run as a file, never imported: `python repack.py <folder> <package> <model in> <model out>`. While
the model is loaded, every module of the package `runtime` is the package's copy of it, so the
classes that are saved belong to the copy. Prints the modules that loading took, as JSON.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import sys
from collections.abc import Sequence
from types import ModuleType

OWN = "runtime"


class CopyFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `runtime.x` as `<package>._runtime.x`."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim the modules of the package."""
        if fullname != OWN and not fullname.startswith(OWN + "."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Return the copy."""
        return importlib.import_module(self._prefix + spec.name.removeprefix(OWN))

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the copy has run already."""


def main(folder: str, package: str, source: str, target: str) -> None:
    """Load, save, and tell which modules were needed."""
    sys.path.insert(0, folder)
    sys.meta_path.insert(0, CopyFinder(f"{package}._runtime"))
    import joblib

    model = joblib.load(source)
    joblib.dump(model, target, compress=3)
    prefix = f"{package}._runtime."
    modules = [name.removeprefix(prefix) for name in sys.modules if name.startswith(prefix)]
    sys.stdout.write(json.dumps(modules))


if __name__ == "__main__":
    main(*sys.argv[1:5])
