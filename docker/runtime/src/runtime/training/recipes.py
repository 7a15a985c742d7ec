"""A recipe: everything that decides one candidate pipeline, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from runtime.training.encoder import PAIR_COLUMNS, TableEncoder
from runtime.training.learner import Learner
from runtime.training.model import PipelineSettings


@dataclass(frozen=True)
class Problem:
    """What is asked of every candidate of a run.

    `classes` is 0 for regression, `absolute` says that the metric is about absolute errors,
    `can_log` that the target may be fitted on a logarithmic scale. `balanced` weighs every class
    alike, `class_weights` are the weights of a row by its class code. `clusters` says that there
    is no target but groups to be found.
    """

    columns: tuple[tuple[str, str], ...]
    classes: int
    absolute: bool
    can_log: bool
    skewed: bool
    seed: int
    rows: int
    balanced: bool = False
    class_weights: tuple[float, ...] | None = None
    clusters: bool = False

    @property
    def has_categories(self) -> bool:
        """Whether some column holds categories."""
        return any(kind == "category" for _, kind in self.columns)

    @property
    def has_groups(self) -> bool:
        """Whether numbers can be set against the mean of their group."""
        return self.has_categories and any(k in ("number", "integer") for _, k in self.columns)

    @property
    def has_text(self) -> bool:
        """Whether some column holds free text."""
        return any(kind == "text" for _, kind in self.columns)


@dataclass(frozen=True)
class Recipe:
    """A family with its hyperparameters; equal recipes give equal models."""

    family: str
    parameters: tuple[tuple[str, Any], ...]

    @staticmethod
    def of(family: str, parameters: dict[str, Any]) -> Recipe:
        """Make a recipe; the order of the parameters does not matter."""
        return Recipe(family, tuple(sorted(parameters.items())))

    @property
    def values(self) -> dict[str, Any]:
        """The hyperparameters by name."""
        return dict(self.parameters)

    def with_rounds(self, rounds: int) -> Recipe:
        """Return the recipe with another number of boosting rounds."""
        return replace(self, parameters=Recipe.of("", {**self.values, "rounds": rounds}).parameters)

    def encoder_key(self) -> tuple[Any, ...]:
        """Return what two recipes must share to share their encoded rows."""
        values = self.values
        return (
            values.get("style", "tree"),
            values.get("category", "ordinal"),
            values.get("knots", 0),
            values.get("pairs", False),
            values.get("log_target", False),
            values.get("groups", False),
            values.get("pair_columns", PAIR_COLUMNS),
        )

    def encoder(self, problem: Problem) -> TableEncoder:
        """Return the unfitted encoder."""
        style, category, knots, pairs, _, groups, pair_columns = self.encoder_key()
        columns = () if self.family == "baseline" else problem.columns
        return TableEncoder(
            columns or problem.columns[:1],
            style,
            category,
            knots,
            pairs,
            problem.seed,
            groups,
            pair_columns,
        )

    def settings(self, problem: Problem) -> PipelineSettings:
        """Return how the target is treated."""
        values = self.values
        return PipelineSettings(
            classes=problem.classes,
            absolute=problem.absolute,
            log_target=bool(values.get("log_target", False)),
            balanced=problem.balanced or bool(values.get("balanced", False)),
            seed=problem.seed,
            class_weights=problem.class_weights,
            clusters=problem.clusters,
        )

    def learner(self) -> Learner:
        """Return the unfitted learner."""
        from runtime.training.families import FAMILY_BY_NAME

        return FAMILY_BY_NAME[self.family].make(self.values)
