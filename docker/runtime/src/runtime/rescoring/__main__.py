"""`python -m runtime.rescoring`: score what `/control/spec.json` names on common rows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runtime.rescoring.runner import run


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m runtime.rescoring", description=__doc__)
    parser.add_argument("--control", type=Path, default=Path("/control"))
    parser.add_argument("--workspace", type=Path, default=Path("/workspace"))
    arguments = parser.parse_args()
    return run(arguments.control, arguments.workspace)


if __name__ == "__main__":
    sys.exit(main())
