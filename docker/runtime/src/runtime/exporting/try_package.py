"""Predicts with a finished package in a clean process: `python try_package.py <folder> <package>`.

Reads rows as JSON from standard input. Prints the predictions and the distributions that were
used. Run as a file, so that nothing but the package is imported.
"""

from __future__ import annotations

import importlib
import json
import sys
from importlib import metadata


def main(folder: str, package: str) -> None:
    """Load the package's model and predict."""
    rows = json.load(sys.stdin)
    sys.path.insert(0, folder)
    model = importlib.import_module(package).load()
    predictions = model.predict(rows)
    owners = metadata.packages_distributions()
    tops = {name.partition(".")[0] for name in sys.modules}
    used = {owner for top in tops for owner in owners.get(top, ())}
    answer = {
        "predictions": predictions,
        "distributions": {name: metadata.version(name) for name in used},
        "leaked": "runtime" in sys.modules,
    }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:3])
