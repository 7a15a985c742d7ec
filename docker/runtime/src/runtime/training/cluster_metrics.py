"""How clear clusters are. Plain numpy; definitions follow scikit-learn's.

Every score takes the encoded rows `(n_rows, n_outputs)` and the memberships `(n_rows, clusters)`;
a row belongs to the cluster of its largest membership. Undefined (NaN) for fewer than two clusters
among the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.metrics import Metric

MAX_ROWS = 1500
"""Rows that are compared with one another at most: silhouettes need every pair."""


def silhouette_rows(rows: Floats, labels: Ints) -> Floats:
    """Return (b - a) / max(a, b) of every row (Rousseeuw, 1987): a the mean distance to its own
    cluster, b to the nearest other one; 0 for a row that is alone in its cluster."""
    squares = (rows**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2.0 * rows @ rows.T, 0.0))
    np.fill_diagonal(distances, 0.0)
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.stack([distances[:, codes == c].sum(axis=1) for c in range(names.size)], axis=1)
    own = np.arange(labels.size), codes
    alone = counts[codes] == 1
    inside = sums[own] / np.maximum(counts[codes] - 1, 1)
    means = sums / counts
    means[own] = np.inf
    nearest = means.min(axis=1)
    larger = np.maximum(np.maximum(inside, nearest), 1e-300)
    return np.asarray(np.where(alone, 0.0, (nearest - inside) / larger))


def silhouette(rows: Floats, labels: Ints) -> float:
    """Mean silhouette of the rows."""
    return float(silhouette_rows(rows, labels).mean())


def calinski_harabasz(rows: Floats, labels: Ints) -> float:
    """Spread between clusters over the spread within, each by its degrees of freedom."""
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    centers = _centers(rows, codes, counts)
    between = float((counts[:, None] * (centers - rows.mean(axis=0)) ** 2).sum())
    within = float(((rows - centers[codes]) ** 2).sum())
    if within == 0.0 or labels.size == names.size:
        return float("nan")
    return between * (labels.size - names.size) / (within * (names.size - 1))


def davies_bouldin(rows: Floats, labels: Ints) -> float:
    """Mean over clusters of the worst (spread + spread) / distance to another one."""
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    centers = _centers(rows, codes, counts)
    off = np.sqrt(((rows - centers[codes]) ** 2).sum(axis=1))
    spread = np.bincount(codes, weights=off) / counts
    apart = np.sqrt(((centers[:, None] - centers) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    with np.errstate(divide="ignore"):
        likeness = (spread[:, None] + spread) / apart
    return float(likeness.max(axis=1).mean())


def _centers(rows: Floats, codes: Ints, counts: Ints) -> Floats:
    sums = np.zeros((counts.size, rows.shape[1]))
    np.add.at(sums, codes, rows)
    return np.asarray(sums / counts[:, None])


def _metric(name: str, better: bool, score: Any) -> Metric:
    def judged(rows: Floats, memberships: Floats, _positive: int, _threshold: Any = None) -> float:
        step = -(-len(rows) // MAX_ROWS)
        rows, labels = rows[::step], np.argmax(memberships, axis=1)[::step]
        return score(rows, labels) if np.unique(labels).size > 1 else float("nan")

    return Metric(name, better, judged)


CLUSTER_METRICS: dict[str, Metric] = {
    "silhouette": _metric("silhouette", True, silhouette),
    "calinski_harabasz": _metric("calinski_harabasz", True, calinski_harabasz),
    "davies_bouldin": _metric("davies_bouldin", False, davies_bouldin),
}


def adjusted_rand(first: Ints, second: Ints) -> float:
    """Agreement of two clusterings of the same rows, 0 by chance and 1 for the same (Hubert and
    Arabie, 1985)."""
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), 1.0)

    def pairs(counts: Any) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, total = pairs(table), pairs(np.array([first.size]))
    one, other = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = one * other / total if total else 0.0
    most = (one + other) / 2
    return (both - expected) / (most - expected) if most > expected else 1.0
