"""Sequential search of one family's hyperparameters by Optuna's tree-structured Parzen estimator.

Trials are asked for and told one by one, so that candidates can race fold by fold: one that is
given up is told as pruned, with what its folds promised. (Bergstra et al., 2011; Akiba et al.,
2019.)
"""

from __future__ import annotations

import logging
from typing import Any

from runtime.training.recipes import Recipe
from runtime.training.spaces import Choice, Range, Space

STARTUP_TRIALS = 6
"""Judged recipes of a family, those of the portfolio included, before the estimator is asked."""


class FamilyStudy:
    """The study of one family: knows every judged recipe, proposes the next one.

    `space` are the dimensions that matter for this table. Gains are scores turned so that more is
    better.
    """

    def __init__(self, family: str, space: Space, seed: int) -> None:
        import optuna

        # Optuna tells every trial; the run has its own events for that.
        optuna.logging.set_verbosity(logging.ERROR)
        self._optuna = optuna
        self._family = family
        self._space = space
        self._distributions = {name: distribution(optuna, d) for name, d in space.items()}
        sampler = optuna.samplers.TPESampler(
            seed=seed,
            multivariate=True,
            constant_liar=True,
            n_startup_trials=STARTUP_TRIALS,
        )
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._asked: dict[Recipe, Any] = {}

    def ask(self, defaults: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Return the next hyperparameters on top of `defaults`, and the trial they belong to."""
        trial = self._study.ask(self._distributions)
        values = {name: rounded(self._space[name], value) for name, value in trial.params.items()}
        return defaults | values, trial

    def expect(self, recipe: Recipe, trial: Any) -> None:
        """Remember which trial a recipe belongs to."""
        self._asked[recipe] = trial

    def forget(self, trial: Any) -> None:
        """Give up a trial whose recipe was tried before."""
        self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)

    def tell(self, recipe: Recipe, gain: float, complete: bool) -> None:
        """Report a recipe: its gain, or what its folds promised if it is not complete."""
        states = self._optuna.trial.TrialState
        trial = self._asked.pop(recipe, None)
        if gain != gain:
            if trial is not None:
                self._study.tell(trial, state=states.FAIL)
            return
        if trial is None:
            self._add(recipe, gain, complete)
        elif complete:
            self._study.tell(trial, gain)
        else:
            trial.report(gain, 0)
            self._study.tell(trial, state=states.PRUNED)

    def _add(self, recipe: Recipe, gain: float, complete: bool) -> None:
        """Take in a recipe that the study has not asked for."""
        states = self._optuna.trial.TrialState
        values = recipe.values
        if not all(name in values for name in self._space):
            return
        self._study.add_trial(
            self._optuna.trial.create_trial(
                state=states.COMPLETE if complete else states.PRUNED,
                value=gain if complete else None,
                params={name: inside(d, values[name]) for name, d in self._space.items()},
                distributions=self._distributions,
                intermediate_values={} if complete else {0: gain},
            )
        )


def distribution(optuna: Any, dimension: Range | Choice) -> Any:
    """Return the dimension as Optuna knows it."""
    if isinstance(dimension, Choice):
        return optuna.distributions.CategoricalDistribution(tuple(dict.fromkeys(dimension.values)))
    if dimension.integer:
        return optuna.distributions.IntDistribution(
            int(dimension.low), int(dimension.high), log=dimension.log
        )
    return optuna.distributions.FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def inside(dimension: Range | Choice, value: Any) -> Any:
    """Return the nearest value of the dimension: portfolios may go beyond it."""
    if isinstance(dimension, Choice):
        return value if value in dimension.values else dimension.values[0]
    kept = min(max(value, dimension.low), dimension.high)
    return round(kept) if dimension.integer else float(kept)


def rounded(dimension: Range | Choice, value: Any) -> Any:
    """Return a drawn fraction with as many digits as are worth telling."""
    is_fraction = isinstance(dimension, Range) and not dimension.integer
    return float(f"{value:.4g}") if is_fraction else value
