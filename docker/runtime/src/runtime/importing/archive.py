"""Zip files from outside: looked through before a byte is written."""

from __future__ import annotations

import errno
import lzma
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from runtime.errors import RuntimeFault

MAX_MEMBERS = 2_000
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 200
RATIO_FROM_BYTES = 16 * 1024**2


class ArchiveRefused(RuntimeFault):
    """A zip holds something that is not unpacked; the message says what."""


def unpack(source: Path, target: Path, max_bytes: int = MAX_BYTES) -> None:
    """Unpack a zip into the empty folder `target`.

    Raises:
        ArchiveRefused: It is no zip; a member has a path outside of the folder, is a link, is named
            twice or is encrypted; or it unpacks to more than is allowed.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            members = _checked(archive, source, max_bytes)
            left = max_bytes
            for about, name in members:
                left -= _write(archive, about, target / name, left)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        EOFError,
        ValueError,
        RuntimeError,
        OSError,
    ) as error:
        if isinstance(error, ArchiveRefused) or not _is_of_the_zip(error):
            raise
        raise ArchiveRefused(
            f"The zip is damaged or made in a way that is not known: {error}."
        ) from error


def _is_of_the_zip(error: Exception) -> bool:
    """Tell what a zip does wrong, as members in each other's way, from what the disk does."""
    if not isinstance(error, OSError):
        return True
    # The bzip2 reader's own complaints have no number.
    in_the_way = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
    return error.errno is None or error.errno in in_the_way


def _checked(
    archive: zipfile.ZipFile, source: Path, max_bytes: int
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise ArchiveRefused(f"The zip has {len(members):,} members, more than {MAX_MEMBERS:,}.")
    total = sum(about.file_size for about in members)
    packed = max(1, source.stat().st_size)
    if total > max_bytes:
        raise ArchiveRefused(
            f"The zip unpacks to {total / 1e6:,.0f} MB, more than {max_bytes / 1e6:,.0f} MB."
        )
    if total > RATIO_FROM_BYTES and total / packed > MAX_RATIO:
        raise ArchiveRefused(
            f"The zip unpacks to {total / packed:,.0f} times its size; no model does."
        )
    checked = []
    seen: set[str] = set()
    for about in members:
        if about.is_dir():
            continue
        name = _safe_name(about)
        if str(name).casefold() in seen:
            raise ArchiveRefused(f"The zip names {str(name)!r} twice.")
        seen.add(str(name).casefold())
        checked.append((about, name))
    return checked


def _safe_name(about: zipfile.ZipInfo) -> PurePosixPath:
    shown = about.filename[:120]
    if "\\" in about.filename or "\0" in about.filename or ":" in about.filename:
        raise ArchiveRefused(f"The zip has a member with a strange name: {shown!r}.")
    name = PurePosixPath(about.filename)
    if name.is_absolute() or not name.parts or ".." in name.parts or len(name.parts) > 20:
        raise ArchiveRefused(f"The zip has a member outside of its folder: {shown!r}.")
    if stat.S_ISLNK(about.external_attr >> 16):
        raise ArchiveRefused(f"The zip has a link: {shown!r}.")
    kind = stat.S_IFMT(about.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArchiveRefused(f"The zip has a member that is no file: {shown!r}.")
    if about.flag_bits & 0x1:
        raise ArchiveRefused("The zip is encrypted.")
    return name


def _write(archive: zipfile.ZipFile, about: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Write one member, counting what really comes out of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(about) as source, path.open("xb") as target:
        while piece := source.read(1024 * 1024):
            written += len(piece)
            if written > about.file_size or written > left:
                raise ArchiveRefused(f"{about.filename[:120]!r} is larger than the zip says.")
            target.write(piece)
    return written
