"""A few worker processes with deadlines: tasks go in, results or failures come out."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from runtime.training.resources import proportional_bytes, resident_bytes
from runtime.training.worker import Failure, serve

MEMORY_SHARE = 0.92
"""Share of the memory limit at which the largest worker is killed, before the kernel kills."""

TICK_SECONDS = 0.1


@dataclass
class Outcome:
    """A finished task with its result, or the failure."""

    task: Any
    result: Any
    failure: Failure | None = None
    seconds: float = 0.0


@dataclass
class _Worker:
    process: Any
    connection: Connection
    task: Any = None
    started: float = 0.0
    deadline: float = 0.0


class Pool:
    """Runs tasks in forked workers.

    `run` is what a worker does with a task (a generator's items arrive one by one); `hold` is a
    lock taken while forking, so that no other thread of this process is in the middle of
    something. `clock` tells the instants that deadlines are given in.
    """

    def __init__(
        self,
        run: Callable[[Any], Any],
        size: int,
        threads: int,
        memory_mb: int,
        hold: Any,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run = run
        self._threads = threads
        self._limit_bytes = memory_mb * 1024 * 1024
        self._hold = hold
        self._clock = clock
        self._workers = [self._fork() for _ in range(size)]

    @property
    def size(self) -> int:
        """Number of workers."""
        return len(self._workers)

    @property
    def idle(self) -> int:
        """Number of workers without a task."""
        return sum(worker.task is None for worker in self._workers)

    @property
    def running(self) -> list[Any]:
        """Tasks at work."""
        return [worker.task for worker in self._workers if worker.task is not None]

    def submit(self, task: Any, deadline: float) -> None:
        """Give `task` to an idle worker; it is killed at the instant `deadline` of the clock."""
        worker = next(worker for worker in self._workers if worker.task is None)
        if not worker.process.is_alive():
            worker = self._replace(worker)
        worker.task, worker.deadline = task, deadline
        worker.started = time.monotonic()
        try:
            worker.connection.send(task)
        except (BrokenPipeError, OSError):
            worker = self._replace(worker)
            worker.task, worker.deadline, worker.started = task, deadline, time.monotonic()
            worker.connection.send(task)

    def wait(self, seconds: float = TICK_SECONDS) -> list[Outcome]:
        """Wait at most `seconds` for something to finish; return what did, killed tasks too."""
        busy = {worker.connection: worker for worker in self._workers if worker.task is not None}
        if not busy:
            time.sleep(min(seconds, TICK_SECONDS))
            return []
        ready = set(wait(list(busy), timeout=seconds))
        outcomes = [self._receive(worker) for link, worker in busy.items() if link in ready]
        now = self._clock()
        late = [w for w in self._workers if w.task is not None and now > w.deadline]
        outcomes += [self._kill(w, Failure("Its time ran out.", timed_out=True)) for w in late]
        hungry = self._over_memory()
        if hungry is not None:
            failure = Failure("It ran out of memory.", out_of_memory=True)
            outcomes.append(self._kill(hungry, failure))
        return outcomes

    def cancel(self, matches: Callable[[Any], bool]) -> list[Outcome]:
        """Kill the tasks for which `matches` is true."""
        unwanted = [w for w in self._workers if w.task is not None and matches(w.task)]
        return [self._kill(worker, Failure("It was stopped.")) for worker in unwanted]

    def renew(self) -> None:
        """Fork idle workers again, so that they have what this process has loaded since."""
        for worker in [worker for worker in self._workers if worker.task is None]:
            self._replace(worker)

    def close(self) -> None:
        """Kill all workers."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.connection.close()
        self._workers = []

    def _receive(self, worker: _Worker) -> Outcome:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(1.0)
            code = worker.process.exitcode
            reason = "It ran out of memory." if code == -9 else f"Its process ended ({code})."
            return self._kill(worker, Failure(reason, out_of_memory=code == -9))
        outcome = Outcome(worker.task, message, None, time.monotonic() - worker.started)
        if isinstance(message, Failure):
            outcome.result, outcome.failure = None, message
        if not getattr(message, "is_partial", False):
            worker.task = None
        return outcome

    def _over_memory(self) -> _Worker | None:
        """Return the largest worker if all processes together are close to the limit."""
        busy = [worker for worker in self._workers if worker.task is not None]
        pids = ["self", *(str(worker.process.pid) for worker in self._workers)]
        limit = self._limit_bytes * MEMORY_SHARE
        if not busy or sum(resident_bytes(pid) for pid in pids) < limit:
            return None
        # Forked processes share pages; the exact figure is dearer to ask for.
        if sum(proportional_bytes(pid) for pid in pids) < limit:
            return None
        return max(busy, key=lambda worker: proportional_bytes(str(worker.process.pid)))

    def _kill(self, worker: _Worker, failure: Failure) -> Outcome:
        outcome = Outcome(worker.task, None, failure, time.monotonic() - worker.started)
        self._replace(worker)
        return outcome

    def _replace(self, worker: _Worker) -> _Worker:
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        fresh = self._fork()
        self._workers[self._workers.index(worker)] = fresh
        return fresh

    def _fork(self) -> _Worker:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        with self._hold:
            process = context.Process(
                target=serve, args=(theirs, self._run, self._threads), daemon=True
            )
            process.start()
        theirs.close()
        return _Worker(process, ours)
