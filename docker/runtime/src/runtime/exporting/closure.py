"""Which modules of this package a model needs, and copies of them under another name.

Two exported models in one process must not share modules: each was made by its own version of this
package. So the copies live inside the package of the model, with their imports rewritten.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

OWN = "runtime"
ROOT = Path(__file__).resolve().parents[1]

_IMPORT_FROM = re.compile(rf"^(\s*from\s+){OWN}(?=[\s.])", re.MULTILINE)
_IMPORT_SELF = re.compile(rf"^(\s*)import\s+{OWN}\s*$", re.MULTILINE)
_IMPORT_MODULE = re.compile(rf"^(\s*import\s+){OWN}(?=\.)", re.MULTILINE)


def needed_modules(roots: Iterable[str]) -> list[str]:
    """Return the roots and every module of this package that they import, anywhere, sorted."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or _file_of(name) is None:
            continue
        found.add(name)
        waiting += _imports(name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
    return sorted(found)


def copy_modules(modules: Iterable[str], target: Path, new_name: str) -> None:
    """Copy modules into the folder `target`, which is the package called `new_name`.

    Raises:
        ValueError: An import could not be rewritten.
    """
    for module in modules:
        source = _file_of(module)
        if source is None:
            raise ValueError(f"There is no module {module}.")
        path = target / source.relative_to(ROOT)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_rewritten(source.read_text(encoding="utf-8"), new_name), encoding="utf-8")


def _rewritten(text: str, new_name: str) -> str:
    text = _IMPORT_FROM.sub(rf"\g<1>{new_name}", text)
    text = _IMPORT_SELF.sub(rf"\g<1>import {new_name} as {OWN}", text)
    text = _IMPORT_MODULE.sub(rf"\g<1>{new_name}", text)
    for name in _imported_names(ast.parse(text)):
        if name == OWN or name.startswith(OWN + "."):
            raise ValueError(f"The import of {name} cannot be rewritten.")
    return text


def _imports(module: str) -> Iterator[str]:
    file = _file_of(module)
    if file is None:
        return
    for name in _imported_names(ast.parse(file.read_text(encoding="utf-8"))):
        if name == OWN or name.startswith(OWN + "."):
            yield name


def _imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file_of(module: str) -> Path | None:
    """Return the file of a module of this package; None for a name that is no module."""
    path = ROOT.joinpath(*module.split(".")[1:])
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if module.split(".")[0] == OWN and file.is_file():
            return file
    return None
