"""The short form of the floors campaign: a quick run comes near the floor of a real table."""

from __future__ import annotations

from pathlib import Path

import pytest
from floors import TABLES, run_table
from tables import shared_datasets

FOLDER = shared_datasets()


@pytest.mark.skipif(FOLDER is None, reason="the shared datasets are not beside this repository")
@pytest.mark.parametrize("name", ["telco-churn", "mpg"])
def test_a_quick_run_reaches_the_floor_within_two_standard_errors(
    tmp_path: Path, name: str
) -> None:
    assert FOLDER is not None
    table = next(table for table in TABLES if table.name == name)
    verdict = run_table(table, FOLDER, tmp_path, budget=12)
    assert verdict.ahead >= -2 * verdict.standard_error
