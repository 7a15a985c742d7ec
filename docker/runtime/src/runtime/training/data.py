"""The table of a run, cleaned of what cannot be learned from, with its target encoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from runtime.training.arrays import Floats, Ints
from runtime.training.errors import TrainingError
from runtime.training.reader import check_hash, read_sample
from runtime.training.spec import ColumnSpec, RunSpec

MIN_ROWS = 10
MAX_CLASSES = 1000
POSITIVE_WORDS = frozenset(
    {"yes", "true", "1", "y", "t", "positive", "pos", "churned", "bad", "fraud", "default", "fail"}
)


@dataclass
class TrainingData:
    """Rows with a known target.

    `frame` holds only usable features, `target` class codes (int64) or numbers (float64), `rows`
    each row's position in the dataset, `groups` group codes, `times` an order and `given` the
    words of the split column, where the validation needs them.
    """

    frame: pd.DataFrame
    features: tuple[ColumnSpec, ...]
    target: Ints | Floats
    classes: list[str]
    positive: int
    rows: Ints
    groups: Ints | None
    times: Any
    given: Any = None
    target_is_integer: bool = False
    excluded: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.rows)


def load(spec: RunSpec) -> TrainingData:
    """Read the dataset and prepare it for the run.

    Raises TrainingError when nothing can be learned: no rows, no target values, one class, as many
    classes as rows, no feature that varies.
    """
    if spec.task == "clustering":
        return _load_unlabelled(spec)
    warnings: list[str] = []
    target_column = _target_column(spec)
    if not spec.features:
        raise TrainingError(
            "No feature column is selected; choose at least one besides the target."
        )
    wanted = {column.name: column for column in (*spec.features, target_column)}
    split_column = _split_column(spec)
    if split_column is not None:
        wanted.setdefault(split_column.name, split_column)
    try:
        check_hash(spec.dataset_path, spec.data_sha256)
    except FileNotFoundError as error:
        raise TrainingError("The dataset file is not there.") from error
    columns = read_sample(spec.dataset_path, wanted.values(), warnings, spec.memory_mb, spec.seed)
    arrays = columns.arrays
    known = _known(arrays[target_column.name])
    _check_rows(known, target_column.name, warnings)
    arrays = {name: values[known] for name, values in arrays.items()}
    target, classes, positive = _encode_target(spec, arrays[target_column.name], warnings)
    features, excluded = _usable(spec.features, arrays, warnings)
    frame = pd.DataFrame({c.name: _series(arrays[c.name]) for c in features}, copy=False)
    split_values = None if split_column is None else arrays[split_column.name]
    return TrainingData(
        frame=frame,
        features=features,
        target=target,
        classes=classes,
        positive=positive,
        rows=columns.rows[known],
        groups=_group_codes(split_values) if spec.strategy == "grouped" else None,
        times=split_values if spec.strategy == "time" else None,
        given=split_values if spec.strategy == "given" else None,
        target_is_integer=target_column.type == "integer",
        excluded=[*spec.excluded, *excluded],
        warnings=warnings,
    )


def _load_unlabelled(spec: RunSpec) -> TrainingData:
    """Read the features of a run without a target."""
    warnings: list[str] = []
    if not spec.features:
        raise TrainingError("No feature column is selected; choose at least one.")
    try:
        check_hash(spec.dataset_path, spec.data_sha256)
    except FileNotFoundError as error:
        raise TrainingError("The dataset file is not there.") from error
    columns = read_sample(spec.dataset_path, spec.features, warnings, spec.memory_mb, spec.seed)
    arrays, size = columns.arrays, columns.rows.size
    if size == 0:
        raise TrainingError("The dataset has no rows.")
    features, excluded = _usable(spec.features, arrays, warnings)
    return TrainingData(
        frame=pd.DataFrame({c.name: _series(arrays[c.name]) for c in features}, copy=False),
        features=features,
        target=np.zeros(size),
        classes=[],
        positive=0,
        rows=columns.rows,
        groups=None,
        times=None,
        excluded=[*spec.excluded, *excluded],
        warnings=warnings,
    )


def _target_column(spec: RunSpec) -> ColumnSpec:
    known = spec.column(spec.target)
    if spec.task == "regression":
        return ColumnSpec(spec.target, "number" if known is None else _number_type(known), "target")
    # Classes are names, whatever the column's type; booleans keep their own spelling rules.
    kind = "boolean" if known is not None and known.type == "boolean" else "category"
    return ColumnSpec(spec.target, kind, "target")


def _number_type(column: ColumnSpec) -> str:
    return "integer" if column.type == "integer" else "number"


def _split_column(spec: RunSpec) -> ColumnSpec | None:
    what = {"grouped": "group", "time": "time", "given": "split"}.get(spec.strategy)
    if what is None:
        return None
    if spec.split_column is None:
        by = "a given split" if what == "split" else what
        raise TrainingError(f"Validation by {by} needs a {what} column; choose one.")
    known = spec.column(spec.split_column)
    kind = known.type if known is not None and spec.strategy == "time" else "category"
    return ColumnSpec(spec.split_column, kind, "split")


def _group_codes(values: Any) -> Ints:
    codes, _ = pd.factorize(pd.Series(values, dtype=object))
    # Every row without a group is a group of its own: nothing says that they belong together.
    codes = codes.astype(np.int64)
    lonely = codes < 0
    codes[lonely] = codes.max(initial=-1) + 1 + np.arange(int(lonely.sum()))
    return codes


def _series(values: Any) -> Any:
    return pd.Series(values, dtype=object) if values.dtype == object else pd.Series(values)


def _known(values: Any) -> Any:
    if values.dtype == object:
        return np.array([value is not None for value in values], dtype=bool)
    return np.isfinite(values)


def _check_rows(known: Any, target: str, warnings: list[str]) -> None:
    if known.size == 0:
        raise TrainingError("The dataset has no rows.")
    kept = int(known.sum())
    if kept == 0:
        raise TrainingError(f"Every value of the target {target!r} is missing.")
    if kept < known.size:
        warnings.append(
            f"{known.size - kept:,} of {known.size:,} rows have no value of {target!r} "
            "and are left out."
        )
    if kept < MIN_ROWS:
        raise TrainingError(
            f"Only {kept} rows have a value of the target {target!r}; "
            f"at least {MIN_ROWS} are needed."
        )


def _encode_target(
    spec: RunSpec, values: Any, warnings: list[str]
) -> tuple[Ints | Floats, list[str], int]:
    if spec.task == "regression":
        numbers = np.asarray(values, dtype=np.float64)
        if numbers.min() == numbers.max():
            raise TrainingError(
                f"Every row has the same value of the target {spec.target!r}: nothing to predict."
            )
        if float(np.abs(numbers).max()) > 1e100:
            raise TrainingError(
                f"The target {spec.target!r} holds numbers beyond 1e100; "
                "check the column or rescale it."
            )
        return numbers, [], 0
    labels, counts = np.unique(np.asarray(values, dtype=str), return_counts=True)
    classes = _sorted_classes([str(label) for label in labels])
    _check_classes(spec, classes, counts, len(values), warnings)
    code_of = {label: code for code, label in enumerate(classes)}
    codes = np.array([code_of[str(value)] for value in values], dtype=np.int64)
    return codes, classes, _positive(classes, codes)


def _check_classes(
    spec: RunSpec, classes: list[str], counts: Any, rows: int, warnings: list[str]
) -> None:
    name = spec.target
    if len(classes) == 1:
        raise TrainingError(
            f"The target {name!r} has only one class ({classes[0]!r}): nothing to tell apart."
        )
    if spec.task == "binary" and len(classes) > 2:
        raise TrainingError(
            f"The target {name!r} has {len(classes):,} classes, not two; "
            "choose multi-class classification or another target."
        )
    if len(classes) > rows / 2 or len(classes) > MAX_CLASSES:
        raise TrainingError(
            f"The target {name!r} has {len(classes):,} classes in {rows:,} rows: too many to learn "
            "from. If it is a number, choose regression; if it is an identifier, another target."
        )
    if int(counts.max()) < 2:
        raise TrainingError(f"No class of the target {name!r} occurs twice.")
    single = int((counts == 1).sum())
    if single:
        warnings.append(
            f"{single:,} of {len(classes):,} classes of {name!r} occur once and can hardly be "
            "predicted."
        )


def _sorted_classes(labels: list[str]) -> list[str]:
    try:
        return sorted(labels, key=float)
    except ValueError:
        return sorted(labels)


def _positive(classes: list[str], codes: Ints) -> int:
    """Choose the class of interest: a word that says so, else the rarer one (ties: the last)."""
    if len(classes) != 2:
        return 0
    named = [code for code, label in enumerate(classes) if label.strip().lower() in POSITIVE_WORDS]
    if len(named) == 1:
        return named[0]
    ones = int((codes == 1).sum())
    return 1 if ones <= codes.size - ones else 0


def _usable(
    features: tuple[ColumnSpec, ...], arrays: dict[str, Any], warnings: list[str]
) -> tuple[tuple[ColumnSpec, ...], list[tuple[str, str]]]:
    kept: list[ColumnSpec] = []
    excluded: list[tuple[str, str]] = []
    for column in features:
        values = arrays[column.name]
        known = values[_known(values)] if values.dtype == object else values[values == values]
        if known.size == 0:
            excluded.append((column.name, "every value is missing"))
        elif known.size == values.size and (known == known[0]).all():
            excluded.append((column.name, "every value is the same"))
        else:
            kept.append(column)
    if not kept:
        raise TrainingError(
            "Every feature column is empty or holds one single value, so there is nothing to learn "
            "from."
        )
    if excluded:
        names = ", ".join(repr(name) for name, _ in excluded[:5])
        more = f" and {len(excluded) - 5} more" if len(excluded) > 5 else ""
        warnings.append(f"Left out because they are empty or constant: {names}{more}.")
    return tuple(kept), excluded
