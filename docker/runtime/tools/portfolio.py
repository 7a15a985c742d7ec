"""Derives the order of the starting portfolio from measurements on tables that are there offline.

    python tools/portfolio.py measure OUT.json [--folds 3] [--rows 3000] [--table NAME ...]
    python tools/portfolio.py order OUT.json

`measure` judges every recipe of every family's portfolio on scikit-learn's own tables (and those of
`../shared/datasets`, where they are) by cross-validation, one after the other, and writes the gain
of each: 0 for the table's worst recipe and 1 for its best, so that tables weigh alike.

`order` then chooses greedily for each family: first the recipe with the best mean gain, then always
the one that adds most to the best so far (the marginal gain), over all tables. This is how a
portfolio of auto-sklearn 2.0 is built (Feurer et al., 2022, section 3.1), and it is how the lists
in `portfolios.py` are ordered; the first of a family stays the quick default, because the first
pass must end in any budget. Recipes that never add anything are candidates for removal.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SOURCE = Path(__file__).resolve().parents[1] / "src"
sys.path.insert(0, str(SOURCE))

from runtime.training.families import FAMILIES  # noqa: E402
from runtime.training.learner import PENALISED  # noqa: E402
from runtime.training.metrics import metric_for  # noqa: E402
from runtime.training.recipes import Problem, Recipe  # noqa: E402
from runtime.training.tasks import Executor, FoldTask, Shared  # noqa: E402
from runtime.training.validation import plan_validation  # noqa: E402

SEED = 7
SHARED = {
    "titanic": ("survived", "binary", ["alive"]),
    "telco-churn": ("Churn", "binary", ["customerID"]),
    "penguins": ("species", "multiclass", []),
    "diamonds": ("price", "regression", []),
    "taxis": ("tip", "regression", ["total", "pickup", "dropoff"]),
    "mpg": ("mpg", "regression", ["name"]),
}
OWN = {
    "breast-cancer": ("load_breast_cancer", "binary"),
    "wine": ("load_wine", "multiclass"),
    "digits": ("load_digits", "multiclass"),
    "diabetes": ("load_diabetes", "regression"),
}
ALIKE = ("log_target", "pair_columns")
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def tables(wanted: list[str]) -> dict[str, tuple[pd.DataFrame, Any, str]]:
    """Return features, target and task of the tables that are there."""
    from sklearn import datasets

    found: dict[str, tuple[pd.DataFrame, Any, str]] = {}
    for name, (loader, task) in OWN.items():
        frame = getattr(datasets, loader)(as_frame=True).frame
        found[name] = (frame.drop(columns="target"), frame["target"], task)
    folder = next(
        (p / "shared" / "datasets" for p in SOURCE.parents if (p / "shared").is_dir()), None
    )
    for name, (target, task, left_out) in SHARED.items():
        path = None if folder is None else folder / f"{name}.csv"
        if path is None or not path.exists():
            continue
        frame = pd.read_csv(path).dropna(subset=[target])
        found[name] = (frame.drop(columns=[target, *left_out]), frame[target], task)
    return {name: table for name, table in found.items() if not wanted or name in wanted}


def as_read(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[tuple[str, str], ...]]:
    """Return the frame with the trainer's types, and its columns."""
    columns: dict[str, Any] = {}
    kinds = []
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            columns[name] = values.to_numpy(dtype=np.float64)
            kinds.append((str(name), "number"))
        else:
            words = [None if pd.isna(value) else str(value) for value in values]
            columns[name] = pd.Series(words, dtype=object)
            kinds.append((str(name), "category"))
    return pd.DataFrame(columns), tuple(kinds)


def measure(arguments: argparse.Namespace) -> None:
    """Judge every recipe on every table, and write what came out after each table."""
    results: dict[str, dict[str, Any]] = {}
    for name, (raw, target, task) in tables(arguments.table).items():
        rows = np.random.default_rng(SEED).permutation(len(raw))[: arguments.rows]
        frame, columns = as_read(raw.iloc[rows].reset_index(drop=True))
        values = target.iloc[rows]
        codes = (
            values.to_numpy(dtype=np.float64) if task == "regression" else pd.factorize(values)[0]
        )
        results[name] = judge_all(frame, columns, np.asarray(codes), task, arguments.folds)
        Path(arguments.file).write_text(json.dumps(results, indent=1))
        print(f"{name}: {sum(len(v) for v in results[name].values())} recipes", flush=True)


