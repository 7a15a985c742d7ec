"""Mode `fixed`: exactly one recipe is judged on the folds, fitted and saved."""

from __future__ import annotations

import math
from typing import Any

from runtime.training.blending import fill_ensemble
from runtime.training.context import RunContext
from runtime.training.encoder import PAIR_COLUMNS
from runtime.training.errors import TrainingError
from runtime.training.families import ENGINE_FAMILIES, FAMILY_BY_NAME, Family
from runtime.training.recipes import Problem, Recipe
from runtime.training.spaces import Choice
from runtime.training.spec import FixedRecipe

MAX_MEMBERS = 20
ALWAYS_KNOWN: dict[str, Any] = {
    "log_target": False,
    "balanced": False,
    "pair_columns": PAIR_COLUMNS,
}


def fixed_members(asked: FixedRecipe, problem: Problem) -> list[tuple[Recipe, float]]:
    """Return the recipes to judge with their weights: one, or the members of an ensemble.

    Raises TrainingError when the recipe names something that does not exist.
    """
    if asked.family != "ensemble":
        return [(complete_recipe(asked, problem), 1.0)]
    members = asked.hyperparameters.get("members")
    if not isinstance(members, list) or not 2 <= len(members) <= MAX_MEMBERS:
        raise TrainingError(f"The recipe of an ensemble needs 2 to {MAX_MEMBERS} members.")
    found = []
    for member in members:
        try:
            recipe = FixedRecipe(str(member["family"]), dict(member["hyperparameters"]))
            weight = float(member["weight"])
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError(
                "Every member of an ensemble needs a family, hyperparameters and a weight."
            ) from error
        if not (math.isfinite(weight) and weight > 0):
            raise TrainingError("The weights of an ensemble must be positive.")
        found.append((complete_recipe(recipe, problem), weight))
    total = sum(weight for _, weight in found)
    return [(recipe, weight / total) for recipe, weight in found]


def complete_recipe(asked: FixedRecipe, problem: Problem) -> Recipe:
    """Return the recipe with the family's defaults for what it does not say.

    Raises TrainingError when the family is unknown or cannot be used here, or when it has no such
    hyperparameter or not such a value.
    """
    family = FAMILY_BY_NAME.get(asked.family)
    if family is None:
        choices = ", ".join(FAMILY_BY_NAME)
        raise TrainingError(
            f"There is no family {asked.family!r}; the recipe may use one of {choices}."
        )
    reason = family.missing()
    if reason is not None:
        raise TrainingError(reason)
    defaults = ALWAYS_KNOWN | family.portfolio(problem)[0]
    # What an engine's estimator may be given only the engine knows.
    if family not in ENGINE_FAMILIES:
        for name, value in asked.hyperparameters.items():
            _check(family, defaults, name, value)
    values = family.portfolio(problem)[0] | dict(asked.hyperparameters)
    return Recipe.of(asked.family, values)


def _check(family: Family, defaults: dict[str, Any], name: str, value: Any) -> None:
    if name not in defaults and name not in family.space:
        known = ", ".join(sorted(set(defaults) | set(family.space)))
        raise TrainingError(
            f"{family.label} has no hyperparameter {name!r}; it has {known or 'none'}."
        )
    dimension = family.space.get(name)
    if isinstance(dimension, Choice) and isinstance(value, str):
        if value in dimension.values or value == defaults.get(name):
            return
        choices = ", ".join(map(str, dict.fromkeys(dimension.values)))
        raise TrainingError(f"{name} of {family.label} is {value!r}; it may be {choices}.")
    expected = defaults.get(name)
    if isinstance(expected, bool) and not isinstance(value, bool):
        raise TrainingError(f"{name} of {family.label} must be true or false.")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        if not is_number or not math.isfinite(value):
            raise TrainingError(f"{name} of {family.label} must be a number.")
        if isinstance(expected, int) and (value < 0 or value != int(value)):
            raise TrainingError(f"{name} of {family.label} must be a whole number.")
    elif isinstance(expected, str) and not isinstance(value, str):
        raise TrainingError(f"{name} of {family.label} must be a word.")


def settle_fixed(context: RunContext, weights: dict[str, float]) -> None:
    """Make what was asked for the winner; `weights` are those of the judged candidates by id.

    Raises TrainingError when it could not be judged on every fold.
    """
    board = context.board
    for name in weights:
        candidate = board.candidates[name]
        if not candidate.is_complete:
            raise TrainingError(
                f"The recipe could not be judged on every fold. {candidate.label}: "
                f"{candidate.reason or 'it was not reached.'}"
            )
    if len(weights) == 1:
        board.preferred = next(iter(weights))
    else:
        folds = board.candidates[next(iter(weights))].folds
        ensemble = board.create("ensemble", "Ensemble", None, folds)
        board.preferred = ensemble.candidate_id
        fill_ensemble(ensemble, list(weights.items()), None, context)
        board.finish(ensemble, "succeeded")
