"""The encoder: known answers, gaps and unseen values, and no way for a target to leak."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from runtime.training.categorical import SMOOTHING, CategoryColumn, target_means
from runtime.training.encoder import TableEncoder
from runtime.training.metrics import roc_auc
from runtime.training.numeric import Z_LIMIT, NumericTable

RNG = np.random.default_rng(11)


def objects(values: list[Any]) -> Any:
    return pd.Series(values, dtype=object)


def mixed(rows: int) -> pd.DataFrame:
    days = RNG.integers(0, 900, rows).astype("timedelta64[D]")
    frame = pd.DataFrame(
        {
            "n": RNG.normal(size=rows),
            "skew": np.exp(RNG.normal(size=rows) * 2),
            "b": objects(RNG.choice(["true", "false"], rows).tolist()),
            "c": objects(RNG.choice(["x", "y", "z"], rows).tolist()),
            "high": objects([f"k{i}" for i in RNG.integers(0, 60, rows)]),
            "d": (np.datetime64("2023-01-01") + days).astype("datetime64[ns]"),
            "t": objects([" ".join(RNG.choice(["red", "blue", "green"], 4)) for _ in range(rows)]),
        }
    )
    frame.loc[::7, "n"] = np.nan
    frame.loc[::5, "c"] = None
    frame.loc[::9, "d"] = np.datetime64("NaT")
    return frame


COLUMNS = (
    ("n", "number"),
    ("skew", "number"),
    ("b", "boolean"),
    ("c", "category"),
    ("high", "category"),
    ("d", "datetime"),
    ("t", "text"),
)
STYLES = [
    ("tree", "ordinal", 0, False),
    ("tree", "native", 0, False),
    ("tree", "target", 0, False),
    ("tree", "onehot", 0, False),
    ("forest", "ordinal", 0, False),
    ("linear", "onehot", 4, False),
    ("linear", "target", 0, True),
]


def dense(matrix: Any) -> Any:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


@pytest.mark.parametrize(("style", "category", "knots", "pairs"), STYLES)
def test_one_row_is_encoded_as_in_a_batch_and_columns_as_a_frame(
    style: str, category: str, knots: int, pairs: bool
) -> None:
    frame = mixed(400)
    encoder = TableEncoder(COLUMNS, style, category, knots, pairs)
    encoder.fit(frame, RNG.integers(0, 2, 400))
    batch = dense(encoder.transform(frame.iloc[:20]))
    single = np.concatenate([dense(encoder.transform(frame.iloc[i : i + 1])) for i in range(20)])
    columns = {name: frame[name].to_numpy()[:20] for name in frame.columns}
    np.testing.assert_allclose(single, batch, atol=1e-9)
    np.testing.assert_array_equal(dense(encoder.transform(columns)), batch)
    assert batch.shape[1] == len(encoder.sources_)


@pytest.mark.parametrize(("style", "category", "knots", "pairs"), STYLES)
def test_unseen_and_missing_values_are_encoded(
    style: str, category: str, knots: int, pairs: bool
) -> None:
    encoder = TableEncoder(COLUMNS, style, category, knots, pairs)
    encoder.fit(mixed(300), RNG.normal(size=300))
    strange = pd.DataFrame(
        {
            "n": [np.nan, 1e300, -1e300],
            "skew": [0.0, np.nan, 1e12],
            "b": objects([None, "true", "false"]),
            "c": objects(["never", None, "x"]),
            "high": objects(["never", None, "k1"]),
            "d": np.array(["NaT", "1700-01-01", "2200-01-01"], dtype="datetime64[ns]"),
            "t": objects([None, "", "purple"]),
        }
    )
    encoded = dense(encoder.transform(strange))
    assert np.isfinite(encoded[~np.isnan(encoded)]).all()
    if style != "tree":
        assert np.isfinite(encoded).all()


def test_dates_become_their_calendar_parts_and_differences() -> None:
    frame = pd.DataFrame(
        {
            "start": np.array(["2024-02-29T06:30", "2023-12-31T23:00"], dtype="datetime64[ns]"),
            "end": np.array(["2024-03-01T06:30", "2024-01-02T00:00"], dtype="datetime64[ns]"),
        }
    )
    table = NumericTable([("start", "datetime"), ("end", "datetime")])
    matrix = table.fit(frame)
    # 2024-02-29 was a Thursday (weekday 3, Monday is 0), day 19,782 since 1970.
    np.testing.assert_allclose(matrix[0, :6], [2024, 2, 29, 3, 6.5, 19782 + 6.5 / 24])
    np.testing.assert_allclose(matrix[1, :6], [2023, 12, 31, 6, 23, 19722 + 23 / 24])
    np.testing.assert_allclose(matrix[:, -1], [24.0, 25.0])


def test_target_means_are_smoothed_towards_the_mean() -> None:
    codes = np.array([0, 0, 0, 1])
    target = np.array([[1.0], [1.0], [1.0], [0.0]])
    means = target_means(codes, target, 3)
    prior = 0.75
    expected = [(3 + SMOOTHING * prior) / (3 + SMOOTHING), SMOOTHING * prior / (1 + SMOOTHING)]
    np.testing.assert_allclose(means[:, 0], [*expected, prior])


def test_a_level_of_its_own_never_sees_its_own_target() -> None:
    """A planted leak: with every level twice, in-sample target means would rank noise well."""
    levels = [f"id{i // 2}" for i in range(2000)]
    target = RNG.integers(0, 2, 2000)
    column = CategoryColumn("id", "target", 1)
    encoded = column.fit_transform(objects(levels), target[:, None].astype(float), RNG)
    in_sample = column.transform(objects(levels))
    assert roc_auc(target == 1, in_sample[:, 0]) > 0.8
    assert abs(roc_auc(target == 1, encoded[:, 0]) - 0.5) < 0.05


def test_rare_levels_share_the_code_of_unseen_ones() -> None:
    column = CategoryColumn("c", "ordinal", 3)
    values = ["a"] * 10 + ["b"] * 10 + ["rare"] * 2
    column.fit_transform(objects(values), np.zeros((22, 1)), RNG)
    codes = column.codes(["a", "rare", "unseen", None, float("nan")])
    assert codes.tolist() == [0, 3, 3, 2, 2]


def test_levels_that_are_numbers_keep_their_order() -> None:
    column = CategoryColumn("c", "ordinal", 1)
    encoded = column.fit_transform(objects(["10", "9", "2"]), np.zeros((3, 1)), RNG)
    assert encoded[:, 0].tolist() == [2.0, 1.0, 0.0]


def grouped_frame(rows: int = 600) -> tuple[pd.DataFrame, np.ndarray]:
    """The target is how far a price is from the usual one of its kind."""
    rng = np.random.default_rng(8)
    kind = rng.integers(0, 8, rows)
    off = rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "price": 50.0 * kind + off,
            "noise": rng.normal(size=rows),
            "kind": pd.Series([f"k{k}" for k in kind], dtype=object),
        }
    )
    return frame, off


GROUPED = (("price", "number"), ("noise", "number"), ("kind", "category"))


def test_numbers_are_set_against_the_mean_of_their_group() -> None:
    frame, target = grouped_frame()
    encoder = TableEncoder(GROUPED, groups=True)
    matrix = encoder.fit_transform(frame, target)
    assert encoder.sources_.count("price") >= 3
    strengths = [abs(np.corrcoef(matrix[:, i], target)[0, 1]) for i in range(matrix.shape[1])]
    # Smoothing by 5 of about 75 rows leaves a part of the level in the distance.
    assert max(strengths) > 0.15 > abs(np.corrcoef(frame["price"], target)[0, 1])


def test_groups_learned_from_some_rows_are_used_for_others() -> None:
    frame, target = grouped_frame()
    encoder = TableEncoder(GROUPED, groups=True).fit(frame, target)
    row = frame.iloc[:1]
    alone = encoder.transform(row)
    together = encoder.transform(frame)[:1]
    np.testing.assert_array_equal(alone, together)
    new = encoder.transform(pd.DataFrame({"price": [1.0], "noise": [0.0], "kind": ["new"]}))
    assert np.isfinite(new[:, [0, 1]]).all()
    assert new.shape[1] == together.shape[1]


def test_an_encoder_saved_before_groups_existed_still_transforms() -> None:
    frame, target = grouped_frame()
    encoder = TableEncoder(GROUPED).fit(frame, target)
    state = {k: v for k, v in vars(encoder).items() if k not in ("groups", "_groups")}
    old = TableEncoder.__new__(TableEncoder)
    vars(old).update(state)
    np.testing.assert_array_equal(old.transform(frame), encoder.transform(frame))
    assert old.get_params()["groups"] is False


def test_a_wild_number_is_carried_no_further_than_the_limit() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(5, 1, 500), "b": rng.normal(0, 1, 500)})
    encoder = TableEncoder((("a", "number"), ("b", "number")), "linear", knots=2, pairs=True)
    seen = encoder.fit_transform(frame)
    wild = encoder.transform(pd.DataFrame({"a": [1e6, -1e6], "b": [0.0, 1e9]}))
    assert np.abs(seen[:, :2]).max() < Z_LIMIT
    np.testing.assert_array_equal(wild[:, 0], [Z_LIMIT, -Z_LIMIT])
    assert np.abs(wild).max() <= (2 * Z_LIMIT) ** 2


def test_an_encoder_saved_before_the_limit_was_kept_still_has_its_own() -> None:
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(0, 1, 500)})
    encoder = TableEncoder((("a", "number"),), "linear").fit(frame)
    vars(encoder._prepare).pop("limit")
    far = encoder.transform(pd.DataFrame({"a": [1e6]}))
    assert far[0, 0] == 10.0


@pytest.mark.parametrize(("columns", "products"), [(10, 55), (40, 820)])
def test_products_are_taken_of_as_many_columns_as_the_recipe_says(
    columns: int, products: int
) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{i}": rng.normal(size=200) for i in range(50)})
    described = tuple((name, "number") for name in frame)
    encoder = TableEncoder(described, "linear", pairs=True, pair_columns=columns)
    assert encoder.fit_transform(frame, rng.normal(size=200)).shape[1] == 50 + products
    assert len(encoder.sources_) == 50 + products
