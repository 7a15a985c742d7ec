"""`python -m runtime.insight`: make the analysis that `/control/spec.json` asks for."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from runtime.settings import limit_numeric_threads


def main() -> int:
    """Parse the command line, set the number of threads, then import and run."""
    parser = argparse.ArgumentParser(prog="python -m runtime.insight", description=__doc__)
    parser.add_argument("--control", type=Path, default=Path("/control"))
    parser.add_argument("--workspace", type=Path, default=Path("/workspace"))
    arguments = parser.parse_args()
    limit_numeric_threads(_cpus(arguments.control / "spec.json"))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # The numeric libraries read the variables once, when they are imported.
    from runtime.insight.runner import run

    return run(arguments.control, arguments.workspace)


def _cpus(spec: Path) -> int:
    try:
        return max(1, int(json.loads(spec.read_text(encoding="utf-8"))["limits"]["cpus"]))
    except (OSError, ValueError, KeyError, TypeError):
        # The run itself says what is wrong with the specification.
        return 1


if __name__ == "__main__":
    sys.exit(main())
