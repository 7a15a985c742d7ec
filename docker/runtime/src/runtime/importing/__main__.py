"""`python -m runtime.importing`: inspect the model in `/data/upload`."""

from __future__ import annotations

import sys
from pathlib import Path

from runtime.importing.inspection import run_job
from runtime.jobs import run

if __name__ == "__main__":
    sys.exit(run(run_job, Path("/control"), Path("/workspace")))
