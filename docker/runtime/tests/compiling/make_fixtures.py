"""Writes compiled models with rows and Python's answers, for the evaluator in TypeScript.

    python make_fixtures.py FOLDER [--golden]

Every model is NAME.mwc with NAME.json: `rows` as a client sends them and `outputs`. With --golden
only a few small ones, which are kept in `libs/compiled-model/fixtures`.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fitted
import numpy as np

from runtime.compiling import CompiledModel, compile_model
from runtime.compiling.checking import check, model_values
from runtime.compiling.evaluator import decide
from runtime.compiling.hostile import hostile_rows, plausible_rows
from runtime.contract import ModelContract
from runtime.errors import RuntimeFault
from runtime.frames import RowReader, _datetime_converter

GOLDEN_ROWS, ROWS = 24, 600
GOLDEN = {
    "baseline-0-2", "linear-0-2", "lightgbm-0-2", "hist_gradient_boosting-0-2", "xgboost-0-2",
    "catboost-0-2", "random_forest-0-2", "extra_trees-0-0", "linear-2-0", "lightgbm-0-0",
    "hist_gradient_boosting-1-3", "lightgbm-2-2", "xgboost-0-3",
}  # fmt: skip
"""One of each family, logarithmic targets, several classes, native categories."""

TIMES = (
    "2024-05-31", "2024-05-31T18:30", "2024-05-31 18:30:15", "2024-05-31T18:30:15.5Z",
    "2024-05-31T183015", "2024-05-31T18", "2024-05-31T1830", "2024-05-31T18:30:15,123456789+05:30",
    "1969-12-31T23:59:59.999999", "1678-01-01", "1677-12-31T23:30:00-01:00", "2261-12-31T23:59:59",
    "2262-01-01", "2024-02-29", "2023-02-29", "2000-02-29", "1900-02-29", "2024-12-31T24:00",
    "2024-05-31T18:30:60", " 2024-05-31\u001f", "2024-05-31T18:30+0530",
    "2024-05-31T18:30-05:30:15", "2024-05-31T18.5", "2024-05-31T18:30:15.123456x+01",
    "2024-05-31\U0001f60018:30", "2024-05-31T18:30:15+00:00:00.5", "2024-W22-5", "20240531",
    "2024-05-31t18:30z", "2024-05-31T18:30 Z", "2024-05-31T18:30:15.+01", "2024-05-31T",
    "2024-05-31T18:30:15.123456x", "2024-13-01", "2024-00-10", "2024-05-31Z",
    "2024-05-31T18:30+24:00", "2024-05-31T18:30é+01", "2024-05-31T18:Z", "2024-05-31T18:30:15:12",
    "1678-01-01T00:00+01:00", "2024-05", "2024-05-31TT18:30", "0001-01-01T00:00+01:00",
)  # fmt: skip


class FixtureError(RuntimeFault):
    """A model that must compile did not."""


def main() -> None:
    """Write all fixtures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--golden", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    for name, classes, model, threshold in models(arguments.golden):
        write(arguments.folder, name, classes, model, threshold, arguments.golden)
    write_times(arguments.folder)


def models(golden: bool) -> Iterator[tuple[str, int, Any, float | None]]:
    """Give name, number of classes, model and threshold."""
    frame = fitted.table(1500)
    for classes in (0, 2, 3):
        values = fitted.target(frame, classes)
        members = []
        for name, family, recipe in fitted.every_recipe(classes):
            if golden and f"{name}-{classes}" not in GOLDEN:
                continue
            pipeline = fitted.pipeline(family, recipe, frame, values, classes)
            members.append(pipeline)
            yield f"{name}-{classes}", classes, fitted.model([(1.0, pipeline)], classes), None
        if not golden:
            weighted = [((i + 1) / 10, p) for i, p in enumerate(members[1:5])]
            threshold = 0.3 if classes == 2 else None
            yield f"ensemble-{classes}", classes, fitted.model(weighted, classes), threshold


def write(
    folder: Path, name: str, classes: int, model: Any, threshold: float | None, golden: bool
) -> None:
    """Write one model, its rows and Python's answers."""
    contract = fitted.contract(fitted.table(1500), classes, threshold)
    compiled = compile_model(model, contract)
    if not isinstance(compiled, CompiledModel):
        raise FixtureError(f"{name}: {compiled.reason}")
    parity, compiled = check(compiled, model, contract)
    if not parity.holds:
        raise FixtureError(f"{name}: {parity.reason}")
    count = GOLDEN_ROWS if golden else ROWS
    rows = [*plausible_rows(contract, count, 5), *hostile_rows(compiled, contract, count, 6)]
    rows = [row for row in rows if _spelled_alike(row)]
    columns = RowReader(ModelContract.from_json(contract)).read(rows)
    outputs = model_values(model, columns, contract)
    decisions = decide(compiled, outputs).tolist() if classes else None
    (folder / f"{name}.mwc").write_bytes(compiled.to_bytes())
    document = {
        "tolerance": compiled.description["tolerance"],
        "rows": rows,
        "outputs": np.atleast_2d(outputs.T).T.tolist(),
        "decisions": decisions,
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def write_times(folder: Path) -> None:
    """Write texts of dates and times, sound and mangled, with their seconds (null if refused)."""
    rng = np.random.default_rng(3)
    texts = [text for text in TIMES for _ in range(12)]
    alphabet = list("0123456789-:.,+ TZW")
    for index, text in enumerate(texts):
        for _ in range(index % 6):
            at = int(rng.integers(len(text) + 1))
            middle = "" if rng.random() < 0.3 else alphabet[rng.integers(len(alphabet))]
            text = text[:at] + middle + text[at + int(rng.integers(0, 2)) :]
        texts[index] = text
    convert = _datetime_converter(None)
    answers: dict[str, int | None] = {}
    for text in texts:
        try:
            answers[text] = int(convert(text).astype("datetime64[s]").astype(np.int64))
        except Exception:
            answers[text] = None
    (folder / "times.json").write_text(json.dumps(answers, indent=0), encoding="utf-8")


def _spelled_alike(row: dict[str, Any]) -> bool:
    """Whether JavaScript writes the numbers in category columns as Python does."""
    return not any(type(row[name]) is float for name, kind in fitted.COLUMNS if kind == "category")


if __name__ == "__main__":
    main()
