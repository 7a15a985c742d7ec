"""The command line of an exported model: `describe`, and `predict` for CSV and JSON."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from runtime.errors import RowsRejectedError, RuntimeFault
from runtime.exported.model import ExportedModel


def main(program: str, folder: Path, arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return 0, 1 when the rows or the model are not usable, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog=program, description="Predicts with an exported model.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("describe", help="print what the model takes and gives, as JSON")
    predict = commands.add_parser("predict", help="predict the rows of a file")
    predict.add_argument("file", help="a .csv with a header, or JSON rows; - reads JSON rows")
    predict.add_argument("--output", choices=("json", "csv"), default="json")
    given = parser.parse_args(arguments)
    try:
        model = ExportedModel(folder)
        if given.command == "describe":
            json.dump(model.contract, sys.stdout, indent=2)
            sys.stdout.write("\n")
        else:
            _predict(model, given.file, given.output)
    except RowsRejectedError as rejected:
        for problem in rejected.problems:
            sys.stderr.write(f"{problem.pointer}: {problem.detail}\n")
        return 1
    except (RuntimeFault, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _predict(model: ExportedModel, file: str, output: str) -> None:
    if file != "-" and file.lower().endswith(".csv"):
        rows: Any = _read_csv(model, Path(file))
    else:
        rows = _read_json(
            sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        )
    if output == "csv":
        model.predict_frame(rows).to_csv(sys.stdout, index=False)
    else:
        json.dump(model.predict(rows), sys.stdout)
        sys.stdout.write("\n")


def _read_json(text: str) -> list[Any]:
    document = json.loads(text)
    rows = document.get("rows") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise ValueError('The JSON is a list of rows, or {"rows": [...]}.')
    return rows


def _read_csv(model: ExportedModel, path: Path) -> pd.DataFrame:
    """Read numbers as numbers and all else as text, by the columns of the model."""
    types = {column["name"]: column["type"] for column in model.contract["inputs"]}
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    numbers = [name for name in header if types.get(name) in ("number", "integer")]
    texts = {name: str for name in header if name not in numbers}
    return pd.read_csv(
        path,
        encoding="utf-8-sig",
        dtype={**texts, **dict.fromkeys(numbers, float)},
        keep_default_na=False,
        na_values=[""],
    )
