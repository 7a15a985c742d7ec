"""Intervals and tests against published values, and what they cover."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from runtime.insight.statistics import (
    bootstrap,
    greater_share,
    holm,
    log_ratio,
    mean_interval,
    newcombe,
    wilson,
)


def test_wilson_intervals_are_the_published_ones() -> None:
    """Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3."""
    for hits, trials, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        found = wilson(hits, trials)
        assert found[1:] == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0) == (None, None, None)


def test_the_difference_of_proportions_is_the_published_one() -> None:
    """Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, method 10: 56/70 - 48/80."""
    first, second = wilson(56, 70), wilson(48, 80)
    assert None not in first
    assert None not in second
    found = newcombe(first, second)  # type: ignore[arg-type]
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_ratio_of_proportions_follows_its_formula() -> None:
    """Katz et al. 1978; the aspirin trial of the Physicians' Health Study: 1.82 (1.43 to 2.31)."""
    found = log_ratio((189, 11034), (104, 11037))
    assert found == pytest.approx((1.818, 1.433, 2.306), abs=2e-3)
    assert log_ratio((0, 10), (3, 10)) == (None, None, None)


def test_holm_adjusts_as_published() -> None:
    """Holm 1979: the values R's p.adjust gives."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_fishers_test_gives_the_lady_tasting_tea() -> None:
    """Fisher 1935: three of four right of eight cups, one-sided p = 0.243."""
    assert greater_share((3, 4), (1, 4)) == pytest.approx(0.24286, abs=1e-5)


@pytest.mark.parametrize(("chance", "trials"), [(0.1, 50), (0.3, 30), (0.5, 100)])
def test_wilson_intervals_cover_what_they_promise(chance: float, trials: int) -> None:
    """Exact coverage over all outcomes: 95 % give or take 3 (Brown, Cai and DasGupta 2001)."""
    covered = 0.0
    for hits in range(trials + 1):
        _, low, high = wilson(hits, trials)
        assert low is not None
        assert high is not None
        covered += binom.pmf(hits, trials, chance) * (low <= chance <= high)
    assert 0.92 <= covered <= 0.98


def test_mean_intervals_cover_what_they_promise() -> None:
    """Student 1908: exact for normal values; 2,000 samples give ±1 % (two standard errors)."""
    rng = np.random.default_rng(5)
    samples = rng.normal(3.0, 2.0, (2000, 8))
    inside = [low <= 3.0 <= high for _, low, high in map(mean_interval, samples)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


def test_bootstrap_intervals_cover_what_they_promise() -> None:
    """The percentile interval of a mean of 100 is about 94 % (Efron and Tibshirani 1993)."""
    rng = np.random.default_rng(6)
    inside = 0
    for index in range(200):
        values = rng.exponential(1.0, 100)
        _, low, high = bootstrap(lambda rows, v=values: float(v[rows].mean()), 100, index, 200)
        inside += low <= 1.0 <= high
    assert 0.88 <= inside / 200 <= 0.98
