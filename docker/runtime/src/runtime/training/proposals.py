"""What to try next: the portfolio of every family, then variations of what works."""

from __future__ import annotations

import importlib.util
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime.training import portfolios
from runtime.training.families import CLUSTER_FAMILIES, ENGINE_FAMILIES, FAMILIES, Family
from runtime.training.learner import DISCRIMINANT
from runtime.training.recipes import Problem, Recipe
from runtime.training.spaces import Choice, Space
from runtime.training.studies import FamilyStudy

NEAR_SHARE = 0.4
"""Share of the recipes that vary one of the best instead of being asked of the study: with few
trials the estimator alone finds less (60 candidates, AUC on a table of 891 rows: 0.885 together,
0.876 either alone)."""

EXPLORE_SHARE = 0.2
MUTATION_WIDTH = 0.15
PARENTS = 3
DRAWS = 20
"""Draws without a new recipe after which another family has its turn."""

SETTLED = 2
"""Families that must agree on the scale of the target before others no longer compare the two."""


@dataclass
class FamilyRecord:
    """What the run knows about a family; `gain` is its best score, turned so more is better.

    `study` searches its hyperparameters once the portfolio is used up.
    """

    family: Family
    queue: list[dict[str, Any]]
    study: FamilyStudy | None = None
    told: list[tuple[Recipe, float, bool]] = field(default_factory=list)
    gain: float = -np.inf
    seconds: list[float] = field(default_factory=list)
    tried: list[tuple[float, Recipe]] = field(default_factory=list)
    closed: bool = False

    @property
    def typical_seconds(self) -> float:
        """Median time of a whole candidate of this family."""
        return float(np.median(self.seconds)) if self.seconds else 0.0


