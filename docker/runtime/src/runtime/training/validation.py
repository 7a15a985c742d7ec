"""Hold-out and folds. All splits are made before anything is fitted and depend on the seed only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.errors import TrainingError

SMALL_TABLE = 100
TINY_TABLE = 150
TINY_REPEATS = 3
"""Below so many training rows the score depends more on the partition than on the candidate."""


@dataclass(frozen=True)
class Split:
    """Row positions for fitting and for judging."""

    train: Ints
    test: Ints


@dataclass(frozen=True)
class Plan:
    """The hold-out and the folds inside the training rows (fold positions index the whole data).

    With `repeats` the folds are that many partitions of the training rows, one after the other.
    """

    strategy: str
    holdout: Split
    folds: tuple[Split, ...]
    notes: tuple[str, ...]
    repeats: int = 1


@dataclass(frozen=True)
class _Rows:
    codes: Ints | None
    groups: Ints | None
    order: Ints | None
    size: int

    def take(self, rows: Ints) -> _Rows:
        def part(values: Ints | None) -> Ints | None:
            return None if values is None else values[rows]

        return _Rows(part(self.codes), part(self.groups), part(self.order), rows.size)


def plan_validation(
    strategy: str,
    folds: int,
    holdout_fraction: float,
    target: Ints | Floats,
    task: str,
    seed: int,
    groups: Ints | None = None,
    times: Any = None,
    repeats: int = 1,
) -> Plan:
    """Split off the hold-out, then cut the rest into folds.

    Lowers the number of folds where rare classes, few groups or few rows do not allow more, and
    repeats the folds of a tiny table; says so in `notes`. Raises TrainingError when no honest
    split exists.
    """
    notes: list[str] = []
    size = int(target.size)
    codes = None if task == "regression" else np.asarray(target, dtype=np.int64)
    if strategy == "stratified" and codes is None:
        strategy = "random"
        notes.append("A number cannot be stratified by class; the rows are split at random.")
    order = _time_order(times) if strategy == "time" else None
    rows = _Rows(codes if strategy == "stratified" else None, groups, order, size)
    rng = np.random.default_rng(seed)
    fraction = _holdout_fraction(holdout_fraction, size, notes)
    test = _holdout(strategy, rows, fraction, rng)
    kept = np.ones(size, dtype=bool)
    kept[test] = False
    train = np.flatnonzero(kept)
    if codes is not None and _present(codes[train]).size < 2:
        raise TrainingError(
            "Only one class is left for training once the hold-out is set aside; "
            "use a stratified split or more rows."
        )
    inside = rows.take(train)
    count = _fold_count(folds, inside, strategy, notes)
    parts: list[Split] = []
    dealt = 0
    for _ in range(_repeats(repeats, strategy, int(train.size), notes)):
        cut = _folds(strategy, inside, count, rng)
        partition = [Split(train[split.train], train[split.test]) for split in cut]
        usable = drop_one_class_folds(partition, codes, notes)
        parts += usable
        dealt += 1
        if len(usable) < len(partition):
            break
    return Plan(strategy, Split(train, test), tuple(parts), tuple(notes), dealt)


def _repeats(wanted: int, strategy: str, rows: int, notes: list[str]) -> int:
    """Return how often the folds are dealt anew."""
    if strategy == "time":
        if wanted > 1:
            notes.append("Time has one order only; its folds are not repeated.")
        return 1
    if wanted == 1 and rows < TINY_TABLE and strategy != "grouped":
        notes.append(
            f"With only {rows} training rows the cross-validation is repeated {TINY_REPEATS} "
            "times with other folds, because one partition says little."
        )
        return TINY_REPEATS
    return wanted


def _present(codes: Ints) -> Ints:
    """Return the class codes that occur, in order; counting is quicker than sorting."""
    return np.flatnonzero(np.bincount(codes))


def _time_order(times: Any) -> Ints:
    if times is None:
        raise TrainingError("Validation by time needs a time column; choose one.")
    values = np.asarray(times)
    missing = (
        np.array([value is None for value in values])
        if values.dtype == object
        else values != values
    )
    if missing.all():
        raise TrainingError("Every value of the time column is missing.")
    keyed = values[~missing]
    if values.dtype == object:
        keyed = keyed.astype(str)
    _, ranks = np.unique(keyed, return_inverse=True)
    # Rows without a time go first: a model may learn from them, but they never judge the future.
    order = np.full(values.size, -1, dtype=np.int64)
    order[~missing] = ranks
    return order


def _holdout_fraction(fraction: float, size: int, notes: list[str]) -> float:
    if size >= SMALL_TABLE:
        return fraction
    smaller = min(fraction, 0.15)
    smaller = max(smaller, min(fraction, 5 / size))
    if smaller < fraction:
        notes.append(
            f"With only {size} rows the hold-out is {round(smaller * size)} rows instead of "
            f"{round(fraction * size)}; its figures are rough."
        )
    else:
        notes.append(f"With only {size} rows every figure of the hold-out is rough.")
    return smaller


def _holdout(strategy: str, rows: _Rows, fraction: float, rng: np.random.Generator) -> Ints:
    wanted = max(2, round(fraction * rows.size))
    if strategy == "time" and rows.order is not None:
        return _latest(rows.order, wanted)
    if strategy == "grouped" and rows.groups is not None:
        return _whole_groups(rows.groups, wanted, rng)
    if rows.codes is not None:
        return _stratified_sample(rows.codes, wanted, rng)
    return np.sort(rng.permutation(rows.size)[:wanted])


def _latest(order: Ints, wanted: int) -> Ints:
    """Take about `wanted` of the latest rows; rows of one instant stay together."""
    border = np.sort(order)[-wanted]
    later = np.flatnonzero(order > border)
    test = np.flatnonzero(order >= border)
    if test.size > max(2 * wanted, order.size // 2):
        test = later
    if test.size == 0 or test.size == order.size:
        raise TrainingError("The time column has too few different values to split by time.")
    return test


def _whole_groups(groups: Ints, wanted: int, rng: np.random.Generator) -> Ints:
    names, counts = np.unique(groups, return_counts=True)
    if names.size < 3:
        raise TrainingError(
            f"The group column has only {names.size} groups; at least 3 are needed to keep a "
            "group for the hold-out."
        )
    shuffled = rng.permutation(names.size)
    taken: list[int] = []
    total = 0
    for index in shuffled[:-2]:
        size = int(counts[index])
        if taken and abs(total + size - wanted) > abs(total - wanted):
            continue
        taken.append(int(names[index]))
        total += size
        if total >= wanted:
            break
    return np.flatnonzero(np.isin(groups, taken))


def _stratified_sample(codes: Ints, wanted: int, rng: np.random.Generator) -> Ints:
    """Draw `wanted` rows with each class's share; a class of one row stays in training."""
    fraction = wanted / codes.size
    chosen = []
    for code in _present(codes):
        members = rng.permutation(np.flatnonzero(codes == code))
        take = round(fraction * members.size)
        if members.size >= 3:
            take = max(1, take)
        chosen.append(members[: min(take, members.size - 1)])
    return np.sort(np.concatenate(chosen))


