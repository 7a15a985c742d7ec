"""Decision trees as flat nodes.

A node has a head, the place of its right child, and a value. Its left child follows it directly.

* Inner node: head = feature + flags; value = threshold. A row goes left if its feature is not
  above the threshold; if it is NaN, by the flag DEFAULT_LEFT. With the flag IN_SET the value is the
  number of a set of category codes, and a row goes left if its code is in the set.
* Leaf: head = -1; value = what the tree adds, or right = the row of the table of leaf vectors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.compiling.errors import CannotCompileError

DEFAULT_LEFT = 1 << 24
IN_SET = 1 << 25
FEATURE_MASK = (1 << 24) - 1
LEAF = -1

WIDE = np.dtype([("head", "<i4"), ("right", "<i4"), ("value", "<f8")])
"""16 bytes: thresholds and leaves as float64."""

NARROW = np.dtype([("head", "<i4"), ("right", "<i4"), ("value", "<f4")])
"""12 bytes: for learners that compare float32, or whose leaves are vectors."""


@dataclass
class TreeArrays:
    """One tree in whatever order its library keeps it; node 0 is the root.

    `feature` is -1 at leaves. `threshold` is compared by `<=`; at leaves it is the value. `sets`
    are the category codes that go left, by node.
    """

    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    default_left: npt.NDArray[np.bool_]
    vector: npt.NDArray[np.int64] | None = None
    sets: dict[int, npt.NDArray[np.bool_]] = field(default_factory=dict)


class Grove:
    """Collects the trees of one learner."""

    def __init__(self, layout: npt.DTypeLike) -> None:
        self._layout = np.dtype(layout)
        self._parts: list[Any] = []
        self._size = 0
        self.roots: list[int] = []
        self._sets: list[npt.NDArray[np.bool_]] = []

    def add(self, tree: TreeArrays) -> None:
        """Append a tree."""
        order = _preorder(tree)
        count = order.size
        place = np.empty(count, dtype=np.int64)
        place[order] = np.arange(count)
        feature = tree.feature[order]
        leaf = feature < 0
        if int(feature.max(initial=0)) > FEATURE_MASK:
            raise CannotCompileError("The model has more features than a node can name.")
        nodes = np.empty(count, dtype=self._layout)
        head = feature + np.where(tree.default_left[order], DEFAULT_LEFT, 0)
        value = tree.threshold[order]
        for node, members in tree.sets.items():
            head[place[node]] += IN_SET
            value[place[node]] = len(self._sets)
            self._sets.append(members)
        nodes["head"] = np.where(leaf, LEAF, head)
        inner_right = self._size + place[np.where(leaf, 0, tree.right[order])]
        vector = 0 if tree.vector is None else tree.vector[order]
        nodes["right"] = np.where(leaf, vector, inner_right)
        nodes["value"] = value
        self.roots.append(self._size)
        self._parts.append(nodes)
        self._size += count

    @property
    def nodes(self) -> npt.NDArray[np.int32]:
        """All nodes as 32-bit words."""
        joined = np.concatenate(self._parts) if self._parts else np.empty(0, self._layout)
        return joined.view(np.int32)

    @property
    def set_words(self) -> int:
        """How many 32-bit words one set takes."""
        longest = max((members.size for members in self._sets), default=0)
        return -(-longest // 32)

    @property
    def sets(self) -> npt.NDArray[np.int32]:
        """The sets as bits, lowest code first, `set_words` words each."""
        words = np.zeros((len(self._sets), self.set_words * 32), dtype=np.uint8)
        for row, members in zip(words, self._sets, strict=True):
            row[: members.size] = members
        return np.packbits(words, axis=1, bitorder="little").view("<i4").ravel()


def _preorder(tree: TreeArrays) -> npt.NDArray[np.int64]:
    """Return the nodes in preorder, left before right."""
    count = tree.feature.size
    inner = np.flatnonzero(tree.feature >= 0)
    if count == 2 * inner.size + 1 and (tree.left[inner] == inner + 1).all():
        # Already so, as scikit-learn's depth-first builder leaves them.
        return np.arange(count)
    left, right = tree.left.tolist(), tree.right.tolist()
    is_leaf = (tree.feature < 0).tolist()
    order: list[int] = []
    waiting = [0]
    while waiting:
        node = waiting.pop()
        order.append(node)
        if len(order) > count:
            raise CannotCompileError("A tree of the model is not a tree.")
        if not is_leaf[node]:
            waiting += (right[node], left[node])
    if len(order) != count:
        tree_order = np.array(order, dtype=np.int64)
        return _compact(tree, tree_order)
    return np.array(order, dtype=np.int64)


def _compact(tree: TreeArrays, order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Drop nodes that nothing leads to (pruned ones stay in some libraries' arrays)."""
    used = np.sort(order)
    place = np.full(tree.feature.size, 0, dtype=np.int64)
    place[used] = np.arange(used.size)
    tree.left, tree.right = (
        place[np.maximum(tree.left, 0)][used],
        place[np.maximum(tree.right, 0)][used],
    )
    tree.feature, tree.threshold = tree.feature[used], tree.threshold[used]
    tree.default_left = tree.default_left[used]
    if tree.vector is not None:
        tree.vector = tree.vector[used]
    tree.sets = {int(place[node]): members for node, members in tree.sets.items()}
    return place[order]


def below(thresholds: Any) -> npt.NDArray[np.float64]:
    """Return, for float32 values, thresholds so that `x < t` is `x <= below(t)`."""
    exact = np.asarray(thresholds, dtype=np.float32)
    return np.nextafter(exact, np.float32(-np.inf)).astype(np.float64)


def floor32(thresholds: Any) -> npt.NDArray[np.float64]:
    """Return the largest float32 not above each float64: the same test for float32 values."""
    exact = np.asarray(thresholds, dtype=np.float64)
    with np.errstate(over="ignore"):
        near = exact.astype(np.float32)
    too_high = near.astype(np.float64) > exact
    near[too_high] = np.nextafter(near[too_high], np.float32(-np.inf))
    return near.astype(np.float64)