class Proposer:
    """Draws recipes; seeded, so that the sequence depends only on what it has been told."""

    def __init__(self, problem: Problem, families: list[Family], seed: int) -> None:
        self._problem = problem
        self._rng = np.random.default_rng(seed)
        self._seen: set[Recipe] = set()
        self._studies = importlib.util.find_spec("optuna") is not None
        self.records = {
            family.name: FamilyRecord(family, family.portfolio(problem)) for family in families
        }

    def first_pass(self, most: int | None = None) -> list[Recipe]:
        """Take the default recipe of every family that knows nothing yet, cheap families first.

        Of few rows a linear model takes milliseconds, and its recipes differ more from each other
        than those of other families: there they are all taken, unless that makes more than `most`.
        """
        recipes = []
        for record in self.records.values():
            count = self._at_first(record, most)
            for values in record.queue[:count]:
                recipe = Recipe.of(record.family.name, values)
                if recipe in self._seen:
                    break
                record.queue.pop(0)
                self._seen.add(recipe)
                recipes.append(recipe)
        return recipes

    def _at_first(self, record: FamilyRecord, most: int | None) -> int:
        whole = len(record.queue)
        if record.family.name != "linear":
            return 1
        if self._problem.rows >= portfolios.FEW_ROWS:
            # Plain, and with the products of many columns where there are some.
            whole = 2 if "pair_columns" in record.queue[0] else 1
        return whole if most is None or whole + len(self.records) <= most else 1

    def is_new(self, recipe: Recipe) -> bool:
        """Return whether a recipe has not been tried."""
        return recipe not in self._seen

    def know(self, recipe: Recipe) -> None:
        """Remember a recipe that an earlier run has tried, so that it is not tried again."""
        self._seen.add(recipe)

    def tell(self, recipe: Recipe, gain: float, seconds: float, complete: bool = True) -> None:
        """Report a recipe: its score (more is better) and the seconds that all folds take.

        A recipe that was given up is not `complete`; its score is what its folds promised.
        """
        record = self.records.get(recipe.family)
        if record is None:
            # Known from an earlier run that had more families to choose from.
            return
        record.seconds.append(seconds)
        record.told.append((recipe, gain, complete))
        if record.study is not None:
            record.study.tell(recipe, gain, complete)
        if gain == gain:
            record.gain = max(record.gain, gain)
            record.tried.append((gain, recipe))
            record.tried.sort(key=lambda item: -item[0])

    def close(self, family: str) -> None:
        """Try nothing more of a family."""
        self.records[family].closed = True

    def next(self, seconds_left: float, noise: float) -> Recipe | None:
        """Return the next recipe worth its time, or None when nothing fits into `seconds_left`.

        `noise` is the spread of the best candidate's fold scores: families further behind than
        that are tried less and less often.
        """
        drawn: Counter[str] = Counter()
        while True:
            used_up = {name for name, count in drawn.items() if count >= DRAWS}
            record = self._choose(seconds_left, noise, used_up)
            if record is None:
                return None
            recipe = self._draw(record)
            if recipe is not None and recipe not in self._seen:
                self._seen.add(recipe)
                return recipe
            drawn[record.family.name] += 1

    def _choose(self, seconds_left: float, noise: float, used_up: set[str]) -> FamilyRecord | None:
        open_records = [
            record
            for record in self.records.values()
            if not record.closed
            and record.family.name not in ("baseline", *used_up)
            and record.tried
            and record.typical_seconds < seconds_left
        ]
        if not open_records:
            return None
        best = max(record.gain for record in open_records)
        scale = max(noise, 1e-9)
        cheapest = min(max(record.typical_seconds, 0.05) for record in open_records)
        weights = []
        for record in open_records:
            behind = (best - record.gain) / scale
            cost = max(record.typical_seconds, 0.05) / cheapest
            fresh = 1.5 if record.queue else 1.0
            weights.append(fresh * np.exp(-min(behind * 3.0, 50.0)) / cost**0.35)
        shares = np.array(weights) / np.sum(weights)
        return open_records[int(self._rng.choice(len(open_records), p=shares))]

    def _draw(self, record: FamilyRecord) -> Recipe | None:
        name = record.family.name
        while record.queue:
            values = self._on_better_scale(record, record.queue.pop(0))
            if values is not None:
                return Recipe.of(name, values)
        space = self._space_of(record)
        if not space:
            record.closed = True
            return None
        if not self._studies or self._rng.random() < NEAR_SHARE:
            return self._near(record, space)
        return self._asked(record, space)

    def _on_better_scale(
        self, record: FamilyRecord, values: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Put a recipe of the portfolio on the scale of the target that has done better so far.

        None for a comparison of the two scales that other families have settled already.
        """
        if "log_target" not in values:
            return values
        # A straight line bends on another scale, a tree does not: neither speaks for the other.
        is_linear = record.family.name == "linear"
        alike = [r for r in self.records.values() if (r.family.name == "linear") is is_linear]
        gains = scale_gains(alike)
        twin = {**values, "log_target": not values["log_target"]}
        if self.is_new(Recipe.of(record.family.name, twin)):
            gains = scale_gains([record]) or gains
            return {**values, "log_target": float(np.mean(gains)) > 0.0} if gains else values
        settled = len(gains) >= SETTLED and len({gain > 0.0 for gain in gains}) == 1
        return None if settled and (gains[0] > 0.0) != values["log_target"] else values

    def _space_of(self, record: FamilyRecord) -> Space:
        """Return the dimensions of the family that matter for this table."""
        known = record.tried[0][1].values if record.tried else {}
        return {
            key: dimension
            for key, dimension in record.family.space.items()
            if key in known and (key != "category" or self._problem.has_categories)
        }

    def _asked(self, record: FamilyRecord, space: Space) -> Recipe | None:
        """Ask the family's study for the next recipe."""
        if record.study is None:
            seed = int(self._rng.integers(2**31))
            record.study = FamilyStudy(record.family.name, space, seed)
            for recipe, gain, complete in record.told:
                record.study.tell(recipe, gain, complete)
        values, trial = record.study.ask(record.tried[0][1].values)
        recipe = _recipe(record.family.name, values)
        if recipe in self._seen:
            record.study.forget(trial)
            return None
        record.study.expect(recipe, trial)
        return recipe

    def _near(self, record: FamilyRecord, space: Space) -> Recipe:
        """Draw a variation of one of the best recipes."""
        parents = record.tried[:PARENTS]
        parent = parents[int(self._rng.integers(len(parents)))][1].values
        explore = self._rng.random() < EXPLORE_SHARE
        values = dict(parent)
        for key, dimension in space.items():
            # A recipe that an earlier version has tried may not know the key.
            if explore or key not in parent:
                values[key] = dimension.draw(self._rng)
            elif isinstance(dimension, Choice) or self._rng.random() < 0.6:
                values[key] = dimension.near(parent[key], self._rng, MUTATION_WIDTH)
        return _recipe(record.family.name, values)


def _recipe(family: str, values: dict[str, Any]) -> Recipe:
    if "learning_rate" in values and "rounds" in values:
        values["rounds"] = rounds_for(float(values["learning_rate"]))
    if values.get("solver") == DISCRIMINANT:
        # It has no penalty: recipes that differ in it only would be the same.
        values["strength"] = 1.0
    return Recipe.of(family, values)


def scale_gains(records: list[FamilyRecord]) -> list[float]:
    """Return what the logarithm of the target has gained wherever both scales were judged."""
    found = []
    for record in records:
        judged: dict[Recipe, dict[bool, float]] = {}
        for recipe, gain, _ in record.told:
            values = recipe.values
            if gain == gain and "log_target" in values:
                is_log = bool(values.pop("log_target"))
                judged.setdefault(Recipe.of(recipe.family, values), {})[is_log] = gain
        found += [both[True] - both[False] for both in judged.values() if len(both) > 1]
    return found


def rounds_for(learning_rate: float) -> int:
    """Return the most boosting rounds that a learning rate may use before it is stopped."""
    return int(np.clip(40.0 / learning_rate, 200, 2000))


def usable_families(requested: tuple[str, ...]) -> tuple[list[Family], list[tuple[Family, str]]]:
    """Split the requested families into usable ones and ones with the reason why not.

    The baseline is always tried: every other score is read against it. Groups have none.
    """
    usable: list[Family] = []
    missing: list[tuple[Family, str]] = []
    engines = [family for family in ENGINE_FAMILIES if family.name in requested]
    for family in engines:
        reason = family.missing()
        if reason is None:
            usable.append(family)
        else:
            missing.append((family, reason))
    of_clusters = any(family.name in requested for family in CLUSTER_FAMILIES)
    for family in CLUSTER_FAMILIES if of_clusters else FAMILIES:
        if family.name not in requested and family.name != "baseline":
            continue
        reason = family.missing()
        if reason is None:
            usable.append(family)
        else:
            missing.append((family, reason))
    return usable, missing
