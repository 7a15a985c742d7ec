"""Clusterings as learners: fitted on encoded rows, they give the memberships of any other row.

Clusters are numbered by falling size. What is fitted is kept as plain arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints, Matrix
from runtime.training.learner import FitContext, Learner

MAX_TREE_ROWS = 3000
MAX_DENSITY_ROWS = 8000
REFERENCES = 40
"""Rows of each cluster that a clustering by density is remembered by."""


class NearestReference(Learner):
    """A cluster is one or more reference points; a row belongs to that of the nearest one.

    `references` are `(n_references, n_outputs)`, `owners` the cluster of each, `variance` the mean
    squared distance of a row to its reference. Memberships are those of Gaussian clouds of that
    variance around the nearest reference of every cluster.
    """

    references: Floats
    owners: Ints
    variance: float
    clusters: int

    def predict(self, matrix: Matrix) -> Floats:
        """Return the memberships `(n_rows, clusters)`."""
        nearest = self._distances(_dense(matrix))
        margin = -nearest / (2.0 * self.variance)
        shares = np.exp(margin - margin.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _distances(self, rows: Floats) -> Floats:
        """Return the squared distance to the nearest reference of every cluster."""
        squares = (rows**2).sum(axis=1)[:, None] + (self.references**2).sum(axis=1)
        distances = np.maximum(squares - 2.0 * rows @ self.references.T, 0.0)
        if self.references.shape[0] == self.clusters:
            return np.asarray(distances)
        starts = np.searchsorted(self.owners, np.arange(self.clusters))
        return np.asarray(np.minimum.reduceat(distances, starts, axis=1))

    def _keep_centers(self, rows: Floats, labels: Ints) -> None:
        """Remember every cluster by its mean."""
        order = _by_size(labels)
        self.references = np.stack([rows[labels == name].mean(axis=0) for name in order])
        self._finish(rows, np.arange(len(order)))

    def _keep_rows(self, rows: Floats, labels: Ints, seed: int) -> None:
        """Remember every cluster by some of its rows, so that it may have any shape."""
        rng = np.random.default_rng(seed)
        parts, owners = [], []
        for number, name in enumerate(_by_size(labels)):
            members = rng.permutation(np.flatnonzero(labels == name))[:REFERENCES]
            parts.append(rows[np.sort(members)])
            owners += [number] * members.size
        self.references = np.concatenate(parts)
        self._finish(rows, np.array(owners))

    def _finish(self, rows: Floats, owners: Ints) -> None:
        self.owners = np.asarray(owners, dtype=np.int64)
        self.clusters = int(self.owners.max()) + 1
        self.variance = max(float(self._distances(rows).min(axis=1).mean()), 1e-12)


class KMeans(NearestReference):
    """k-means with `clusters` centres."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:  # noqa: ARG002
        """Find the centres."""
        from sklearn import cluster

        rows = _dense(matrix)
        model = cluster.KMeans(
            _count(self.parameters, rows), n_init=3, max_iter=200, random_state=context.seed
        ).fit(rows)
        self._keep_centers(rows, model.labels_)


class Agglomerative(NearestReference):
    """Ward's hierarchy of at most 3,000 rows, cut at `clusters`."""

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:  # noqa: ARG002
        """Build and cut the hierarchy; clusters are remembered by their means."""
        from sklearn import cluster

        rows = _some(_dense(matrix), MAX_TREE_ROWS, context.seed)
        model = cluster.AgglomerativeClustering(_count(self.parameters, rows)).fit(rows)
        self._keep_centers(rows, model.labels_)


class Hdbscan(NearestReference):
    """HDBSCAN on at most 8,000 rows; a cluster has at least the share `min_share` of them.

    Rows that belong nowhere by density belong to the nearest cluster here.
    """

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:  # noqa: ARG002
        """Find dense clusters; raises ValueError if there are fewer than two."""
        from sklearn import cluster

        rows = _some(_dense(matrix), MAX_DENSITY_ROWS, context.seed)
        least = max(5, round(float(self.parameters["min_share"]) * rows.shape[0]))
        labels = cluster.HDBSCAN(min_cluster_size=least, copy=True).fit(rows).labels_
        inside = labels >= 0
        if np.unique(labels[inside]).size < 2:
            raise ValueError("fewer than two dense clusters were found")
        self._keep_rows(rows[inside], labels[inside], context.seed)


class Mixture(Learner):
    """A mixture of `clusters` Gaussians, `shape` full or diag.

    `means` are `(clusters, n_outputs)`, `precisions` the Cholesky factors of the inverse
    covariances (`(clusters, n_outputs, n_outputs)`, or their diagonals), `log_weights` the
    logarithms of the weights plus those of the factors' determinants.
    """

    def fit(self, matrix: Matrix, target: Any, context: FitContext) -> None:  # noqa: ARG002
        """Fit by expectation maximisation."""
        from sklearn.mixture import GaussianMixture

        rows = _dense(matrix)
        shape = str(self.parameters.get("shape", "diag"))
        model = GaussianMixture(
            _count(self.parameters, rows),
            covariance_type=shape,
            reg_covar=1e-3,
            max_iter=100,
            random_state=context.seed,
        ).fit(rows)
        order = _by_size(model.predict(rows), model.n_components)
        factors = np.asarray(model.precisions_cholesky_)[order]
        diagonals = factors if shape == "diag" else np.diagonal(factors, axis1=1, axis2=2)
        self.means = np.asarray(model.means_)[order]
        self.precisions = factors
        self.log_weights = np.log(model.weights_[order]) + np.log(diagonals).sum(axis=1)
        self.clusters = len(order)

    def predict(self, matrix: Matrix) -> Floats:
        """Return the posterior memberships `(n_rows, clusters)`."""
        rows = _dense(matrix)
        scores = np.empty((rows.shape[0], self.clusters))
        for index, (mean, factor) in enumerate(zip(self.means, self.precisions, strict=True)):
            off = rows - mean
            scaled = off * factor if factor.ndim == 1 else off @ factor
            scores[:, index] = self.log_weights[index] - 0.5 * (scaled**2).sum(axis=1)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _dense(matrix: Matrix) -> Floats:
    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return np.ascontiguousarray(dense, dtype=np.float64)


def _some(rows: Floats, most: int, seed: int) -> Floats:
    if rows.shape[0] <= most:
        return rows
    return rows[np.sort(np.random.default_rng(seed).choice(rows.shape[0], most, replace=False))]


def _count(parameters: dict[str, Any], rows: Floats) -> int:
    return max(2, min(int(parameters["clusters"]), int(rows.shape[0]) - 1))


def _by_size(labels: Ints, clusters: int | None = None) -> list[int]:
    """Return the cluster numbers by falling size; those without a row only if all are asked for."""
    counts = np.bincount(labels, minlength=clusters or 0)
    order = np.argsort(-counts, kind="stable")
    return [int(name) for name in order if clusters is not None or counts[name]]