def judge_all(
    frame: pd.DataFrame, columns: tuple[tuple[str, str], ...], target: Any, task: str, folds: int
) -> dict[str, Any]:
    """Return the gain and the seconds of every recipe, by family and place in its portfolio."""
    is_number = task == "regression"
    strategy = "random" if is_number else "stratified"
    plan = plan_validation(strategy, folds, 0.05, target, task, SEED)
    classes = 0 if is_number else int(target.max()) + 1
    skewed = is_number and bool(target.min() >= 0)
    problem = Problem(columns, classes, False, skewed, False, SEED, len(frame))
    shared = Shared(
        frame, target, plan.folds[:folds], plan.holdout.train, plan.holdout.test, problem, 10**9
    )
    executor = Executor(shared)
    metric = metric_for(task, METRICS[task])
    judged: dict[str, Any] = {}
    for family in FAMILIES:
        if family.name == "baseline" or family.missing() is not None:
            continue
        judged[family.name] = []
        for values in family.portfolio(problem):
            started = time.perf_counter()
            scores = [
                best_stage(executor, Recipe.of(family.name, values), fold, metric)
                for fold in range(len(shared.folds))
            ]
            judged[family.name].append(
                {
                    "recipe": values,
                    "gain": metric.gain(float(np.mean(scores))),
                    "seconds": round(time.perf_counter() - started, 3),
                }
            )
    return judged


def best_stage(executor: Executor, recipe: Recipe, fold: int, metric: Any) -> float:
    """Return the score of a recipe on one fold, at its best number of rounds."""
    result = executor.run(FoldTask("portfolio", recipe, fold, 2, False))
    actual = executor.shared.target[executor.shared.folds[fold].test]
    scores = [metric.score(actual, values, 1) for values in result.stages.values()]
    return max(scores, key=metric.gain)


def order(arguments: argparse.Namespace) -> None:
    """Print each family's recipes in the order of their marginal gain."""
    results = json.loads(Path(arguments.file).read_text())
    for family in next(iter(results.values())):
        per_table = []
        for judged in results.values():
            everything = [r["gain"] for recipes in judged.values() for r in recipes]
            low, high = min(everything), max(everything)
            spread = max(high - low, 1e-12)
            found = by_recipe(judged[family])
            per_table.append({key: (gain - low) / spread for key, gain in found.items()})
        common = [key for key in per_table[0] if all(key in row for row in per_table)]
        gains = np.array([[row[key] for key in common] for row in per_table])
        print(f"{family}: {[(i, round(g, 4)) for i, g in greedy(gains)]}")


def by_recipe(judged: list[dict[str, Any]]) -> dict[str, float]:
    """Return the gain of every recipe of the portfolio, in its order.

    A recipe that is tried on both scales of the target counts once, with the better gain. The
    penalised linear recipes of classes and of numbers are the same; the discriminants, which only
    classes have, are ordered by `portfolios` itself.
    """
    best: dict[str, float] = {}
    for result in judged:
        values = {k: v for k, v in result["recipe"].items() if k not in ALIKE}
        if values.get("solver") == PENALISED:
            del values["solver"]
        key = json.dumps(values, sort_keys=True)
        best[key] = max(best.get(key, -np.inf), result["gain"])
    return best


def greedy(gains: Any) -> list[tuple[int, float]]:
    """Return places and marginal gains: always the recipe that adds most to the best so far."""
    best = np.zeros(gains.shape[0])
    left = list(range(gains.shape[1]))
    chosen = []
    while left:
        added = [float(np.maximum(gains[:, i] - best, 0.0).mean()) for i in left]
        place = left.pop(int(np.argmax(added)))
        chosen.append((place, max(added)))
        best = np.maximum(best, gains[:, place])
    return chosen


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["measure", "order"])
    parser.add_argument("file")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--table", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.command == "measure":
        measure(arguments)
    else:
        order(arguments)


if __name__ == "__main__":
    main()
