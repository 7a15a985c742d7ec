"""Rows of JSON become the column types that models are fitted on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runtime.errors import ContractError, RowsRejectedError
from runtime.frames import frame_from_rows


def one_column(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "output": {"kind": "number"},
        "inputs": [{"name": "x", "type": kind, **more}],
        "example": {"x": None},
    }


def read(kind: str, *values: Any, **more: Any) -> pd.Series[Any]:
    return frame_from_rows(one_column(kind, **more), [{"x": value} for value in values])["x"]


def refusal(kind: str, value: Any, **more: Any) -> str:
    with pytest.raises(RowsRejectedError) as raised:
        read(kind, value, **more)
    assert raised.value.problems[0].pointer == "/rows/0/x"
    return raised.value.problems[0].detail


@pytest.mark.parametrize("kind", ["number", "integer"])
def test_numbers_are_float64_with_nan_for_missing(kind: str) -> None:
    column = read(kind, 1, -2.0, None)
    assert column.dtype == np.float64
    assert column[:2].tolist() == [1.0, -2.0]
    assert math.isnan(column[2])


@pytest.mark.parametrize("value", ["1", "", True, [], {}])
def test_what_is_not_a_number_is_refused(value: Any) -> None:
    assert "expected a number" in refusal("number", value)


def test_a_fraction_is_no_integer() -> None:
    assert refusal("integer", 1.5) == "x: expected a whole number, got 1.5."


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    assert "expected a number" in refusal("number", value)


def test_booleans_are_the_words_true_and_false() -> None:
    column = read("boolean", True, False, "TRUE", " no ", 1, 0, 0.0, "Y", None)
    assert column.dtype == object
    assert column.tolist() == [
        "true", "false", "true", "false", "true", "false", "false", "true", None,
    ]  # fmt: skip
    assert "expected true or false" in refusal("boolean", 2)
    assert "expected true or false" in refusal("boolean", "perhaps")


@pytest.mark.parametrize("kind", ["category", "text"])
def test_categories_and_texts_are_strings_as_the_trainer_writes_them(kind: str) -> None:
    column = read(kind, "a", 3, 3.0, 3.25, True, "", None)
    assert column.dtype == object
    assert column.tolist() == ["a", "3", "3", "3.25", "true", "", None]
    assert "expected a text" in refusal(kind, ["a"])


def test_date_times_are_nanoseconds_in_utc() -> None:
    column = read(
        "datetime",
        "2024-05-31",
        "2024-05-31T18:30:00Z",
        "2024-05-31 20:30:00+02:00",
        "1969-12-31T23:59:59.999999",
        None,
    )
    assert column.dtype == np.dtype("datetime64[ns]")
    assert column[:4].astype(str).tolist() == [
        "2024-05-31 00:00:00.000000",
        "2024-05-31 18:30:00.000000",
        "2024-05-31 18:30:00.000000",
        "1969-12-31 23:59:59.999999",
    ]
    assert column[4] is pd.NaT


@pytest.mark.parametrize("value", ["yesterday", "", "2024-13-01", "0001-01-01", "9999-12-31", 17])
def test_what_is_no_usable_date_is_refused(value: Any) -> None:
    assert "ISO 8601" in refusal("datetime", value)


def test_a_date_in_the_format_of_the_training_data_is_read() -> None:
    column = read("datetime", "31/05/2024", "2024-05-31", format="%d/%m/%Y")
    assert column.tolist() == [pd.Timestamp("2024-05-31")] * 2
    assert "ISO 8601" in refusal("datetime", "05/31/2024", format="%d/%m/%Y")


def test_a_missing_value_is_refused_where_the_model_needs_one() -> None:
    assert refusal("number", None, nullable=False) == "x: a value is required."


def test_a_pointer_escapes_the_name_of_the_column() -> None:
    document = one_column("number")
    document["inputs"][0]["name"] = "a/b~c"
    with pytest.raises(RowsRejectedError) as raised:
        frame_from_rows(document, [{"a/b~c": "x"}])
    assert raised.value.problems[0].pointer == "/rows/0/a~1b~0c"


def test_the_columns_come_in_the_order_of_the_contract() -> None:
    document = one_column("number")
    document["inputs"] = [{"name": name, "type": "number"} for name in ("b", "a", "c")]
    assert list(frame_from_rows(document, [{"a": 1, "c": 2, "d": 3}])) == ["b", "a", "c"]


def test_an_unknown_type_in_a_contract_is_refused() -> None:
    with pytest.raises(ContractError, match="unknown type 'money'"):
        read("money", 1)
