"""`python -m runtime.compiling MODEL_FOLDER OUTPUT_FOLDER`: translate a saved model.

Writes `compiled.mwc` (if it can be translated) and `compiled.json` to the output folder. The
model's files are checked against their manifest first. Exit codes: 0 compiled, 3 refused with the
reason in `compiled.json`, 2 the model cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.compiling.saving import COMPILED_FILE, write_compiled
from runtime.errors import RuntimeFault
from runtime.serving.artifact import load_artifact
from runtime.training.events import EventWriter

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """Translate the model; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m runtime.compiling", description=__doc__)
    parser.add_argument("model", type=Path, help="folder of the saved model")
    parser.add_argument("output", type=Path, help="folder for compiled.mwc and compiled.json")
    parser.add_argument("--manifest-sha256", help="hash that the manifest must have")
    parser.add_argument("--events", type=Path, help="file to append a line of progress to")
    arguments = parser.parse_args()
    tell = _teller(arguments.events)
    tell(0.05, "Loading the model")
    try:
        artifact = load_artifact(arguments.model, arguments.manifest_sha256)
    except RuntimeFault as error:
        sys.stderr.write(f"{error}\n")
        return 2
    (arguments.output / COMPILED_FILE).unlink(missing_ok=True)
    contract = json.loads(artifact.contract_json)
    report = write_compiled(arguments.output, artifact.model, contract, tell=tell)
    sys.stdout.write(json.dumps(report.to_json()) + "\n")
    return 0 if report.status == "compiled" else 3


def _teller(path: Path | None) -> Callable[[float, str], None]:
    if path is None:
        return lambda _share, _step: None
    events = EventWriter(path)
    return lambda share, step: events.emit("progress", share=share, step=step)


if __name__ == "__main__":
    sys.exit(main())
