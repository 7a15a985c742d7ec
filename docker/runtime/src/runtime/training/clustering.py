"""Clustering as a run: groups of similar rows, judged by how clear and how stable they are.

There is no target. Every candidate is fitted on resamples of the training rows, and each fit is
judged on the same other rows; so a score says how clear the clusters of new rows are, and how far
the fits agree says how stable they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Ints
from runtime.training.candidates import Candidate, Judge
from runtime.training.cluster_metrics import CLUSTER_METRICS, adjusted_rand, silhouette_rows
from runtime.training.context import RunContext
from runtime.training.data import TrainingData
from runtime.training.encoder import TableEncoder
from runtime.training.errors import TrainingError
from runtime.training.metrics import Metric, metric_for
from runtime.training.preparation import Prepared
from runtime.training.recipes import Problem
from runtime.training.resampling import FoldResampler
from runtime.training.sampling import search_rows
from runtime.training.spec import RunSpec
from runtime.training.validation import Plan, Split

MIN_ROWS = 20
JUDGED_SHARE, MAX_JUDGED = 0.25, 1000
RESAMPLE_SHARE = 0.8
PROFILE_ROWS = 20_000
PROJECTED_ROWS = 2000
RESAMPLES, RESAMPLED_ROWS = 200, 1000
PROFILE_COLUMNS = 12


def prepare_clustering(spec: RunSpec, data: TrainingData, fold_rows: int | None) -> Prepared:
    """Set rows aside, and encode all rows once: the space that every candidate is judged in.

    Raises TrainingError when there are too few rows.
    """
    metric = metric_for(spec.task, spec.metric)
    if data.size < MIN_ROWS:
        raise TrainingError(
            f"There are only {data.size} rows; at least {MIN_ROWS} are needed to look for groups."
        )
    most = fold_rows or search_rows(spec.budget_seconds, spec.cpus, len(data.features))
    rng = np.random.default_rng(spec.seed)
    shuffled = rng.permutation(data.size)
    held = max(5, round(spec.holdout_fraction * data.size))
    holdout = Split(np.sort(shuffled[held:]), np.sort(shuffled[:held]))
    judged = min(MAX_JUDGED, max(5, round(JUDGED_SHARE * (data.size - held))))
    test, rest = np.sort(shuffled[held : held + judged]), shuffled[held + judged :]
    size = min(most, max(4, round(RESAMPLE_SHARE * rest.size)))
    folds = tuple(
        Split(np.sort(rng.choice(rest, size, replace=False)), test) for _ in range(spec.folds)
    )
    plan = Plan("resamples", holdout, folds, ())
    problem = Problem(
        columns=tuple((column.name, column.type) for column in data.features),
        classes=0,
        absolute=False,
        can_log=False,
        skewed=False,
        seed=spec.seed,
        rows=int(holdout.train.size),
        clusters=True,
    )
    space = TableEncoder(problem.columns, "cluster", "onehot", seed=spec.seed)
    space.fit(data.frame.iloc[holdout.train])
    encoded = replace(data, target=np.asarray(space.transform(data.frame), dtype=np.float64))
    judge = Judge(metric, encoded.target, folds, 0)
    return Prepared(encoded, plan, problem, judge, FoldResampler(spec.folds, spec.seed), most)


def said_of_samples(plan: Plan) -> str:
    """Say on how many rows groups are looked for and judged: silhouettes compare every pair."""
    fold, total = plan.folds[0], plan.holdout.train.size
    return (
        f"Groups are looked for in {len(plan.folds)} samples of {fold.train.size:,} of the "
        f"{total:,} rows, and judged on the same {fold.test.size:,} other ones."
    )


def stability(candidate: Candidate) -> float | None:
    """Return the mean agreement of the candidate's fits on the judged rows (adjusted Rand)."""
    labels = [np.argmax(candidate.predictions(fold), axis=1) for fold in sorted(candidate.results)]
    pairs = [(a, b) for i, a in enumerate(labels) for b in labels[i + 1 :]]
    return float(np.mean([adjusted_rand(a, b) for a, b in pairs])) if pairs else None


def profiled_rows(context: RunContext) -> Ints:
    """Return the training rows that the groups are described by, at most 20,000, shuffled."""
    rng = np.random.default_rng([context.spec.seed, 4])
    rows = rng.permutation(context.plan.holdout.train)[:PROFILE_ROWS]
    return np.asarray(rows, dtype=np.int64)


def evaluate_clusters(
    context: RunContext, winner: Candidate, held_out: Floats, profiled: Ints, memberships: Floats
) -> tuple[dict[str, Any], float]:
    """Return the parts of `evaluation.json`, and the hold-out score.

    `held_out` are the memberships of the hold-out, `memberships` those of the rows `profiled`.
    """
    encoded = np.asarray(context.data.target, dtype=np.float64)
    rows = encoded[context.plan.holdout.test]
    labels = context.data.classes
    metric = context.judge.metric
    score = metric.score(rows, held_out, 0)
    agreement = stability(winner)
    codes = np.argmax(memberships, axis=1)
    shown = profiled[:PROJECTED_ROWS]
    evaluation = {
        "metric": {"name": metric.name, "greaterIsBetter": metric.greater_is_better},
        "holdout": {
            "rows": int(rows.shape[0]),
            "metrics": _with_intervals(rows, held_out, context.spec.seed),
        },
        "sentence": _sentence(len(labels), agreement),
        "clustering": {
            "clusters": _profiles(context, profiled, codes),
            "projection": [
                {"x": x, "y": y, "cluster": labels[code]}
                for (x, y), code in zip(
                    _principal(encoded[shown]).tolist(),
                    codes[: shown.size].tolist(),
                    strict=True,
                )
            ],
            "byCount": _by_count(context),
            "stability": agreement,
        },
    }
    return evaluation, score


