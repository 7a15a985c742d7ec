"""An Optuna study of one recipe: asked trial by trial, told fold by fold, and taken up again.

Gains are scores turned so that more is better.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from runtime.training.spaces import Choice, Range, Space
from runtime.training.spec import StudySpec
from runtime.training.studies import distribution, inside, rounded

STARTUP_TRIALS = 8
"""Trials drawn at random before the estimator is asked, the candidate itself among them."""

MEDIAN_AFTER = 4
"""Complete trials before the median is a reference."""

IMPORTANCE_METHOD = "fANOVA (Hutter, Hoos and Leyton-Brown, 2014)"
LEAST_FOR_IMPORTANCE = 5


class TrialStudy:
    """The study behind a run of mode `study`.

    `earlier` is how many trials it goes on from: the sampler then draws other numbers.
    """

    def __init__(self, spec: StudySpec, folds: int, seed: int, earlier: int) -> None:
        import optuna

        # Optuna tells every trial; the run has its own events for that.
        optuna.logging.set_verbosity(logging.ERROR)
        self._optuna = optuna
        self._space = spec.space
        self._seed = seed
        self._distributions = {name: distribution(optuna, d) for name, d in spec.space.items()}
        self._grid = (
            _grid(spec.space, spec.max_trials + earlier) if spec.sampler == "grid" else None
        )
        self._study = optuna.create_study(
            direction="maximize",
            sampler=self._sampler(spec.sampler, seed + earlier),
            pruner=self._pruner(spec.pruner, folds),
        )

    def enqueue(self, values: Mapping[str, Any]) -> None:
        """Let the next trial have these values, as far as the space allows them."""
        if all(name in values for name in self._space):
            fixed = {name: inside(d, values[name]) for name, d in self._space.items()}
            self._study.enqueue_trial(fixed, skip_if_exists=True)

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """Return the next trial and its values."""
        trial = self._study.ask(self._distributions)
        return trial, {n: rounded(self._space[n], v) for n, v in trial.params.items()}

    @property
    def is_exhausted(self) -> bool:
        """Whether every point of a grid has had its trial."""
        if self._grid is None:
            return False
        points = math.prod(len(values) for values in self._grid.values())
        asked = {
            tuple(sorted((n, str(v)) for n, v in trial.params.items()))
            for trial in self._study.get_trials(deepcopy=False)
            if all(v in self._grid[n] for n, v in trial.params.items())
        }
        return len(asked) >= points

    def should_prune(self, trial: Any, step: int, gain: float) -> bool:
        """Report the mean gain over the first folds; return whether to give the trial up."""
        trial.report(gain, step)
        return bool(trial.should_prune())

    def complete(self, trial: Any, gain: float) -> None:
        """Tell the gain of a trial that was judged on every fold."""
        self._study.tell(trial, gain)

    def prune(self, trial: Any) -> None:
        """Tell that a trial was given up."""
        self._study.tell(trial, state=self._optuna.trial.TrialState.PRUNED)

    def fail(self, trial: Any) -> None:
        """Tell that a trial has no score."""
        self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)

    def add(self, values: Mapping[str, Any], gains: list[float], state: str) -> None:
        """Take in a trial of an earlier run; `gains` are its mean gains after each fold."""
        states = self._optuna.trial.TrialState
        known = all(name in values for name in self._space)
        if not known or state not in ("complete", "pruned") or not gains:
            return
        is_complete = state == "complete"
        self._study.add_trial(
            self._optuna.trial.create_trial(
                state=states.COMPLETE if is_complete else states.PRUNED,
                value=gains[-1] if is_complete else None,
                params={name: inside(d, values[name]) for name, d in self._space.items()},
                distributions=self._distributions,
                intermediate_values=dict(enumerate(gains)),
            )
        )

    def importance(self) -> dict[str, float] | None:
        """Return each hyperparameter's share of the variation of the gain, largest first.

        None while too few trials are complete, or when all of them have the same gain.
        """
        states = (self._optuna.trial.TrialState.COMPLETE,)
        done = self._study.get_trials(deepcopy=False, states=states)
        if len(done) < LEAST_FOR_IMPORTANCE or len({trial.value for trial in done}) < 2:
            return None
        evaluator = self._optuna.importance.FanovaImportanceEvaluator(seed=self._seed)
        try:
            found = self._optuna.importance.get_param_importances(self._study, evaluator=evaluator)
        except (RuntimeError, ValueError):
            # No variance is left that a parameter could explain.
            return None
        return {str(name): float(share) for name, share in found.items()}

    def _sampler(self, name: str, seed: int) -> Any:
        samplers = self._optuna.samplers
        if name == "random":
            return samplers.RandomSampler(seed=seed)
        if self._grid is not None:
            return samplers.GridSampler(self._grid, seed=seed)
        return samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=STARTUP_TRIALS)

    def _pruner(self, name: str, folds: int) -> Any:
        pruners = self._optuna.pruners
        if name == "median":
            return pruners.MedianPruner(n_startup_trials=MEDIAN_AFTER, n_warmup_steps=0)
        if name == "hyperband" and folds > 1:
            return pruners.HyperbandPruner(min_resource=1, max_resource=folds, reduction_factor=3)
        return pruners.NopPruner()


def _grid(space: Space, trials: int) -> dict[str, list[Any]]:
    """Return the points of a grid: all choices, and as many numbers as `trials` allow."""
    choices = {n: list(dict.fromkeys(d.values)) for n, d in space.items() if isinstance(d, Choice)}
    numbers = {n: d for n, d in space.items() if isinstance(d, Range)}
    room = trials / math.prod(len(values) for values in choices.values())
    steps = max(2, int(max(room, 1.0) ** (1 / max(len(numbers), 1)) + 1e-9))
    grid: dict[str, list[Any]] = {n: _steps(d, steps) for n, d in numbers.items()} | choices
    return {name: grid[name] for name in space}


def _steps(dimension: Range, count: int) -> list[float] | list[int]:
    units = [step / (count - 1) for step in range(count)]
    values = list(dict.fromkeys(dimension.at(unit) for unit in units))
    return [min(max(value, dimension.low), dimension.high) for value in values]
