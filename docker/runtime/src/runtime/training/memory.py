"""How much memory fitting a recipe needs, estimated before it is tried."""

from __future__ import annotations

from runtime.training.encoder import PAIR_COLUMNS
from runtime.training.learner import DISCRIMINANT
from runtime.training.recipes import Problem, Recipe


def memory_needed_mb(recipe: Recipe, problem: Problem, rows: int) -> float:
    """Estimate roughly what fitting a recipe needs, in MiB: encoded cells times the family's cost.

    The data itself and the libraries (about 200 MiB) are included.
    """
    from runtime.training.families import FAMILY_BY_NAME

    values = recipe.values
    width = 0.0
    for _, kind in problem.columns:
        if kind == "category":
            width += 8.0 if values.get("category") == "onehot" else 2.0
        elif kind == "text":
            width += 60.0
        elif kind == "datetime":
            width += 6.0
        else:
            width += 1.0 + float(values.get("knots", 0))
    if values.get("pairs"):
        width += min(width, float(values.get("pair_columns", PAIR_COLUMNS))) ** 2 / 2.0
    per_cell = FAMILY_BY_NAME[recipe.family].bytes_per_cell + 16.0
    forest = float(values.get("trees", 0)) * 60.0 / max(float(values.get("min_leaf", 1)), 1.0)
    total = rows * (width * per_cell + forest * max(1, problem.classes or 1))
    if values.get("solver") == DISCRIMINANT:
        # A covariance of all features, and what is solved with it.
        total += 6.0 * 8.0 * width**2
    return 200.0 + total / 1024.0 / 1024.0
