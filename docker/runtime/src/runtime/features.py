"""What this image can do: `python -m runtime.features` prints it as one line of JSON."""

from __future__ import annotations

import json
import platform
import sys

from runtime import __version__
from runtime.libraries import library_versions
from runtime.training.engines import MODULES, has_engine


def describe() -> dict[str, object]:
    """Return what `python -m runtime.features` prints."""
    return {
        "runtime": __version__,
        "python": platform.python_version(),
        "libraries": library_versions(),
        "engines": ["builtin", *(name for name in MODULES if has_engine(name))],
    }


def main() -> int:
    """Print the features of this image as one line of JSON."""
    sys.stdout.write(json.dumps(describe()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
