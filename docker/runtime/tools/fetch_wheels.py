"""Download the wheels of a lock file into a folder, a few at a time.

Runs with the Python and pip of the base image and nothing else. A wheel that is already there with
one of its locked hashes is not fetched again, so an interrupted run goes on where it stopped, and
a complete folder needs no network.

    fetch_wheels.py LOCK FOLDER LIST [FIRST_PERCENT LAST_PERCENT]

LIST receives the names of the files that belong to the lock, one a line. Lines of the form
`@progress <percent> <what>` go to standard output. Exit code 3: a wheel could not be fetched.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import time

Requirements = dict[str, list[str]]

BATCH = 6
TRIES = 3
CANNOT_FETCH = 3


def read_lock(path: pathlib.Path) -> Requirements:
    """Return {requirement: [sha256, ...]} in the order of the file."""
    requirements: Requirements = {}
    current = ""
    for raw in path.read_text().splitlines():
        line = raw.strip().rstrip("\\").strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("--hash=sha256:"):
            requirements[current].append(line.removeprefix("--hash=sha256:"))
        else:
            current = line
            requirements[current] = []
    return requirements


def sha256(path: pathlib.Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def present(requirements: Requirements, folder: pathlib.Path) -> dict[str, str]:
    """Return {requirement: file name} of the wheels already in the folder, by their hash."""
    wanted = {digest: name for name, digests in requirements.items() for digest in digests}
    found = {}
    for path in sorted(folder.glob("*.whl")):
        name = wanted.get(sha256(path))
        if name is not None:
            found[name] = path.name
    return found


def lock_lines(name: str, digests: list[str]) -> str:
    """Return one requirement as pip reads it from a lock file."""
    return " \\\n".join([name, *(f"  --hash=sha256:{digest}" for digest in digests)]) + "\n"


def download(batch: list[str], requirements: Requirements, folder: pathlib.Path) -> bool:
    """Fetch one batch with pip. Return whether it worked."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as part:
        lock = pathlib.Path(part, "lock.txt")
        lock.write_text("".join(lock_lines(name, requirements[name]) for name in batch))
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--require-hashes",
            "--requirement", str(lock), "--dest", part,
        ]  # fmt: skip
        if subprocess.run(command, check=False).returncode != 0:
            return False
        for wheel in pathlib.Path(part).glob("*.whl"):
            wheel.rename(folder / wheel.name)
    return True


def main() -> int:
    """Fetch what is missing and write the list."""
    lock, folder, listing = (pathlib.Path(argument) for argument in sys.argv[1:4])
    first, last = (int(argument) for argument in (sys.argv[4:6] or ("0", "100")))
    requirements = read_lock(lock)
    missing = [name for name in requirements if name not in present(requirements, folder)]
    total = len(requirements)
    while missing:
        done = total - len(missing)
        percent = first + (last - first) * done // total
        print(f"@progress {percent} Fetching libraries: {done} of {total}", flush=True)
        batch, missing = missing[:BATCH], missing[BATCH:]
        for attempt in range(TRIES):
            if download(batch, requirements, folder):
                break
            time.sleep(attempt + 1)
        else:
            return CANNOT_FETCH
    files = present(requirements, folder)
    listing.write_text("".join(f"{name}\n" for name in sorted(files.values())))
    return 0 if len(files) == total else CANNOT_FETCH


if __name__ == "__main__":
    sys.exit(main())
