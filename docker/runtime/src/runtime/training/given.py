"""The split that the data brings along: a column that says what every row is for."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Ints
from runtime.training.errors import TrainingError
from runtime.training.validation import Plan, Split, drop_one_class_folds, plan_validation

TRAIN = frozenset({"train", "training"})
VALIDATION = frozenset({"validation", "valid", "val", "dev", "development"})
TEST = frozenset({"test", "testing", "holdout", "hold-out", "hold_out"})
MAX_FOLDS = 20


def plan_given(
    values: Any, folds: int, holdout_fraction: float, target: Any, task: str, seed: int
) -> Plan:
    """Read the split of every row: train, validation and test in any case, or fold numbers.

    Rows of `test` are the hold-out; without any, it is drawn at random. Rows of `validation` judge
    the candidates; without any, the training rows are cut into `folds`. With fold numbers every
    number is judged once by what the others teach. Rows that say nothing are trained on.

    Raises TrainingError when a value means nothing or a part is missing.
    """
    words = np.array(["" if value is None else str(value).strip().lower() for value in values])
    kinds = np.array([_kind(word) for word in words], dtype=object)
    _refuse_unknown(kinds, values)
    if (kinds == "validation").any() and not np.isin(kinds, ("train", "none")).any():
        raise TrainingError("No row is marked as train; there is nothing to learn from.")
    notes: list[str] = []
    silent = int((kinds == "none").sum())
    if silent:
        notes.append(f"{silent:,} rows do not say what they are for; they are trained on.")
    test = np.flatnonzero(kinds == "test")
    if test.size == 0:
        notes.append(
            f"No row is marked as test, so {round(100 * holdout_fraction)} % of the rows are held "
            "out at random."
        )
        test = _random_holdout(kinds, holdout_fraction, target, task, seed)
    elif test.size < 2:
        raise TrainingError("Only one row is marked as test; at least two are needed.")
    train = np.setdiff1d(np.arange(words.size), test)
    codes = None if task == "regression" else np.asarray(target, dtype=np.int64)
    parts = _parts(kinds, words, train)
    if not parts:
        notes.append(f"No row is marked as validation, so the others are cut into {folds} folds.")
        inner = _cut(folds, target[train], task, seed)
        parts = [Split(train[split.train], train[split.test]) for split in inner]
    parts = drop_one_class_folds(parts, codes, notes)
    return Plan("given", Split(train, test), tuple(parts), tuple(notes))


def _kind(word: str) -> str:
    if word == "":
        return "none"
    for kind, words in (("train", TRAIN), ("validation", VALIDATION), ("test", TEST)):
        if word in words:
            return kind
    return "fold" if word.removesuffix(".0").isdigit() else "unknown"


def _refuse_unknown(kinds: Any, values: Any) -> None:
    unknown = np.flatnonzero(kinds == "unknown")
    if unknown.size:
        raise TrainingError(
            f"The split column holds {values[unknown[0]]!r}; use train, validation and test, or "
            "fold numbers."
        )
    present = set(kinds.tolist()) - {"none"}
    if not present:
        raise TrainingError("Every value of the split column is missing.")
    if "fold" in present and present & {"train", "validation"}:
        raise TrainingError(
            "The split column mixes fold numbers with train and validation; use one of them."
        )


def _random_holdout(kinds: Any, fraction: float, target: Any, task: str, seed: int) -> Ints:
    """Draw the hold-out from the rows that are not for validation."""
    rows = np.flatnonzero(kinds != "validation")
    strategy = "random" if task == "regression" else "stratified"
    plan = plan_validation(strategy, 2, fraction, target[rows], task, seed)
    return np.asarray(rows[plan.holdout.test], dtype=np.int64)


def _cut(folds: int, target: Any, task: str, seed: int) -> tuple[Split, ...]:
    """Cut rows into folds: the plan's own hold-out goes back to the rows that are learned from."""
    strategy = "random" if task == "regression" else "stratified"
    plan = plan_validation(strategy, folds, 0.05, target, task, seed)
    extra = plan.holdout.test
    size = len(plan.folds) // plan.repeats
    return tuple(
        Split(np.sort(np.concatenate([split.train, extra])), split.test)
        for split in plan.folds[:size]
    )


def _parts(kinds: Any, words: Any, train: Ints) -> list[Split]:
    judged = train[kinds[train] == "validation"]
    if judged.size:
        return [Split(np.setdiff1d(train, judged), judged)]
    numbered = train[kinds[train] == "fold"]
    if numbered.size == 0:
        return []
    names = np.unique(words[numbered])
    if not 2 <= names.size <= MAX_FOLDS:
        raise TrainingError(
            f"The split column has {names.size} fold numbers; 2 to {MAX_FOLDS} can be used."
        )
    parts = []
    for name in sorted(names.tolist(), key=float):
        judged = numbered[words[numbered] == name]
        parts.append(Split(np.setdiff1d(train, judged), judged))
    return parts
