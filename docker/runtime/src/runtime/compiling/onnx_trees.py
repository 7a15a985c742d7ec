"""Flat trees as ONNX `TreeEnsemble` nodes (ai.onnx.ml 5), which compare and add float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import numpy_helper

from runtime.compiling.binary import CompiledModel
from runtime.compiling.errors import CannotCompileError
from runtime.compiling.onnx_graph import ML_DOMAIN, Graph
from runtime.compiling.trees import DEFAULT_LEFT, FEATURE_MASK, IN_SET, NARROW, WIDE

_AT_MOST, _MEMBER = 0, 6
_SUM, _NONE = 1, 0
MAX_NODES = 4_000_000
"""More nodes than this make a file that no ONNX tool handles with ease."""

Description = dict[str, Any]
Ints = npt.NDArray[np.int64]


class _Ensemble:
    """The attributes of one `TreeEnsemble`."""

    def __init__(self, targets: int) -> None:
        self.targets = targets
        self.parts: dict[str, list[Any]] = {}
        self.roots: list[int] = []
        self.inner = 0
        self.leaves = 0
        self.members: list[Any] = []

    def tree(
        self,
        feature: Any,
        split: Any,
        missing_left: Any,
        left: Ints,
        right: Ints,
        weight: Any,
        target: int,
        members: list[Any],
    ) -> None:
        """Add a tree whose nodes are numbered from 0, inner ones (feature >= 0) and leaves mixed.

        `members` are the codes of each inner node that tests a set, else None.
        """
        is_leaf = feature < 0
        inner = np.flatnonzero(~is_leaf)
        number = np.where(is_leaf, np.cumsum(is_leaf) - 1, np.cumsum(~is_leaf) - 1)
        self._add_inner(feature[inner], split[inner], missing_left[inner], members)
        for side, children in (("true", left[inner]), ("false", right[inner])):
            leafs = is_leaf[children]
            offset = np.where(leafs, self.leaves, self.inner)
            self._part(f"nodes_{side}leafs", leafs.astype(np.int64))
            self._part(f"nodes_{side}nodeids", number[children] + offset)
        self._part("leaf_targetids", np.full(int(is_leaf.sum()), target, dtype=np.int64))
        self._part("leaf_weights", weight[is_leaf])
        self.roots.append(self.inner)
        self.inner += inner.size
        self.leaves += int(is_leaf.sum())
        if self.inner > MAX_NODES:
            raise CannotCompileError("The model has too many nodes for an ONNX file.")

    def _add_inner(self, feature: Any, split: Any, missing_left: Any, members: list[Any]) -> None:
        modes = np.full(feature.size, _AT_MOST, dtype=np.uint8)
        for place, codes in enumerate(members):
            if codes is not None:
                modes[place] = _MEMBER
                self.members.extend([*codes.tolist(), np.nan])
        self._part("nodes_featureids", feature)
        self._part("nodes_splits", split)
        self._part("nodes_modes", modes)
        self._part("nodes_missing_value_tracks_true", missing_left.astype(np.int64))

    def _part(self, name: str, values: Any) -> None:
        self.parts.setdefault(name, []).append(values)

    def add_to(self, graph: Graph, features: str) -> str:
        attributes: dict[str, Any] = {
            name: np.concatenate(values) for name, values in self.parts.items()
        }
        for name in ("nodes_splits", "leaf_weights"):
            values = attributes[name].astype(np.float64)
            attributes[name] = numpy_helper.from_array(values, name)
        attributes["nodes_modes"] = numpy_helper.from_array(attributes["nodes_modes"], "modes")
        if self.members:
            values = np.array(self.members, dtype=np.float64)
            attributes["membership_values"] = numpy_helper.from_array(values, "members")
        for name, value in attributes.items():
            if isinstance(value, np.ndarray):
                attributes[name] = value.tolist()
        return graph.add(
            "TreeEnsemble",
            features,
            domain=ML_DOMAIN,
            n_targets=self.targets,
            aggregate_function=_SUM,
            post_transform=_NONE,
            tree_roots=self.roots,
            **attributes,
        )


def add_trees(graph: Graph, compiled: CompiledModel, learner: Description, features: str) -> str:
    """Add the sums of all trees, `(rows, scores)`, before start values and links."""
    nodes = compiled.arrays[learner["nodes"]].view(WIDE if learner["layout"] == "wide" else NARROW)
    roots = compiled.arrays[learner["roots"]]
    scores = learner["scores"]
    vectors = None
    if learner["vectors"] is not None:
        vectors = compiled.arrays[learner["vectors"]].reshape(-1, scores)
    if vectors is not None and scores == 2:
        # The two shares of a leaf add up to one, so the second follows from the first.
        positive = _grove(compiled, learner, nodes, roots, 1, [vectors[:, 1]])
        second = positive.add_to(graph, features)
        count = graph.number(float(roots.size))
        return graph.join([graph.add("Sub", count, second), second])
    columns = None if vectors is None else list(vectors.T)
    return _grove(compiled, learner, nodes, roots, scores, columns).add_to(graph, features)


def _grove(
    compiled: CompiledModel,
    learner: Description,
    nodes: Any,
    roots: Any,
    targets: int,
    columns: list[Any] | None,
) -> _Ensemble:
    ensemble = _Ensemble(targets)
    ends = [*roots[1:].tolist(), nodes.size]
    for number, (root, end) in enumerate(zip(roots.tolist(), ends, strict=True)):
        tree = nodes[root:end]
        if columns is None:
            value = tree["value"].astype(np.float64)
            _add_tree(compiled, learner, ensemble, tree, root, value, number % targets)
            continue
        for target, column in enumerate(columns):
            leaf = tree["head"] < 0
            value = np.where(leaf, column[np.where(leaf, tree["right"], 0)], tree["value"])
            _add_tree(compiled, learner, ensemble, tree, root, value, target)
    return ensemble


def _add_tree(
    compiled: CompiledModel,
    learner: Description,
    ensemble: _Ensemble,
    tree: Any,
    root: int,
    value: Any,
    target: int,
) -> None:
    head = tree["head"].astype(np.int64)
    leaf = head < 0
    in_set = ~leaf & ((head & IN_SET) > 0)
    feature = np.where(leaf, -1, head & FEATURE_MASK)
    if leaf[0]:
        # `TreeEnsemble` wants a test at the root: one whose both sides are the same leaf's value.
        feature, leaf = np.array([0, -1, -1]), np.array([False, True, True])
        value = np.array([0.0, value[0], value[0]])
        ensemble.tree(
            feature, value, ~leaf, np.array([1, 0, 0]), np.array([2, 0, 0]), value, target, [None]
        )
        return
    sets = None
    if learner["sets"] is not None:
        sets = compiled.arrays[learner["sets"]].reshape(-1, learner["setWords"])
    members = [
        _codes(sets, int(tree["value"][place])) if in_set[place] else None
        for place in np.flatnonzero(~leaf).tolist()
    ]
    ensemble.tree(
        feature,
        np.where(in_set, 0.0, value),
        ~leaf & ((head & DEFAULT_LEFT) > 0),
        np.minimum(np.arange(tree.size) + 1, tree.size - 1),
        np.where(leaf, 0, tree["right"].astype(np.int64) - root),
        value,
        target,
        members,
    )


def _codes(sets: Any, number: int) -> Any:
    bits = np.unpackbits(sets[number].astype("<i4").view(np.uint8), bitorder="little")
    return np.flatnonzero(bits).astype(np.float64)


def add_oblivious(
    graph: Graph, compiled: CompiledModel, learner: Description, features: str
) -> str:
    """Add CatBoost's symmetric trees, spread out to ordinary ones."""
    scores = learner["scores"]
    borders, tests = compiled.arrays[learner["borders"]], compiled.arrays[learner["features"]]
    leaves = compiled.arrays[learner["leaves"]].reshape(-1, scores)
    ensemble = _Ensemble(scores)
    test = first = 0
    for depth in compiled.arrays[learner["depths"]].tolist():
        values = leaves[first : first + (1 << depth)]
        features_of, limits = tests[test : test + depth], borders[test : test + depth]
        if not depth:
            # `TreeEnsemble` wants a test at the root: one whose both sides are the same.
            features_of, limits, values = np.zeros(1, np.int64), np.zeros(1), values[[0, 0]]
        for target in range(scores):
            _add_symmetric(ensemble, features_of, limits, values[:, target], target)
        test += depth
        first += 1 << depth
    return ensemble.add_to(graph, features)


def _add_symmetric(ensemble: _Ensemble, tests: Any, borders: Any, values: Any, target: int) -> None:
    """Add one tree in the order of a heap; the node at level l tests bit l of the leaf's number."""
    depth = len(tests)
    inner = (1 << depth) - 1
    place = np.arange(2 * inner + 1)
    level = np.floor(np.log2(place[:inner] + 1)).astype(np.int64)
    # A leaf's path from the root, read as bits from the first test on, is its number.
    path = place[inner:] - inner
    number = np.zeros_like(path)
    for bit in range(depth):
        number |= ((path >> (depth - 1 - bit)) & 1) << bit
    feature = np.concatenate([np.asarray(tests)[level], np.full(inner + 1, -1)])
    value = np.concatenate([np.asarray(borders, np.float64)[level], values[number]])
    left = np.where(feature >= 0, 2 * place + 1, 0)
    right = np.where(feature >= 0, 2 * place + 2, 0)
    # NaN is above no border: the side of "at most".
    missing_left = feature >= 0
    ensemble.tree(feature, value, missing_left, left, right, value, target, [None] * inner)
