"""What all parts of a run share."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.training.budget import Budget
from runtime.training.candidates import Judge
from runtime.training.control import Control
from runtime.training.data import TrainingData
from runtime.training.events import EventWriter
from runtime.training.leaderboard import Leaderboard
from runtime.training.pool import Outcome, Pool
from runtime.training.recipes import Problem
from runtime.training.spec import RunSpec
from runtime.training.stages import Stages
from runtime.training.validation import Plan


@dataclass(frozen=True)
class RunContext:
    """A run in progress: what was asked, the data, and the means to carry it out.

    `threads` is the number of threads of one fit while all workers are busy, `fold_rows` the most
    rows that a candidate is fitted on during the search.
    """

    spec: RunSpec
    data: TrainingData
    plan: Plan
    problem: Problem
    judge: Judge
    board: Leaderboard
    pool: Pool
    threads: int
    fold_rows: int
    budget: Budget
    control: Control
    events: EventWriter
    stages: Stages
    workspace: Path

    def run_tasks(
        self,
        tasks: list[Any],
        deadline: float,
        partial: Callable[[Any], None] | None = None,
    ) -> list[Outcome]:
        """Run tasks on all workers until the clock's `deadline`; give outcomes as they end.

        `partial` gets what a task yields before its end. While the run is paused, none begins.
        Raises Cancelled, and OSError when a task found the disk full: no other would fare better.
        """
        waiting = list(tasks)
        outcomes: list[Outcome] = []
        while len(outcomes) < len(tasks):
            self.control.checkpoint()
            while waiting and self.pool.idle and not self.control.is_paused:
                self.pool.submit(waiting.pop(0), deadline)
            for outcome in self.pool.wait():
                if not any(outcome.task is task for task in tasks):
                    continue
                if getattr(outcome.result, "is_partial", False):
                    if partial is not None:
                        partial(outcome.result)
                elif outcome.failure is not None and outcome.failure.disk_full:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                else:
                    outcomes.append(outcome)
        return outcomes
