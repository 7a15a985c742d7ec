"""Rows of the hold-out that the training rows already contain.

Rows of few coarse columns coincide by nature. How often is estimated by letting the columns be
independent: a row with probability p (the product of its values' shares) has a twin among n
training rows with probability 1 - (1 - p)^n. Only what goes clearly beyond is told.

Columns that hang together make rows alike more often than that, so likeness alone does not block:
a copy brings its target along, a row that is alike by nature has a target of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from runtime.training.arrays import Floats, Ints
from runtime.training.sentinel.findings import BLOCKING, WARNING, Finding, Rows

TOLD_SHARE, BLOCKING_SHARE = 0.01, 0.10
BEYOND = 3.0
"""How many times more twins than by coincidence."""
COPIES_AGREE = 0.98
"""Share of twins with the same target from which on they are taken for copies."""
COPIES = "A model can answer them from memory; remove the copies, or split by a group."
LOOKALIKES = (
    "Columns that hang together make rows alike; if these are copies, remove them, or split by a "
    "group."
)


def duplicates_across_split(rows: Rows) -> Iterator[Finding]:
    """Tell when hold-out rows are copies of training rows."""
    if not rows.columns:
        return
    frame = rows.frame[[name for name, _ in rows.columns]]
    hashes = pd.util.hash_pandas_object(_plain(frame), index=False).to_numpy()
    holdout = rows.sample(rows.holdout)
    twins = np.isin(hashes[holdout], hashes[rows.train])
    share = float(twins.mean())
    expected = float(_coincidence(frame, rows)[holdout].mean())
    if share < TOLD_SHARE or share < BEYOND * expected:
        return
    same = _same_target(rows, hashes, holdout[twins])
    are_copies = same >= COPIES_AGREE
    yield Finding(
        "duplicates_across_split",
        BLOCKING if are_copies and share >= BLOCKING_SHARE else WARNING,
        f"{share:.1%} of the held-out rows {'are exact copies of' if are_copies else 'look like'} "
        f"training rows (about {expected:.1%} would be coincidence), {same:.0%} of them with the "
        f"same {rows.target_name}. {COPIES if are_copies else LOOKALIKES}",
        {"share": share, "expectedShare": expected, "sameTargetShare": same, "rows": holdout.size},
    )


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Give every object column one type, so that equal rows hash alike."""
    text = {n: frame[n].map(str) for n in frame.columns if frame[n].dtype == object}
    return frame.assign(**text)


def _coincidence(frame: pd.DataFrame, rows: Rows) -> Floats:
    chance = np.zeros(len(frame))
    for name in frame.columns:
        values = frame[name].iloc[rows.train]
        shares = values.value_counts(normalize=True, dropna=False)
        found = frame[name].map(shares).to_numpy(dtype=np.float64, na_value=np.nan)
        missing = float(values.isna().mean())
        found = np.where(frame[name].isna().to_numpy(), missing, found)
        chance += np.log(np.maximum(np.nan_to_num(found, nan=0.0), 1e-300))
    return np.asarray(-np.expm1(-rows.train.size * np.exp(chance)))


def _same_target(rows: Rows, hashes: Any, twins: Ints) -> float:
    """Return how likely a twin has the target of one of its copies, taken by chance."""
    known: dict[int, list[float]] = {}
    wanted = set(hashes[twins].tolist())
    for position in rows.train.tolist():
        key = hashes[position]
        if key in wanted:
            known.setdefault(key, []).append(float(rows.target[position]))
    agreeing = [
        np.mean(np.asarray(known[hashes[twin]]) == float(rows.target[twin]))
        for twin in twins.tolist()
    ]
    return float(np.mean(agreeing))
