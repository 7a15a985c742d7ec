"""Unpack the wheels of a lock file into a folder that can stand on PYTHONPATH.

    unpack_wheels.py LOCK WHEELS FOLDER

For test tools, which need no scripts: a wheel is a zip of importable files.
"""

import pathlib
import sys
import zipfile

from fetch_wheels import present, read_lock


def main() -> int:
    """Unpack, and make the programs among the files executable."""
    lock, wheels, folder = (pathlib.Path(argument) for argument in sys.argv[1:4])
    requirements = read_lock(lock)
    found = present(requirements, wheels)
    for name in sorted(found.values()):
        with zipfile.ZipFile(wheels / name) as archive:
            archive.extractall(folder)
    for data in folder.glob("*.data/scripts/*"):
        target = folder / "bin" / data.name
        target.parent.mkdir(exist_ok=True)
        data.rename(target)
        target.chmod(0o755)
    return 0 if len(found) == len(requirements) else 1


if __name__ == "__main__":
    sys.exit(main())
