"""When the blend of several candidates takes the place of the best one alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from runtime.training import blending
from runtime.training.blending import consider_ensemble
from runtime.training.context import RunContext
from runtime.training.ensemble import Blend
from runtime.training.estimates import Estimates


class Board:
    """A leaderboard of two candidates whose best has a mean of 0.9."""

    def __init__(self, *, as_good: bool) -> None:
        self.candidates = {
            name: SimpleNamespace(
                candidate_id=name,
                label=name,
                mean=mean,
                std=0.02,
                spread=0.02,
                folds=3,
                too_slow=False,
                members=[],
                predict_ms=1.0,
            )
            for name, mean in (("one", 0.9), ("two", 0.88))
        }
        self.chosen: str | None = None
        self.finished: dict[str, tuple[str, str | None]] = {}
        self._as_good = as_good

    def succeeded(self) -> list[Any]:
        return list(self.candidates.values())

    def create(self, _family: str, label: str, _recipe: None, folds: int) -> Any:
        made = SimpleNamespace(candidate_id="blend", label=label, folds=folds, members=[])
        self.candidates["blend"] = made
        return made

    def finish(self, candidate: Any, status: str, reason: str | None = None) -> None:
        self.finished[candidate.candidate_id] = (status, reason)

    def is_as_good(self, _candidate: Any, _other: Any) -> bool:
        return self._as_good


def considered(
    monkeypatch: pytest.MonkeyPatch,
    blended: float,
    *,
    as_good: bool = True,
    alone: float = 0.85,
    **spec: Any,
) -> tuple[Board, list[str]]:
    """Return the board and the log after a blend with this mean was considered.

    `alone` is what single candidates have that are chosen on the other folds.
    """
    board, log = Board(as_good=as_good), []
    found = Blend({"one": 0.5, "two": 0.5}, {}, [alone, alone, alone])
    monkeypatch.setattr(blending, "blend", lambda _candidates, _judge: found)

    def fill(candidate: Any, members: list[tuple[str, float]], *_: Any) -> None:
        candidate.members, candidate.mean, candidate.predict_ms = members, blended, 2.0

    monkeypatch.setattr(blending, "fill_ensemble", fill)
    context = SimpleNamespace(
        board=board,
        spec=SimpleNamespace(
            **{"mode": "search", "continue_from": None, "latency_ms": None} | spec
        ),
        problem=SimpleNamespace(clusters=False),
        budget=SimpleNamespace(remaining=60.0),
        pool=SimpleNamespace(size=2),
        judge=SimpleNamespace(
            metric=SimpleNamespace(gain=float), mean_gain=lambda scores: float(np.mean(scores))
        ),
        events=SimpleNamespace(log=lambda _level, text: log.append(text)),
    )
    estimates = SimpleNamespace(tail=lambda: 1.0, refit=lambda _candidate: 0.1)
    consider_ensemble(cast("RunContext", context), cast("Estimates", estimates))
    return board, log


def test_it_wins_by_what_it_gains_over_candidates_chosen_as_strictly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board, log = considered(monkeypatch, 0.89)
    assert board.chosen == "blend"
    assert board.finished["blend"] == ("succeeded", None)
    # It is used with the lower mean: the run says why.
    assert "one has the better mean (0.9 against 0.89)" in log[0]


def test_it_loses_where_candidates_chosen_as_strictly_are_as_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board, _ = considered(monkeypatch, 0.89, alone=0.8895)
    assert board.chosen is None
    assert board.finished["blend"][0] == "skipped"


def test_it_loses_where_it_is_significantly_worse_than_the_best(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board, _ = considered(monkeypatch, 0.86, as_good=False)
    assert board.chosen is None
    assert "worse than one alone (0.86 against 0.9)" in str(board.finished["blend"][1])


def test_a_run_that_goes_on_does_not_end_below_its_best_candidate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert considered(monkeypatch, 0.89, continue_from="state")[0].chosen is None
    assert considered(monkeypatch, 0.91, continue_from="state")[0].chosen == "blend"


def test_it_loses_where_its_models_take_too_long_for_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board, _ = considered(monkeypatch, 0.92, latency_ms=1.5)
    assert board.chosen is None
    assert "1.5 ms are allowed" in str(board.finished["blend"][1])
