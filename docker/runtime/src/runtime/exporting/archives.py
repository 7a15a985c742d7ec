"""Zip files whose bytes depend on their content only."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

_MOMENT = (2020, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16


def add_bytes(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add one member."""
    about = zipfile.ZipInfo(name, _MOMENT)
    about.external_attr = _MODE
    about.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(about, content)


def add_file(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    """Add a file, a piece at a time."""
    about = zipfile.ZipInfo(name, _MOMENT)
    about.external_attr = _MODE
    about.compress_type = zipfile.ZIP_DEFLATED
    about.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(about, "w") as target:
        while piece := source.read(1024 * 1024):
            target.write(piece)


def files_below(folder: Path) -> list[Path]:
    """Return the files of a folder in a fixed order, without compiled ones."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


def zip_folder(folder: Path, target: Path, top: str) -> None:
    """Zip a folder's files below the folder `top` of the archive."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in files_below(folder):
            add_file(archive, f"{top}/{path.relative_to(folder).as_posix()}", path)


def record_line(name: str, path: Path) -> str:
    """Return the line of a wheel's RECORD for a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    text = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return f"{name},sha256={text},{path.stat().st_size}"
