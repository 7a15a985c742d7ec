"""Short jobs in a container: one document in, progress while it runs, one document out.

The host reads `progress.json` and `result.json` in the workspace; both are replaced whole.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.errors import RuntimeFault

SUCCEEDED, FAILED = 0, 1


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        document: What was asked, `job.json`.
        workspace: The folder that may be written; results go below `out`.
    """

    document: dict[str, Any]
    workspace: Path

    @property
    def out(self) -> Path:
        """The folder of the files that are kept."""
        return self.workspace / "out"

    @property
    def scratch(self) -> Path:
        """A folder for what is not kept."""
        return self.workspace / "scratch"

    def progress(self, percent: int, step: str) -> None:
        """Tell how far the job is: 0 to 100, and what is done now."""
        write_whole(self.workspace / "progress.json", {"percent": percent, "step": step})


def run(work: Callable[[Job], dict[str, Any]], control: Path, workspace: Path) -> int:
    """Do a job and write its result: `{"outcome": "succeeded", ...}` or `"failed"` with a reason.

    Returns the exit code of the process.
    """
    os.umask(0)
    try:
        job = Job(json.loads((control / "job.json").read_text(encoding="utf-8")), workspace)
        for folder in (job.out, job.scratch):
            folder.mkdir(exist_ok=True)
        result = {"outcome": "succeeded", **work(job)}
    except RuntimeFault as fault:
        result = {"outcome": "failed", "reason": str(fault)}
    except MemoryError:
        result = {"outcome": "failed", "reason": "The memory limit of the container was reached."}
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        result = {"outcome": "failed", "reason": f"{type(error).__name__}: {error}"[:500]}
    write_whole(workspace / "result.json", result)
    return SUCCEEDED if result["outcome"] == "succeeded" else FAILED


def write_whole(path: Path, document: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")
    part.rename(path)
