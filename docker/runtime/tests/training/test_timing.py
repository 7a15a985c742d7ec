"""How the time of one prediction is measured."""

from __future__ import annotations

from runtime.training.timing import LEAST, REPEATS, time_one_row


class _Clock:
    """A clock that passes `first` seconds in the first call of a model, and `later` in the others,
    save in one that another program delays."""

    def __init__(self, first: float, later: float, delayed: int | None = None) -> None:
        self.now, self.calls = 0.0, 0
        self._first, self._later, self._delayed = first, later, delayed

    def predict(self, _row: object) -> None:
        """Take as long as a call takes."""
        self.now += self._first if self.calls == 0 else self._later
        if self.calls == self._delayed:
            self.now += 0.3
        self.calls += 1

    def __call__(self) -> float:
        return self.now


def test_neither_the_first_call_nor_one_that_was_delayed_decides() -> None:
    clock = _Clock(first=0.2, later=0.001, delayed=4)
    timing = time_one_row(clock.predict, None, clock)
    assert abs(timing.median - 1.0) < 1e-6
    assert timing.low <= timing.median <= timing.high < 2.0


def test_a_quick_model_is_measured_often_and_a_slow_one_not_for_long() -> None:
    quick, slow = _Clock(0.001, 0.001), _Clock(1.0, 1.0)
    assert time_one_row(quick.predict, None, quick).repeats == REPEATS
    assert time_one_row(slow.predict, None, slow).repeats == LEAST
