"""A forked process that fits models, so that a fit can be killed without ending the run."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PATIENT_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
"""Idle OpenMP threads sleep: on shared cores spinning ones take the time of those that work."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>


@dataclass(frozen=True)
class Failure:
    """Why a task gave no result: a sentence, and the traceback for the log."""

    reason: str
    details: str = ""
    out_of_memory: bool = False
    timed_out: bool = False
    disk_full: bool = False


def serve(connection: Connection, run: Callable[[Any], Any], threads: int) -> None:
    """Run tasks from `connection` until it closes. Never returns: the process ends here."""
    _become_worker()
    try:
        # Libraries loaded from now on read the variables; those already loaded are told below.
        for name in THREAD_VARIABLES:
            os.environ[name] = str(threads)
        while True:
            task = connection.recv()
            limit_threads(getattr(task, "threads", threads))
            for message in _attempt(run, task):
                connection.send(message)
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        os._exit(0)
    except BaseException:
        os._exit(1)


def _attempt(run: Callable[[Any], Any], task: Any) -> Iterator[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = run(task)
            if hasattr(result, "__next__"):
                yield from result
            else:
                yield result
    except MemoryError:
        yield Failure("It ran out of memory.", out_of_memory=True)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        yield Failure(_sentence(error), traceback.format_exc(limit=8), disk_full=is_full)
    except Exception as error:
        yield Failure(_sentence(error), traceback.format_exc(limit=8))


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    if "bad allocation" in text or "std::bad_alloc" in text or "out of memory" in text.lower():
        return "It ran out of memory."
    short = text if len(text) <= 200 else text[:197] + "..."
    return f"The fit failed: {short}" if short else f"The fit failed ({type(error).__name__})."


def _become_worker() -> None:
    """Die with the parent, be the first to go when memory is short, keep out of its output."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Not Linux: the worker then ends when its pipe closes.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    # Not permitted here: the kernel chooses by size, which is the worker too.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)
    os.close(quiet)


def limit_threads(threads: int) -> None:
    """Set the number of threads of BLAS and OpenMP in this process."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return
    threadpool_limits(limits=threads)