def _fold_count(folds: int, rows: _Rows, strategy: str, notes: list[str]) -> int:
    limit, why = rows.size // 2, f"there are only {rows.size} training rows"
    if strategy == "grouped" and rows.groups is not None:
        groups = int(np.unique(rows.groups).size)
        limit, why = groups, f"there are only {groups} groups"
    elif strategy == "time" and rows.order is not None:
        instants = int(np.unique(rows.order).size)
        limit, why = instants - 1, f"the time column has only {instants} different values"
    elif rows.codes is not None:
        counts = np.bincount(rows.codes)
        repeated = counts[counts >= 2]
        rarest = int(repeated.min()) if repeated.size else 2
        limit, why = max(2, rarest), f"the rarest class has only {rarest} training rows"
    count = min(folds, max(2, limit))
    if strategy == "time" and limit < 1:
        raise TrainingError("The time column has too few different values to split by time.")
    if count < folds:
        notes.append(f"Using {count} folds instead of {folds}: {why}.")
    return count


def _folds(strategy: str, rows: _Rows, count: int, rng: np.random.Generator) -> list[Split]:
    if strategy == "time" and rows.order is not None:
        return _time_folds(rows.order, count)
    if strategy == "grouped" and rows.groups is not None:
        fold_of = _group_folds(rows.groups, count, rng)
    elif rows.codes is not None:
        fold_of = _stratified_folds(rows.codes, count, rng)
    else:
        fold_of = np.empty(rows.size, dtype=np.int64)
        fold_of[rng.permutation(rows.size)] = np.arange(rows.size) % count
    return [
        Split(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))
        for fold in range(count)
    ]


def _stratified_folds(codes: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Deal each class's shuffled rows round the folds, going on where the last class stopped."""
    fold_of = np.empty(codes.size, dtype=np.int64)
    start = 0
    for code in _present(codes):
        members = rng.permutation(np.flatnonzero(codes == code))
        fold_of[members] = (start + np.arange(members.size)) % count
        start += members.size
    return fold_of


def _group_folds(groups: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Give whole groups, largest first, to the fold that is smallest so far."""
    names, index, counts = np.unique(groups, return_inverse=True, return_counts=True)
    shuffled = rng.permutation(names.size)
    ordered = shuffled[np.argsort(-counts[shuffled], kind="stable")]
    sizes = np.zeros(count, dtype=np.int64)
    fold_of_group = np.empty(names.size, dtype=np.int64)
    for group in ordered:
        fold = int(np.argmin(sizes))
        fold_of_group[group] = fold
        sizes[fold] += counts[group]
    return fold_of_group[index]


def _time_folds(order: Ints, count: int) -> list[Split]:
    """Cut time into `count + 1` blocks; a fold learns from all blocks before the one it judges."""
    ordered = np.sort(order)
    borders = [ordered[(block * order.size) // (count + 1)] for block in range(1, count + 1)]
    splits = []
    for block, start in enumerate(borders):
        end = borders[block + 1] if block + 1 < count else None
        test = order >= start if end is None else (order >= start) & (order < end)
        train = order < start
        if test.any() and train.any():
            splits.append(Split(np.flatnonzero(train), np.flatnonzero(test)))
    if not splits:
        raise TrainingError("The time column has too few different values to split by time.")
    return splits


def drop_one_class_folds(parts: list[Split], codes: Ints | None, notes: list[str]) -> list[Split]:
    """Leave out folds in which only one class can be learned; TrainingError if that is all."""
    if codes is None:
        return parts
    usable = [part for part in parts if _present(codes[part.train]).size >= 2]
    if not usable:
        raise TrainingError(
            "In every fold only one class is left to learn from; use a stratified split."
        )
    if len(usable) < len(parts):
        notes.append(
            f"{len(parts) - len(usable)} folds are left out: only one class to learn from in them."
        )
    return usable