def _with_intervals(rows: Floats, memberships: Floats, seed: int) -> list[dict[str, Any]]:
    """Return every metric with its 95 % bootstrap interval over at most 1,000 held-out rows."""
    step = -(-rows.shape[0] // RESAMPLED_ROWS)
    rows, memberships = rows[::step], memberships[::step]
    labels = np.argmax(memberships, axis=1)
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, rows.shape[0], (RESAMPLES, rows.shape[0]))
    each = silhouette_rows(rows, labels) if np.unique(labels).size > 1 else None
    result = []
    for metric in CLUSTER_METRICS.values():
        value = metric.score(rows, memberships, 0)
        if not np.isfinite(value):
            continue
        if metric.name == "silhouette" and each is not None:
            draws = each[chosen].mean(axis=1)
        else:
            draws = np.array([metric.score(rows[c], memberships[c], 0) for c in chosen])
        low, high = _percentiles(draws, value)
        result.append(
            {
                "name": metric.name,
                "value": value,
                "low": low,
                "high": high,
                "greaterIsBetter": metric.greater_is_better,
            }
        )
    return result


def _percentiles(draws: Floats, value: float) -> tuple[float, float]:
    known = draws[np.isfinite(draws)]
    low, high = np.quantile(known, [0.025, 0.975]) if known.size else (value, value)
    return min(float(low), value), max(float(high), value)


def _sentence(clusters: int, agreement: float | None) -> str:
    groups = f"The rows fall into {clusters} groups"
    if agreement is None:
        return f"{groups}."
    word = "hardly" if agreement < 0.5 else "mostly" if agreement < 0.8 else "nearly"
    return (
        f"{groups}; fits on different samples of the rows {word} agree about them "
        f"(adjusted Rand index {agreement:.2f}, 1 is the same)."
    )


def _principal(rows: Floats) -> Floats:
    """Return the rows on their first two principal components."""
    centred = rows - rows.mean(axis=0)
    if centred.shape[1] < 2:
        return np.column_stack([centred[:, 0], np.zeros(centred.shape[0])])
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    # The sign of an axis is arbitrary: its largest part points up, so that pictures stay alike.
    signs = np.sign(axes[np.arange(2), np.argmax(np.abs(axes), axis=1)])
    return np.asarray(centred @ (axes * signs[:, None]).T)


def _by_count(context: RunContext) -> list[dict[str, Any]]:
    best: dict[int, float] = {}
    metric: Metric = context.judge.metric
    for candidate in context.board.succeeded():
        count = int(candidate.predictions(0).shape[1])
        score = candidate.mean
        if count not in best or metric.gain(score) > metric.gain(best[count]):
            best[count] = score
    return [{"clusters": count, "score": best[count]} for count in sorted(best)]


def _profiles(context: RunContext, rows: Ints, codes: Ints) -> list[dict[str, Any]]:
    frame = context.data.frame.iloc[rows]
    profiles = []
    for code, label in enumerate(context.data.classes):
        inside = codes == code
        columns = [
            _difference(column.name, column.type, frame[column.name].to_numpy(), inside)
            for column in context.data.features
            if column.type != "text"
        ]
        known = [column for column in columns if column is not None]
        known.sort(key=lambda column: -abs(column["difference"]))
        profiles.append(
            {
                "label": label,
                "size": int(inside.sum()),
                "share": float(inside.mean()),
                "profile": known[:PROFILE_COLUMNS],
            }
        )
    return profiles


def _difference(name: str, kind: str, values: Any, inside: Any) -> dict[str, Any] | None:
    """Say how a cluster differs from all rows in one column.

    Numbers by their mean, in standard deviations; others by their most frequent value, in shares.
    """
    if kind == "datetime":
        return None
    if kind in ("number", "integer"):
        known = ~np.isnan(values)
        mine = values[known & inside]
        if mine.size == 0:
            return None
        overall, spread = float(values[known].mean()), float(values[known].std())
        mean = float(mine.mean())
        off = (mean - overall) / spread if spread > 0 else 0.0
        return {"column": name, "value": mean, "overall": overall, "difference": off}
    words = np.array(["" if value is None else str(value) for value in values], dtype=object)
    if not inside.any():
        return None
    value, share = _most_frequent(words[inside])
    overall_value, _ = _most_frequent(words)
    off = share - float(np.mean(words == value))
    return {"column": name, "value": value, "overall": overall_value, "difference": off}


def _most_frequent(words: Any) -> tuple[str, float]:
    names, counts = np.unique(words.astype(str), return_counts=True)
    top = int(np.argmax(counts))
    return str(names[top]), float(counts[top] / words.size)
