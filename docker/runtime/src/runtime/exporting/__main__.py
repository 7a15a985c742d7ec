"""`python -m runtime.exporting`: make the export that `/control/job.json` asks for."""

from __future__ import annotations

import sys
from pathlib import Path

from runtime.exporting.job import run_job
from runtime.jobs import run

if __name__ == "__main__":
    sys.exit(run(run_job, Path("/control"), Path("/workspace")))
