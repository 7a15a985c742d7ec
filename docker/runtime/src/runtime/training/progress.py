"""What the search knows, written as it goes: a run that is killed can be gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable

from runtime.training.context import RunContext
from runtime.training.judgements import write_search_state

EVERY_SECONDS = 10.0
MOST_OF_THE_TIME = 0.02
"""Share of the time that may go into writing; meanwhile nobody gives the workers new folds."""

ENDED = frozenset({"succeeded", "failed", "skipped"})


class Progress:
    """Writes the search state after candidates have ended, now and then.

    `clock` gives seconds; they only go forward.
    """

    def __init__(self, context: RunContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock
        self._next = clock()
        self._written = 0

    def keep(self) -> None:
        """Write what is known if there is news and the last time was long enough ago.

        A disk without room is no reason to end the search: what it looks for may still fit.
        """
        board = self._context.board
        ended = sum(candidate.status in ENDED for candidate in board.candidates.values())
        began = self._clock()
        if ended == self._written or board.best is None or began < self._next:
            return
        try:
            write_search_state(self._context)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._context.events.log("warning", f"What the search knows was not kept: {reason}.")
        self._written = ended
        now = self._clock()
        self._next = now + max(EVERY_SECONDS, (now - began) / MOST_OF_THE_TIME)
