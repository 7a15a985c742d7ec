"""Partial dependence of one or two columns, with individual curves; and interactions of pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.explain.cells import cell, order_of
from runtime.explain.explainer import ModelExplainer
from runtime.explain.method import CannotExplain, Method, Output
from runtime.insight.errors import InsightError
from runtime.insight.outcome import result
from runtime.insight.subject import Rows, Subject
from runtime.training.arrays import Floats

DEPENDENCE = Method(
    "partial_dependence",
    "Partial dependence with individual curves",
    "Friedman 2001, Greedy function approximation; Goldstein et al. 2015, Peeking inside the "
    "black box",
)
INTERACTION = Method(
    "friedman_h",
    "Friedman's H of pairs",
    "Friedman and Popescu 2008, Predictive learning via rule ensembles",
)
AUTO_COLUMNS = 8
SMALLEST_EFFECT = 1e-12


def partial_dependence(subject: Subject) -> dict[str, Any]:
    """Set one or two columns to the values of a grid in every row, and average."""
    options = subject.spec.options
    names = [str(name) for name in options["columns"]]
    kinds = dict(subject.inputs)
    for name in names:
        if name not in kinds:
            raise InsightError(f"The model does not look at {name!r}, so nothing depends on it.")
    if len(set(names)) < len(names):
        raise InsightError("Choose two different columns.")
    subject.progress.tell(0.05, "Reading rows")
    rows = subject.holdout(int(options["rows"]))
    position, output = class_of(subject)
    grids = [grid_of(rows.columns[n], kinds[n], int(options["points"])) for n in names]
    for name, grid in zip(names, grids, strict=True):
        if len(grid) < 2:
            raise InsightError(f"{name!r} has a single value in these rows, so nothing can vary.")
    nearest = [nearest_to(rows.columns[n], g, kinds[n]) for n, g in zip(names, grids, strict=True)]
    axes = [
        {
            "column": name,
            "type": kinds[name],
            "grid": [cell(value, kinds[name]) for value in grid],
            "counts": np.bincount(near[near >= 0], minlength=len(grid)),
        }
        for name, grid, near in zip(names, grids, nearest, strict=True)
    ]
    subject.note("The other columns keep their values, also where the combination never occurs.")
    fields = (
        _curve(subject, rows, names[0], grids[0], position)
        if len(names) == 1
        else _surface(subject, rows, names, grids, nearest, position)
    )
    return result(
        subject,
        "partial_dependence",
        DEPENDENCE,
        "holdout",
        len(rows),
        output=output.as_json(),
        axes=axes,
        **fields,
    )


def class_of(subject: Subject) -> tuple[int, Output]:
    """Return the output to look at, always in natural units."""
    explainer = ModelExplainer(
        subject.model, subject.contract, subject.background, "permutation", 1
    )
    try:
        position = explainer.position_of(subject.spec.options.get("class"), subject.contract)
    except CannotExplain as error:
        raise InsightError(str(error)) from error
    return position, explainer.output(position)


def grid_of(values: Any, kind: str, points: int) -> Any:
    """Return the values a column is set to: quantiles of numbers, the most frequent categories."""
    numbers = order_of(values, kind)
    if kind in ("number", "integer", "datetime") and numbers is not None:
        known = np.unique(values[np.isfinite(numbers)])
        if known.size <= points:
            return known
        places = np.linspace(0.01, 0.99, points)
        ordered = np.sort(values[np.isfinite(numbers)])
        return np.unique(ordered[np.round(places * (ordered.size - 1)).astype(np.int64)])
    texts = [value for value in values.tolist() if value is not None]
    names, counts = np.unique(np.array(texts, dtype=object).astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:points]
    return np.array([str(name) for name in names[order]], dtype=object)


def nearest_to(values: Any, grid: Any, kind: str) -> Any:
    """Return the place of the grid nearest to each value; -1 where there is none."""
    if grid.dtype == object:
        place = {value: index for index, value in enumerate(grid.tolist())}
        return np.array([place.get(value, -1) for value in values.tolist()], dtype=np.int64)
    numbers, points = order_of(values, kind), order_of(grid, kind)
    found = np.full(len(numbers), -1, dtype=np.int64)
    known = np.isfinite(numbers)
    if points.size:
        middles = (points[1:] + points[:-1]) / 2
        found[known] = np.searchsorted(middles, numbers[known])
    return found


def _curve(subject: Subject, rows: Rows, name: str, grid: Any, position: int) -> dict[str, Any]:
    table = np.empty((len(rows), len(grid)))
    for at, value in enumerate(grid):
        subject.progress.tell(0.1 + 0.85 * at / len(grid), "Setting values")
        table[:, at] = predict_set(subject, rows, {name: value})[:, position]
    wanted = min(int(subject.spec.options["curves"]), len(rows))
    rng = np.random.default_rng([subject.spec.seed, 16])
    chosen = np.sort(rng.choice(len(rows), wanted, replace=False))
    low, high = np.quantile(table, [0.1, 0.9], axis=0)
    kind = dict(subject.inputs)[name]
    return {
        "average": table.mean(axis=0),
        "spread": [{"low": a, "high": b} for a, b in zip(low.tolist(), high.tolist(), strict=True)],
        "curves": [
            {
                "row": int(rows.index[i]),
                "value": cell(rows.columns[name][i], kind),
                "predictions": table[i],
            }
            for i in chosen
        ],
        "surface": None,
        "support": None,
    }


def _surface(
    subject: Subject, rows: Rows, names: list[str], grids: Any, nearest: Any, position: int
) -> dict[str, Any]:
    first, second = grids
    surface = np.empty((len(first), len(second)))
    for i, left in enumerate(first):
        subject.progress.tell(0.1 + 0.85 * i / len(first), "Setting values")
        for j, right in enumerate(second):
            predicted = predict_set(subject, rows, {names[0]: left, names[1]: right})
            surface[i, j] = predicted[:, position].mean()
    support = np.zeros(surface.shape, dtype=np.int64)
    both = (nearest[0] >= 0) & (nearest[1] >= 0)
    np.add.at(support, (nearest[0][both], nearest[1][both]), 1)
    return {
        "average": None,
        "spread": None,
        "curves": [],
        "surface": surface,
        "support": support,
    }


def predict_set(subject: Subject, rows: Rows, values: dict[str, Any]) -> Floats:
    """Predict rows in which columns are set to single values."""
    columns = dict(rows.columns)
    for name, value in values.items():
        constant = np.empty(len(rows), dtype=rows.columns[name].dtype)
        constant[:] = value
        columns[name] = constant
    return subject.predict_columns(columns)


def interactions(subject: Subject) -> dict[str, Any]:
    """Compare what pairs of columns do together with what they do alone, on a sample of rows."""
    options = subject.spec.options
    progress = subject.progress
    progress.tell(0.02, "Reading rows")
    rows = subject.holdout(int(options["rows"]))
    position, output = class_of(subject)
    names = [str(n) for n in options.get("columns") or [name for name, _ in subject.inputs]]
    known = {name for name, _ in subject.inputs}
    for name in names:
        if name not in known:
            raise InsightError(f"The model does not look at {name!r}; choose one of its inputs.")
    alone = {}
    for at, name in enumerate(names):
        progress.tell(0.05 + 0.3 * at / len(names), "Columns alone")
        alone[name] = centred(subject, rows, [name], position)
        if progress.left < 0.5 * progress.elapsed:
            raise InsightError("There are too many columns for the time allowed; name a few.")
    names.sort(key=lambda name: -float(np.mean(alone[name] ** 2)))
    if options.get("columns") is None and len(names) > AUTO_COLUMNS:
        subject.note(f"The {AUTO_COLUMNS} of {len(names)} columns with the largest effect.")
        names = names[:AUTO_COLUMNS]
    if len(names) < 2:
        raise InsightError("The model has a single column, so there are no pairs.")
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    found = []
    for at, (left, right) in enumerate(pairs):
        progress.tell(0.35 + 0.6 * at / len(pairs), "Pairs of columns")
        if progress.left < progress.elapsed / max(at + 1, 1):
            subject.note(f"The time allowed was enough for {at} of {len(pairs)} pairs.")
            break
        joint = centred(subject, rows, [left, right], position)
        found.append(_pair(left, right, joint, alone[left], alone[right]))
    subject.note(
        "The strength is relative to the pair's own effect: a weak pair can be strong in it. The "
        "size says how much it matters."
    )
    found.sort(key=lambda item: -float(str(item["size"])))
    return result(
        subject,
        "interactions",
        INTERACTION,
        "holdout",
        len(rows),
        output=output.as_json(),
        pairs=found,
        columns=[
            {
                "column": name,
                "size": float(np.sqrt(np.mean(alone[name] ** 2))),
                "total": float(sum(p["size"] for p in found if name in (p["left"], p["right"]))),
            }
            for name in names
        ],
    )


def _pair(left: str, right: str, joint: Floats, first: Floats, second: Floats) -> dict[str, Any]:
    """Return Friedman's H, the root of (variance of the joint part / variance of the pair)."""
    rest = float(np.sum((joint - first - second) ** 2))
    whole = float(np.sum(joint**2))
    strength = float(np.sqrt(min(rest / whole, 1.0))) if whole > SMALLEST_EFFECT else None
    return {
        "left": left,
        "right": right,
        "strength": strength,
        "size": float(np.sqrt(rest / joint.size)),
    }


def centred(subject: Subject, rows: Rows, names: list[str], position: int) -> Floats:
    """Return the centred partial dependence of columns at the rows' own values, `(n_rows,)`."""
    count = len(rows)
    columns = {name: np.tile(values, count) for name, values in rows.columns.items()}
    for name in names:
        columns[name] = np.repeat(rows.columns[name], count)
    predicted = subject.predict_columns(columns)[:, position].reshape(count, count).mean(axis=1)
    return np.asarray(predicted - predicted.mean(), dtype=np.float64)
