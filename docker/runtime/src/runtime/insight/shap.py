"""Contributions of columns: over many rows, to one prediction, and to made-up rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.contract import ModelContract
from runtime.errors import RowsRejectedError
from runtime.explain.cells import cell, order_of
from runtime.explain.explainer import ModelExplainer
from runtime.explain.method import CannotExplain, Contributions
from runtime.frames import RowReader
from runtime.insight.errors import InsightError
from runtime.insight.outcome import result
from runtime.insight.subject import Rows, Subject
from runtime.training.arrays import Floats

POINT_ROWS = 300
POINT_COLUMNS = 20
RESERVE = 0.15
"""Share of the time that is kept for what follows the explaining."""


def shap_global(subject: Subject) -> dict[str, Any]:
    """Explain a sample of the held-out rows."""
    options = subject.spec.options
    subject.progress.tell(0.02, "Reading rows")
    rows = subject.holdout(int(options["rows"]))
    subject.progress.tell(0.05, "Choosing a method")
    explainer = subject.explainer(str(options["method"]), orders=2)
    position = _position(explainer, subject)
    subject.progress.tell(0.1, "Explaining rows")
    found = _explain(explainer, rows, subject)
    explained = rows.take(np.arange(len(found.values)))
    if len(explained) < len(rows):
        subject.note(
            f"The time allowed was enough for {len(explained):,} of {len(rows):,} sampled rows."
        )
    subject.notes.extend(explainer.notes)
    sample = np.arange(len(explained))
    if sample.size > POINT_ROWS:
        rng = np.random.default_rng([subject.spec.seed, 13])
        sample = np.sort(rng.choice(sample, POINT_ROWS, replace=False))
    values = found.values[:, position, :]
    order = np.argsort(-np.abs(values).mean(axis=0), kind="stable")
    return result(
        subject,
        "shap_global",
        explainer.method,
        "holdout",
        len(explained),
        output=explainer.output(position).as_json(),
        base=float(found.base[position]),
        additivity=_additivity(explainer, found, explained),
        sampleRows=explained.index[sample],
        columns=_columns(explainer, explained, values, order, sample),
        classes=_classes(explainer, found, order),
    )


def _explain(explainer: ModelExplainer, rows: Rows, subject: Subject) -> Contributions:
    progress = subject.progress
    deadline = progress.deadline - RESERVE * max(progress.left, 0.0)
    try:
        return explainer.explain(
            rows.columns, deadline, lambda share: progress.tell(0.1 + 0.85 * share)
        )
    except CannotExplain as error:
        raise InsightError(str(error)) from error


def _additivity(explainer: ModelExplainer, found: Contributions, rows: Rows) -> dict[str, Any]:
    error = np.abs(explainer.linked(found) - explainer.predict(rows.columns))
    tolerance = explainer.allowed_error()
    worst = float(error.max())
    return {
        "rows": len(rows),
        "maxError": worst,
        "tolerance": tolerance,
        "holds": bool(worst <= tolerance),
    }


def _columns(
    explainer: ModelExplainer, rows: Rows, values: Floats, order: Any, sample: Any
) -> list[dict[str, Any]]:
    total = float(np.abs(values).mean(axis=0).sum())
    items = []
    for rank, index in enumerate(order):
        name, kind = explainer.columns[index]
        mean = float(np.abs(values[:, index]).mean())
        points: list[dict[str, Any]] = []
        if rank < POINT_COLUMNS:
            cells = rows.columns[name][sample]
            ranks = _ranks(cells, kind)
            points = [
                {
                    "value": cell(value, kind),
                    "position": None if ranks is None else ranks[i],
                    "contribution": float(values[row, index]),
                }
                for i, (value, row) in enumerate(zip(cells, sample, strict=True))
            ]
        items.append(
            {
                "column": name,
                "type": kind,
                "meanAbsolute": mean,
                "mean": float(values[:, index].mean()),
                "share": mean / total if total > 0 else 0.0,
                "points": points,
            }
        )
    return items


def _ranks(values: Any, kind: str) -> list[float | None] | None:
    """Return the mid-rank of each value, 0 to 1; None where order means nothing."""
    numbers = order_of(values, kind)
    if numbers is None:
        return None
    known = np.isfinite(numbers)
    _, inverse, counts = np.unique(numbers[known], return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle = last - (counts + 1) / 2.0
    size = max(int(known.sum()) - 1, 1)
    ranks: list[float | None] = [None] * len(numbers)
    for place, rank in zip(np.flatnonzero(known), middle[inverse] / size, strict=True):
        ranks[place] = float(rank)
    return ranks


def _classes(explainer: ModelExplainer, found: Contributions, order: Any) -> Any:
    if len(explainer.labels) <= 2:
        return None
    means = np.abs(found.values).mean(axis=0)
    return [
        {
            "label": label,
            "columns": [
                {"column": explainer.columns[i][0], "meanAbsolute": float(means[code, i])}
                for i in order
            ],
        }
        for code, label in enumerate(explainer.labels)
    ]


def _position(explainer: ModelExplainer, subject: Subject) -> int:
    try:
        return explainer.position_of(subject.spec.options.get("class"), subject.contract)
    except CannotExplain as error:
        raise InsightError(str(error)) from error


def shap_row(subject: Subject) -> dict[str, Any]:
    """Explain one row: a held-out one, a given one, or the example of the contract."""
    options = subject.spec.options
    subject.progress.tell(0.1, "Reading the row")
    index = options.get("rowIndex")
    actual = None
    if index is not None:
        rows, actual = _dataset_row(subject, int(index))
    else:
        rows = _given(subject, [options.get("row") or dict(subject.contract["example"])])
    subject.progress.tell(0.3, "Explaining the row")
    explainer, explanations = _explain_given(subject, rows)
    subject.notes.extend(explainer.notes)
    return result(
        subject,
        "shap_row",
        explainer.method,
        "given" if index is None else "holdout",
        1,
        row=index,
        actual=actual,
        explanation=explanations[0],
    )


def what_if(subject: Subject) -> dict[str, Any]:
    """Predict and explain rows that somebody made up."""
    subject.progress.tell(0.1, "Reading rows")
    rows = _given(subject, list(subject.spec.options["rows"]))
    subject.progress.tell(0.3, "Explaining rows")
    explainer, explanations = _explain_given(subject, rows)
    if len(explanations) < len(rows):
        subject.note(f"The time allowed was enough for {len(explanations)} of {len(rows)} rows.")
    subject.notes.extend(explainer.notes)
    return result(
        subject,
        "what_if",
        explainer.method,
        "given",
        len(explanations),
        explanations=explanations,
    )


def _explain_given(subject: Subject, rows: Rows) -> tuple[ModelExplainer, list[dict[str, Any]]]:
    options = subject.spec.options
    explainer = subject.explainer(str(options.get("method") or "auto"), orders=16)
    wanted = options.get("class")
    position = None if wanted is None and len(subject.labels) > 2 else _position(explainer, subject)
    answers = subject.answers(subject.predict(rows))
    deadline = subject.progress.deadline - RESERVE * subject.progress.left
    try:
        return explainer, explainer.explanations(rows.columns, position, answers, deadline)
    except CannotExplain as error:
        raise InsightError(str(error)) from error


def _given(subject: Subject, rows: list[Any]) -> Rows:
    reader = RowReader(ModelContract.from_json(subject.contract))
    try:
        return Rows(np.arange(len(rows)), reader.read(rows))
    except RowsRejectedError as error:
        raise InsightError(str(error)) from error


def _dataset_row(subject: Subject, index: int) -> tuple[Rows, Any]:
    found, actual = subject.holdout_row(index)
    if not subject.labels:
        return found, float(actual)
    return found, str(actual)
