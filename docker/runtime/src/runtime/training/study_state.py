"""What a study knows, as a file: a later run goes on from it. Written after every trial."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.training.context import RunContext
from runtime.training.errors import TrainingError
from runtime.training.events import plain
from runtime.training.fingerprint import fingerprint
from runtime.training.spec import RunSpec, StudySpec

STATE = "study.json"
VERSION = 1
STATES = ("complete", "pruned", "failed")


@dataclass(frozen=True)
class Known:
    """One trial that has ended, or is under way.

    `params` are the values of the searched hyperparameters, `hyperparameters` all that make the
    recipe, the chosen number of rounds included. `steps` are the mean scores after each fold.
    """

    number: int
    state: str
    params: Mapping[str, Any]
    hyperparameters: Mapping[str, Any]
    score: float | None
    std: float | None
    scores: list[float]
    steps: list[float]
    seconds: float
    reason: str | None

    def fields(self) -> dict[str, Any]:
        """Return the fields of the `trial` event, but for `best`."""
        return {
            "number": self.number,
            "state": self.state,
            "params": dict(self.params),
            "hyperparameters": dict(self.hyperparameters),
            "score": self.score,
            "std": self.std,
            "foldScores": self.scores,
            "steps": self.steps,
            "seconds": self.seconds,
            **({} if self.reason is None else {"reason": self.reason}),
        }


@dataclass(frozen=True)
class StudyState:
    """The trials of the run that a study goes on from."""

    fold_rows: int
    trials: list[Known]


def write_state(context: RunContext, spec: StudySpec, trials: list[Known]) -> None:
    """Write `/workspace/search-state/study.json`, whole or not at all."""
    folder = context.workspace / "search-state"
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        "version": VERSION,
        "fingerprint": fingerprint(context.spec),
        "family": spec.family,
        "foldRows": context.fold_rows,
        "trials": [trial.fields() for trial in trials],
    }
    draft = folder / f".{STATE}"
    draft.write_text(json.dumps(plain(state), allow_nan=False), encoding="utf-8")
    draft.replace(folder / STATE)


def read_study(spec: RunSpec) -> StudyState | None:
    """Read the study that this one goes on from; None if it begins anew.

    Raises TrainingError when it cannot be read, or when its scores mean something else.
    """
    if spec.continue_from is None or spec.study is None:
        return None
    try:
        raw = json.loads((spec.continue_from / STATE).read_text(encoding="utf-8"))
        if raw["version"] != VERSION:
            raise TrainingError(
                "The earlier study is of another version of the trainer; start a new one."
            )
        if raw["fingerprint"] != fingerprint(spec) or raw["family"] != spec.study.family:
            raise TrainingError(
                "The earlier study tuned another family, or had other data, columns, folds or "
                "another metric; start a new one."
            )
        trials = [_known(trial) for trial in raw["trials"] if trial["state"] in STATES]
        return StudyState(int(raw["foldRows"]), trials)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"What the earlier study left cannot be read ({type(error).__name__}); start a new one."
        ) from error


def _known(raw: Mapping[str, Any]) -> Known:
    return Known(
        number=int(raw["number"]),
        state=str(raw["state"]),
        params=dict(raw["params"]),
        hyperparameters=dict(raw["hyperparameters"]),
        score=None if raw["score"] is None else float(raw["score"]),
        std=None if raw["std"] is None else float(raw["std"]),
        scores=[float(score) for score in raw["foldScores"] if score is not None],
        steps=[float(score) for score in raw["steps"] if score is not None],
        seconds=float(raw["seconds"]),
        reason=raw.get("reason"),
    )
