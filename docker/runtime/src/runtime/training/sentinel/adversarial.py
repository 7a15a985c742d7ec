"""Adversarial validation: can a model tell training rows from held-out rows?

If it can, the hold-out comes from another world than the training rows, and its figure answers
another question. The doubt is measured as the out-of-fold AUC of a boosted classifier; its standard
error is that of Hanley and McNeil (1982).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.encoder import TableEncoder
from runtime.training.sentinel.findings import BLOCKING, INFO, WARNING, Finding, Rows

MAX_SIDE = 2000
MIN_SIDE = 40
TOLD, STRONG = 0.65, 0.8
SURE = 4.0
FOLDS = 3


def adversarial_validation(rows: Rows) -> Iterator[Finding]:
    """Tell when the hold-out can be told from the training rows."""
    side = min(MAX_SIDE, rows.train.size, rows.holdout.size)
    if side < MIN_SIDE or not rows.columns:
        return
    chosen = np.concatenate([rows.sample(rows.train, side), rows.sample(rows.holdout, side)])
    is_holdout = np.repeat([0, 1], [side, side])
    auc, column = _told_apart(rows, chosen, is_holdout)
    error = _standard_error(auc, side)
    if auc < TOLD or auc - 0.5 < SURE * error:
        return
    chance = rows.strategy in ("random", "stratified")
    if chance:
        severity = BLOCKING if auc >= STRONG else WARNING
    else:
        severity = WARNING if auc >= STRONG else INFO
    why = (
        "A random split should not allow that; the rows are in an order that matters."
        if chance
        else "That is what a split by time or group is for, but expect other figures when the "
        "model meets rows of yet another kind."
    )
    yield Finding(
        "adversarial_validation",
        severity,
        f"Held-out rows can be told from training rows (AUC {auc:.2f}, 0.5 is a coin), most of all "
        f"by {column}. {why}",
        {"auc": auc, "standardError": error, "column": column, "rows": int(2 * side)},
        column,
    )


def _told_apart(rows: Rows, chosen: Ints, is_holdout: Ints) -> tuple[float, str]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    frame = rows.frame.iloc[chosen].reset_index(drop=True)
    folds = np.random.default_rng([rows.seed, 13]).permutation(chosen.size) % FOLDS
    scores = np.zeros(chosen.size)
    drops: dict[str, float] = {}
    for fold in range(FOLDS):
        fit, judge = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        encoder = TableEncoder(rows.columns, "tree", "ordinal", seed=rows.seed)
        model = HistGradientBoostingClassifier(
            max_iter=40, max_leaf_nodes=15, random_state=rows.seed
        )
        seen = encoder.fit_transform(frame.iloc[fit], is_holdout[fit])
        # A feature that is missing in every fitted row cannot be binned.
        filled = np.flatnonzero(~np.isnan(seen).all(axis=0))
        model.fit(seen[:, filled], is_holdout[fit])
        matrix = encoder.transform(frame.iloc[judge])[:, filled]
        scores[judge] = model.predict_proba(matrix)[:, 1]
        if fold == 0:
            sources = [encoder.sources_[i] for i in filled]
            drops = _drops(model, matrix, is_holdout[judge], sources, rows.seed)
    return float(roc_auc_score(is_holdout, scores)), max(drops, key=lambda name: drops[name])


def _drops(
    model: object, matrix: Floats, truth: Ints, sources: list[str], seed: int
) -> dict[str, float]:
    """Return how much the AUC falls when the features of one column are shuffled."""
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(seed)
    predict = getattr(model, "predict_proba")  # noqa: B009 - scikit-learn has no types
    base = float(roc_auc_score(truth, predict(matrix)[:, 1]))
    drops = {}
    for name in dict.fromkeys(sources):
        shuffled = np.array(matrix)
        columns = [i for i, source in enumerate(sources) if source == name]
        shuffled[:, columns] = shuffled[rng.permutation(len(shuffled))][:, columns]
        drops[name] = base - float(roc_auc_score(truth, predict(shuffled)[:, 1]))
    return drops


def _standard_error(auc: float, side: int) -> float:
    q1, q2 = auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc)
    variance = auc * (1.0 - auc) + (side - 1) * (q1 + q2 - 2.0 * auc * auc)
    return float(np.sqrt(max(variance, 0.0)) / side)
