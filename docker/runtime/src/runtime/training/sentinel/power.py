"""How much one feature alone tells about the target.

A legitimate feature is rarely enough by itself; a copy of the target, or something written down
after the fact, is. Every column is judged on rows that it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.sentinel.findings import BLOCKING, WARNING, Finding, Rows, numbers, words

BLOCKING_POWER, WARNING_POWER = 0.985, 0.95
"""Power from which a single feature is not believed. Power is 2·AUC-1 for two classes, R² for
numbers, and the share of the baseline's errors that it removes for more classes."""

TREE_DEPTH = 6
IDENTIFIER_SHARE = 0.99


def single_feature_power(rows: Rows, ready: Callable[[], bool]) -> Iterator[Finding]:
    """Tell of columns that predict the target alone; stops when `ready` says there is no time."""
    chosen = rows.sample(rows.train)
    rng = np.random.default_rng([rows.seed, 11])
    shuffled = rng.permutation(chosen)
    fit, judge = shuffled[: shuffled.size // 2], shuffled[shuffled.size // 2 :]
    for name, kind in rows.columns:
        if not ready():
            return
        power = _power(rows, name, kind, fit, judge)
        if power < WARNING_POWER:
            continue
        severity = BLOCKING if power >= BLOCKING_POWER else WARNING
        yield Finding(
            "single_feature_power",
            severity,
            f"{name} alone predicts {rows.target_name} almost perfectly ({power:.3f} of 1 on rows "
            "it was not fitted on). Is it known before the target is, or is it a copy of it?",
            {"power": power, "rows": int(judge.size), "measure": _measure(rows)},
            name,
        )


def identifiers(rows: Rows) -> Iterator[Finding]:
    """Tell of features with another value in nearly every row, which name rows instead of kinds."""
    chosen = rows.sample(rows.train)
    for name, kind in rows.columns:
        if kind not in ("category", "integer"):
            continue
        values = rows.frame[name].to_numpy()[chosen]
        known = [value for value in values.tolist() if value is not None and value == value]
        if len(known) < 50 or len(set(known)) < IDENTIFIER_SHARE * len(known):
            continue
        if kind == "integer" and not _runs_on(np.asarray(known, dtype=np.float64)):
            continue
        yield Finding(
            "identifier",
            WARNING,
            f"{name} has another value in nearly every row: it names rows, and a model can only "
            "learn it by heart.",
            {"distinct": len(set(known)), "rows": len(known)},
            name,
        )


def _runs_on(values: Floats) -> bool:
    """Whether whole numbers fill their range as a counter does, unlike a measured quantity."""
    spread = float(values.max() - values.min()) + 1.0
    return values.size >= 0.3 * spread


def _measure(rows: Rows) -> str:
    if not rows.is_classification:
        return "R2"
    return "2*AUC-1" if len(rows.labels) == 2 else "share of the baseline's errors removed"


def _power(rows: Rows, name: str, kind: str, fit: Ints, judge: Ints) -> float:
    values = rows.frame[name].to_numpy()
    if kind in ("category", "text"):
        seen, asked = _level_means(rows, words(values[fit]), words(values[judge]), fit)
    else:
        seen, asked = numbers(values[fit])[:, None], numbers(values[judge])[:, None]
    return _tree_power(rows, seen, asked, fit, judge)


def _level_means(
    rows: Rows, fitted: list[str], asked: list[str], fit: Ints
) -> tuple[Floats, Floats]:
    """Turn levels into the most frequent class or the mean of their rows (one value per row).

    Levels that were not seen become NaN, so a column of names has no power.
    """
    target = np.asarray(rows.target[fit], dtype=np.float64)
    sums: dict[str, list[float]] = {}
    for level, value in zip(fitted, target.tolist(), strict=True):
        sums.setdefault(level, []).append(value)
    many = rows.is_classification and len(rows.labels) > 2
    table = {level: _typical(np.asarray(values), many) for level, values in sums.items()}
    # A level of one row knows its own target: it says nothing about others.
    alone = {level for level, values in sums.items() if len(values) == 1}

    def column(levels: list[str]) -> Floats:
        return np.array([np.nan if x in alone else table.get(x, np.nan) for x in levels])[:, None]

    return column(fitted), column(asked)


def _typical(values: Floats, is_code: bool) -> float:
    return float(np.bincount(values.astype(np.int64)).argmax() if is_code else values.mean())


def _tree_power(rows: Rows, seen: Floats, asked: Floats, fit: Ints, judge: Ints) -> float:
    from sklearn.metrics import r2_score, roc_auc_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    leaf = max(5, fit.size // 500)
    target, truth = rows.target[fit], rows.target[judge]
    if not rows.is_classification:
        model = DecisionTreeRegressor(max_depth=TREE_DEPTH + 4, min_samples_leaf=leaf)
        return float(r2_score(truth, model.fit(seen, target).predict(asked)))
    model = DecisionTreeClassifier(max_depth=TREE_DEPTH, min_samples_leaf=leaf)
    model.fit(seen, target)
    if len(rows.labels) == 2:
        if np.unique(truth).size < 2 or model.classes_.size < 2:
            return 0.0
        return 2.0 * float(roc_auc_score(truth, model.predict_proba(asked)[:, 1])) - 1.0
    common = float(np.mean(truth == np.bincount(target).argmax()))
    right = float(np.mean(model.predict(asked) == truth))
    return (right - common) / (1.0 - common) if common < 1.0 else 0.0
