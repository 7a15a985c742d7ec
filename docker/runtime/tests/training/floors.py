"""Campaign: trains on each of the shared real tables and compares with the stated floors.

    python tests/training/floors.py [--budget 60] [--table telco-churn ...]

A floor is reached when the winner's cross-validated score is within one standard error (standard
deviation of the fold scores over the root of their number) of it; beaten when it is better. Takes
one budget per table, on two cores. `test_floors.py` runs the short form.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tables import Run, prepare, shared_datasets, train


@dataclass(frozen=True)
class Table:
    """A shared table, what is left out of it, and the floor of its README."""

    name: str
    target: str
    task: str
    metric: str
    floor: float
    exclude: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


TABLES = (
    Table("titanic", "survived", "binary", "roc_auc", 0.863, ("alive",)),
    Table(
        "telco-churn",
        "Churn",
        "binary",
        "roc_auc",
        0.845,
        ("customerID",),
        numbers=("TotalCharges",),
    ),
    Table("penguins", "species", "multiclass", "accuracy", 0.991),
    Table("diamonds", "price", "regression", "rmse", 552.0),
    Table("taxis", "tip", "regression", "rmse", 1.38, ("total",), dates=("pickup", "dropoff")),
    Table("mpg", "mpg", "regression", "rmse", 2.82, ("name",)),
)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one table. `wall` and `first` (first success) are seconds."""

    table: Table
    run: Run
    wall: float
    first: float
    score: float
    standard_error: float

    @property
    def ahead(self) -> float:
        """How much better than the floor the score is, in units of the metric."""
        difference = self.score - self.table.floor
        return -difference if self.table.task == "regression" else difference

    @property
    def word(self) -> str:
        """Say how the score stands to the floor."""
        if self.ahead > 0:
            return "beaten"
        return "reached" if self.ahead >= -self.standard_error else "MISSED"


def run_table(table: Table, folder: Path, root: Path, budget: float) -> Verdict:
    """Train on one table through the command line."""
    frame = pd.read_csv(folder / f"{table.name}.csv", parse_dates=list(table.dates) or False)
    for column in table.numbers:
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    run = prepare(
        root / table.name,
        frame,
        table.target,
        table.task,
        exclude=table.exclude,
        metric=table.metric,
        budgetSeconds=budget,
    )
    started = time.monotonic()
    train(run, timeout=3 * budget + 60)
    wall = time.monotonic() - started
    if run.code != 0:
        raise RuntimeError(f"{table.name}: {run.finished.get('reason')}")
    winner = run.candidates()[run.finished["winnerCandidateId"]]
    return Verdict(
        table,
        run,
        wall,
        first_success(run),
        winner["score"],
        winner["std"] / len(winner["foldScores"]) ** 0.5,
    )


def first_success(run: Run) -> float:
    """Return the seconds from the process's start to its first succeeded candidate."""
    done = [e for e in run.of_type("candidate") if e["status"] == "succeeded"]
    end = pd.Timestamp(run.finished["at"])
    since = (end - pd.Timestamp(done[0]["at"])).total_seconds()
    return float(run.finished["elapsedSeconds"] - since)


def row_ms_by_family(runs: list[Run]) -> dict[str, Any]:
    """Return the median time of predicting one raw row (ms) by family."""
    times: dict[str, list[float]] = {}
    for run in runs:
        for candidate in run.candidates().values():
            if candidate["status"] == "succeeded":
                times.setdefault(candidate["family"], []).append(candidate["predictMsPerRow"])
    return {family: float(pd.Series(values).median()) for family, values in times.items()}


def main() -> int:
    """Run the tables and print what came out; exit code 1 if a floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--table", action="append", choices=[table.name for table in TABLES])
    arguments = parser.parse_args()
    folder = shared_datasets()
    if folder is None:
        sys.stderr.write("The shared datasets are not beside this repository.\n")
        return 2
    out = sys.stdout
    out.write(f"budget {arguments.budget:g} s\n")
    out.write("table         floor      score        se   verdict  holdout   winner")
    out.write("                   wall  first  done/all\n")
    verdicts = []
    with tempfile.TemporaryDirectory() as root:
        for table in TABLES:
            if arguments.table and table.name not in arguments.table:
                continue
            verdict = run_table(table, folder, Path(root), arguments.budget)
            verdicts.append(verdict)
            candidates = verdict.run.candidates().values()
            done = sum(c["status"] == "succeeded" for c in candidates)
            finished = verdict.run.finished
            out.write(
                f"{table.name:12} {table.floor:8g} {verdict.score:10.4f} "
                f"{verdict.standard_error:9.4f}   {verdict.word:7}"
                f" {finished['holdoutScore']:9.4f}   {finished['winnerCandidateId']:24}"
                f" {verdict.wall:5.1f} {verdict.first:6.2f}  {done}/{len(candidates)}\n"
            )
            out.flush()
        rows = row_ms_by_family([verdict.run for verdict in verdicts])
    out.write("one raw row, ms (median): ")
    out.write(", ".join(f"{family} {ms:.2f}" for family, ms in rows.items()) + "\n")
    return 1 if any(verdict.word == "MISSED" for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
