"""LightGBM's own text form of a model, which holds every number exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.compiling.errors import CannotCompileError
from runtime.compiling.trees import TreeArrays

ZERO = float(np.float32(1e-35))
"""Values up to this size count as zero (`kZeroThreshold` in LightGBM's meta.h)."""

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_NONE, _MISSING_ZERO, _MISSING_NAN = 0, 1, 2


def lightgbm_trees(text: str, scores: int) -> list[TreeArrays]:
    """Read the trees, in order; tree t belongs to score t % `scores`."""
    head, *blocks = text.split("\nTree=")
    settings = _settings(head)
    if settings.get("num_tree_per_iteration") != str(scores) or "average_output" in settings:
        raise CannotCompileError("LightGBM's trees are summed in a way that is not known here.")
    return [_tree(block.split("\nend of trees")[0]) for block in blocks]


def _settings(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {name: value for name, _, value in pairs if name}


def _tree(block: str) -> TreeArrays:
    values = _settings(block)
    if values.get("is_linear", "0") != "0":
        raise CannotCompileError("LightGBM's linear leaves have no translation.")
    leaves = _floats(values["leaf_value"])
    if int(values["num_leaves"]) == 1:
        return TreeArrays(
            feature=np.array([-1]),
            threshold=leaves[:1],
            left=np.array([0]),
            right=np.array([0]),
            default_left=np.array([False]),
        )
    feature = _ints(values["split_feature"])
    threshold = _floats(values["threshold"])
    decision = _ints(values["decision_type"])
    inner = feature.size
    sets = {}
    for node in np.flatnonzero(decision & _CATEGORICAL).tolist():
        sets[node] = _members(values, int(threshold[node]))
    is_set = (decision & _CATEGORICAL) > 0
    default_left = _default_left(threshold, decision) & ~is_set
    return TreeArrays(
        feature=np.concatenate([feature, np.full(leaves.size, -1)]),
        threshold=np.concatenate([_exact(threshold, is_set), leaves]),
        left=_children(values["left_child"], inner, leaves.size),
        right=_children(values["right_child"], inner, leaves.size),
        default_left=np.concatenate([default_left, np.zeros(leaves.size, dtype=bool)]),
        sets=sets,
    )


def _default_left(threshold: Any, decision: Any) -> Any:
    """Return where NaN goes left: by the flag, or as zero where none was seen in training."""
    missing = (decision >> 2) & 3
    if (missing == _MISSING_ZERO).any():
        raise CannotCompileError("LightGBM takes zeros for missing values here.")
    return np.where(missing == _MISSING_NAN, (decision & _DEFAULT_LEFT) > 0, threshold >= 0.0)


def _exact(threshold: Any, is_set: Any) -> Any:
    """Let thresholds decide as LightGBM does, which takes values within ZERO for zero."""
    if ((np.abs(threshold) < ZERO) & ~is_set).any():
        raise CannotCompileError("LightGBM splits closer to zero than it can tell apart.")
    return np.where(threshold == -ZERO, np.nextafter(-ZERO, -np.inf), threshold)


def _members(values: dict[str, str], number: int) -> Any:
    """Return which codes set `number` holds; any other code, and a missing one, goes right."""
    bounds = _ints(values["cat_boundaries"])
    words = np.array(values["cat_threshold"].split(), dtype=np.uint32)
    mine = words[bounds[number] : bounds[number + 1]].astype("<u4")
    return np.unpackbits(mine.view(np.uint8), bitorder="little").astype(bool)


def _children(text: str, inner: int, leaves: int) -> Any:
    own = _ints(text)
    places = np.where(own >= 0, own, inner + ~own)
    return np.concatenate([places, np.zeros(leaves, dtype=np.int64)])


def _floats(text: str) -> Any:
    return np.array(text.split(), dtype=np.float64)


def _ints(text: str) -> Any:
    return np.array(text.split(), dtype=np.int64)
