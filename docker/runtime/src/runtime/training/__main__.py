"""`python -m runtime.training`: train the model that `/control/spec.json` asks for."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import NoReturn

from runtime.training.worker import PATIENT_THREADS, THREAD_VARIABLES


def main() -> int:
    """Parse the command line, set the number of threads, then import and run."""
    parser = argparse.ArgumentParser(prog="python -m runtime.training", description=__doc__)
    parser.add_argument("--control", type=Path, default=Path("/control"))
    parser.add_argument("--workspace", type=Path, default=Path("/workspace"))
    arguments = parser.parse_args()
    _limit_threads(arguments.control / "spec.json")
    # The numeric libraries read the variables once, when they are imported.
    from runtime.training.runner import run

    return run(arguments.control, arguments.workspace)


def _limit_threads(spec: Path) -> None:
    try:
        cpus = int(json.loads(spec.read_text(encoding="utf-8"))["limits"]["cpus"])
    except (OSError, ValueError, KeyError, TypeError):
        # The run itself says what is wrong with the specification.
        cpus = 1
    for name in THREAD_VARIABLES:
        os.environ[name] = str(max(1, cpus))
    os.environ.update(PATIENT_THREADS)


def _leave(code: int) -> NoReturn:
    """End at once: unloading the numeric libraries takes seconds that are not in any budget."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(main())
