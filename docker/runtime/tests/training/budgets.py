"""Campaign: runs with random budgets on the shared tables; prints the worst overrun.

    python tests/training/budgets.py [--runs 20] [--longest 30]

The total time of a run, from the start of its process, must not exceed the budget by more than
5 %. Takes the sum of the budgets.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from floors import TABLES, run_table
from tables import shared_datasets


def main() -> int:
    """Run and print; exit code 1 if some run took more than 105 % of its budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--shortest", type=float, default=8.0)
    parser.add_argument("--longest", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = shared_datasets()
    if folder is None:
        sys.stderr.write("The shared datasets are not beside this repository.\n")
        return 2
    rng = np.random.default_rng(arguments.seed)
    worst = 0.0
    for number in range(arguments.runs):
        table = TABLES[int(rng.integers(len(TABLES)))]
        budget = round(float(rng.uniform(arguments.shortest, arguments.longest)), 1)
        with tempfile.TemporaryDirectory() as root:
            verdict = run_table(table, folder, Path(root), budget)
        share = verdict.wall / budget
        worst = max(worst, share)
        sys.stdout.write(
            f"{number + 1:3} {table.name:12} budget {budget:5.1f} s  wall {verdict.wall:5.1f} s"
            f"  {100 * share:5.1f} %  {verdict.run.finished['winnerCandidateId']}\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"worst: {100 * worst:.1f} % of the budget\n")
    return 1 if worst > 1.05 else 0


if __name__ == "__main__":
    sys.exit(main())
